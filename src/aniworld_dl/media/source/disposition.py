"""The file name that a server gives a resource (Content-Disposition, RFC 6266)."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final
from urllib.parse import unquote, unquote_to_bytes

_LONGEST: Final = 8192
_PARAMETER: Final = re.compile(r'([A-Za-z0-9*._-]+)[ \t]*+=[ \t]*+("(?:[^"\\]|\\.)*+"?|[^;]*+)|"(?:[^"\\]|\\.)*+"?')
"""A parameter; or a quoted string that belongs to none, so that nothing inside it is taken for one."""
_ESCAPED: Final = re.compile(r'\\(["\\])')
_CHARSETS: Final = {"utf-8": "utf-8", "iso-8859-1": "latin-1"}
"""Those a server may use (RFC 5987 3.2.1). Others are taken for Latin-1, in which every byte is something."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]+")


def disposition_name(value: str | None) -> str | None:
    """Return the file name of a Content-Disposition field, without any path in it; None when there is none.

    `filename*` is preferred to `filename` wherever it stands (RFC 6266 4.3). Of the latter, UTF-8 and percent-encoding
    are understood too, as browsers do (RFC 6266 appendix C).
    """
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer((value or "")[:_LONGEST]):
        if match[1]:
            found.setdefault(match[1].lower(), match[2].strip(" \t"))
    extended, plain = found.get("filename*"), found.get("filename")
    return (extended and _base(_extended(extended))) or (plain and _base(_plain(plain))) or None


def _extended(text: str) -> str:
    """Decode an extended value (RFC 8187 3.2): a character set, a language, and percent-encoded bytes."""
    charset, quote, rest = text.strip('"').partition("'")
    if not quote:
        return ""
    encoded = rest.partition("'")[2]
    return unquote_to_bytes(encoded).decode(_CHARSETS.get(charset.lower(), "latin-1"), errors="replace")


def _plain(text: str) -> str:
    if text.startswith('"'):
        text = _ESCAPED.sub(r"\1", text.strip('"'))
    with suppress(UnicodeError):  # it came decoded already, or is Latin-1
        text = text.encode("latin-1").decode()
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def _base(path: str) -> str:
    """Return the last part of a path, of whichever system."""
    return _CONTROLS.sub(" ", path).replace("\\", "/").rpartition("/")[2].strip()
