"""The values inside the elements of a DASH manifest (ISO/IEC 23009-1 5.3, XML Schema part 2). Pure, in linear time."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ManifestError
from aniworld_dl.media.hls.tags import absolute, integer, shown
from aniworld_dl.model import ByteRange
from aniworld_dl.net.address import LONGEST_URL

if TYPE_CHECKING:
    from aniworld_dl.media.dash.xml import Node

_DURATION: Final = re.compile(
    r"P(?:0{1,9}Y)?(?:0{1,9}M)?(?:([0-9]{1,9})D)?"
    r"(?:T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,20})?)S)?)?"
)
_UNITS_S: Final = (86_400, 3_600, 60, 1)
_SIGNED: Final = re.compile(r"[+-]?[0-9]{1,20}")
_RANGE: Final = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
_RATE: Final = re.compile(r"([0-9]{1,9})(?:/0*([1-9][0-9]{0,8}))?")
_PLAIN: Final = re.compile(r"[0-9]{1,12}")


def duration(text: str, line: int) -> Fraction:
    """Read an xs:duration in seconds. Years and months, which have no length, only where they are 0.

    Raises:
        ManifestError: it is none, or negative.
    """
    match = _DURATION.fullmatch(text)
    if match is None or not text[-1].isalpha() or text[-1] in "PT":
        raise ManifestError(line=line, reason=f"{shown(text)} is no duration")
    return sum((Fraction(part) * unit for part, unit in zip(match.groups("0"), _UNITS_S, strict=True)), Fraction())


def duration_of(node: Node, name: str) -> Fraction | None:
    """Read an attribute that is an xs:duration, None where it is missing.

    Raises:
        ManifestError: it is none, or negative.
    """
    text = node.get(name)
    return None if text is None else duration(text, node.line)


def signed(text: str, line: int) -> int:
    """Read a whole number that may be negative.

    Raises:
        ManifestError: it is none.
    """
    if not _SIGNED.fullmatch(text):
        raise ManifestError(line=line, reason=f"{shown(text)} is no whole number")
    return int(text)


def unsigned(text: str, line: int) -> int:
    """Read a whole number from 0 to 2^64-1.

    Raises:
        ManifestError: it is none.
    """
    return integer(text, line)


def byte_range(text: str, line: int) -> ByteRange:
    """Read `first-last`, both inclusive (ISO/IEC 23009-1 5.3.9.2.2, RFC 9110 14.1.2).

    Raises:
        ManifestError: it is none.
    """
    match = _RANGE.fullmatch(text)
    if match is None or int(match[2]) < int(match[1]):
        raise ManifestError(line=line, reason=f"{shown(text)} is no byte range")
    return ByteRange(start=int(match[1]), stop=int(match[2]) + 1)


def address(base: str, reference: str, line: int) -> str:
    """Resolve a reference against a base.

    Raises:
        ManifestError: that gives no http or https address, or a very long one.
    """
    url = absolute(base, reference, line)
    if len(url) > LONGEST_URL:
        raise ManifestError(line=line, reason=f"an address is longer than {LONGEST_URL} characters")
    return url


def base_url_in(node: Node, base_url: str) -> str:
    """Return the address that those inside an element are relative to (ISO/IEC 23009-1 5.6).

    Raises:
        ManifestError: it is no http or https address.
    """
    child = node.first("BaseURL")
    return base_url if child is None else address(base_url, child.text, child.line)


def plain(text: str | None) -> int | None:
    """Read a number that only describes, such as a height. None for what is none: nothing depends on it."""
    return int(text) if text and _PLAIN.fullmatch(text) else None


def rate(text: str | None) -> float | None:
    """Read a frame rate such as `25` or `30000/1001`. None for what is none: nothing depends on it."""
    match = _RATE.fullmatch(text or "")
    return int(match[1]) / int(match[2] or 1) if match else None
