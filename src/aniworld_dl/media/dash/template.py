"""Addresses made from templates: `seg-$RepresentationID$-$Number%05d$.m4s` (ISO/IEC 23009-1 5.3.9.4.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.media.dash.values import address
from aniworld_dl.media.hls.tags import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_IDENTIFIER: Final = re.compile(r"(Number|Time|Bandwidth|SubNumber|RepresentationID)(?:%0([0-9]{1,2})d)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlTemplate:
    """An absolute address in which only the segment's number and time are open. `pattern` is for the operator `%`."""

    pattern: str
    varies: bool

    def fill(self, *, number: int, time: int) -> str:
        """Return the address of a segment."""
        return self.pattern % {"Number": number, "Time": time}


def compile_template(text: str, base_url: str, known: Mapping[str, str | int | None], line: int) -> UrlTemplate:
    """Take a template apart, put in what is `known` (RepresentationID and Bandwidth), and resolve it once for all.

    Raises:
        ManifestError: a `$` is single, an identifier does not exist or has no value, or it makes no http address.
        UnsupportedMediaError: it wants segments of several parts ($SubNumber$).
    """
    parts = text.split("$")
    if len(parts) % 2 == 0:
        raise ManifestError(line=line, reason=f"a $ of the template {shown(text)} has no partner")
    pattern: list[str] = []
    varies = False
    for position, part in enumerate(parts):
        if position % 2 == 0:
            pattern.append(part.replace("%", "%%"))
        elif not part:
            pattern.append("$")
        else:
            name, width = _identifier(part, line)
            varies = varies or name in {"Number", "Time"}
            pattern.append(_put(name, width, known, line))
    # where the open parts stand does not matter to the resolving, as they are digits
    resolved = address(base_url.replace("%", "%%"), "".join(pattern), line)
    return UrlTemplate(pattern=resolved, varies=varies)


def _identifier(part: str, line: int) -> tuple[str, str]:
    match = _IDENTIFIER.fullmatch(part)
    if match is None or (match[1] == "RepresentationID" and match[2]):
        raise ManifestError(line=line, reason=f"a template has no identifier {shown(part)}")
    if match[1] == "SubNumber":
        raise UnsupportedMediaError(what="a DASH manifest with segments of several parts ($SubNumber$)")
    return match[1], match[2] or "1"


def _put(name: str, width: str, known: Mapping[str, str | int | None], line: int) -> str:
    if name in {"Number", "Time"}:
        return f"%({name})0{int(width)}d"
    value = known.get(name)
    if value is None:
        raise ManifestError(line=line, reason=f"a template wants ${name}$, which the representation does not say")
    return (f"{value:0{int(width)}d}" if isinstance(value, int) else value).replace("%", "%%")
