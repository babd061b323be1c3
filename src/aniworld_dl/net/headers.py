"""Header fields: what is sent, what is sent on after a redirect, and what a server says by Retry-After."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import httpx

from aniworld_dl._version import __version__
from aniworld_dl.errors import RequestInvalidError
from aniworld_dl.net.address import without_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aniworld_dl.model import ByteRange
    from aniworld_dl.net.address import Address

USER_AGENT: Final = f"aniworld-dl/{__version__}"

_OURS: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer"}
    | {"transfer-encoding", "upgrade"}
)
"""Fields that the client decides, whatever a caller gives."""
_HARMLESS: Final = frozenset(
    {"accept", "accept-encoding", "accept-language", "if-range", "range", "referer", "user-agent"}
)
"""Fields that another host may see after a redirect."""
_LONGEST_S: Final = 86_400.0
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


def request_headers(address: Address, own: Mapping[str, str], byte_range: ByteRange | None) -> httpx.Headers:
    """Return the header fields of a request; `own` ones override ours but those that the client decides.

    Raises:
        RequestInvalidError: a name or value cannot be sent.
    """
    fields = httpx.Headers({"User-Agent": USER_AGENT, "Accept": "*/*"})
    if address.authorization is not None:
        fields["Authorization"] = address.authorization
    for name, value in own.items():
        _check(name, value)
        if name.lower() not in _OURS:
            _set(fields, name, value.strip(" \t"))
    fields["Accept-Encoding"] = "identity"
    if byte_range is not None:
        fields["Range"] = f"bytes={byte_range.start}-{byte_range.stop - 1}"
    return fields


def carried_over(fields: httpx.Headers) -> httpx.Headers:
    """Return the fields that may be sent on to another host: no cookies, no authorization, no unknown ones."""
    kept = httpx.Headers([(name, value) for name, value in fields.raw if name.decode("ascii").lower() in _HARMLESS])
    if "referer" in kept:
        _set(kept, "Referer", without_query(kept["referer"]))
    return kept


def retry_after_s(value: str | None, now: float) -> float | None:
    """Read a Retry-After field (RFC 9110 10.2.3), seconds or a date, as seconds from `now`; None when it is neither.

    A day at most: what is further away was written by a clock that is wrong, or read by one.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), _LONGEST_S)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return None
    wait_s = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    return min(max(wait_s, 0.0), _LONGEST_S)


def _check(name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        raise RequestInvalidError(field="headers", value=name[:80], mend="this is no header name")
    if _NOT_IN_VALUE.search(value):
        raise RequestInvalidError(field="headers", value=name[:80], mend="its value has characters that cannot be sent")


def _set(fields: httpx.Headers, name: str, value: str) -> None:
    """Set a field, in UTF-8 where it is not ASCII."""
    fields.pop(name, None)
    fields.update(httpx.Headers([(name.encode("ascii"), value.encode("utf-8"))]))
