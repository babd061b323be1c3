"""The values inside the tags of an HLS playlist (RFC 8216 4.2). Pure, in linear time, whatever the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from aniworld_dl.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ATTRIBUTE: Final = re.compile(r'[ \t]*+([A-Za-z0-9-]++)[ \t]*+=[ \t]*+("[^"]*+"[ \t]*+|[^",]*+)(,|\Z)')
_INTEGER: Final = re.compile(r"[0-9]{1,20}")
_DECIMAL: Final = re.compile(r"(?:[0-9]{1,20}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_RESOLUTION: Final = re.compile(r"([0-9]{1,6})[xX]([0-9]{1,6})")
_IV: Final = re.compile(r"0[xX]([0-9A-Fa-f]{1,32})")
_RANGE: Final = re.compile(r"([0-9]{1,20})(?:@([0-9]{1,20}))?")
_LARGEST_INTEGER: Final = 2**64 - 1
_IV_BYTES: Final = 16
_SHOWN_CHARACTERS: Final = 60


def shown(value: str) -> str:
    """Return a value of the playlist as it may stand in a message: quoted, and not endless."""
    return repr(value if len(value) <= _SHOWN_CHARACTERS else f"{value[:_SHOWN_CHARACTERS]}...")


def attributes(text: str, line: int) -> dict[str, str]:
    """Read an attribute list (RFC 8216 4.2). Quoted strings lose their quotes; blanks around items are allowed.

    Raises:
        ManifestError: it is no attribute list, or a name stands in it twice.
    """
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _ATTRIBUTE.match(text, position)
        if match is None:
            raise ManifestError(line=line, reason=f"no attribute list at {shown(text[position:])}")
        name, value = match[1].upper(), match[2].strip(" \t")
        if name in found:
            raise ManifestError(line=line, reason=f"the attribute {shown(name)} stands there twice")
        found[name] = value[1:-1] if value.startswith('"') else value
        position = match.end()
    return found


def required(found: Mapping[str, str], name: str, line: int) -> str:
    """Return an attribute that must be there and not be empty.

    Raises:
        ManifestError: it is missing.
    """
    value = found.get(name)
    if not value:
        raise ManifestError(line=line, reason=f"the attribute {name} is missing")
    return value


def integer(text: str, line: int) -> int:
    """Read a decimal-integer, 0 to 2^64-1.

    Raises:
        ManifestError: it is none.
    """
    if not _INTEGER.fullmatch(text) or int(text) > _LARGEST_INTEGER:
        raise ManifestError(line=line, reason=f"{shown(text)} is no whole number")
    return int(text)


def decimal(text: str, line: int) -> float:
    """Read a decimal-floating-point number, also with an exponent, as some programs print small ones.

    Raises:
        ManifestError: it is none.
    """
    if not _DECIMAL.fullmatch(text):
        raise ManifestError(line=line, reason=f"{shown(text)} is no number")
    return float(text)


def resolution(text: str, line: int) -> tuple[int, int]:
    """Read a decimal-resolution: width and height in pixels.

    Raises:
        ManifestError: it is none.
    """
    match = _RESOLUTION.fullmatch(text)
    if match is None:
        raise ManifestError(line=line, reason=f"{shown(text)} is no resolution")
    return int(match[1]), int(match[2])


def initialization_vector(text: str, line: int) -> bytes:
    """Read a hexadecimal-sequence as 16 bytes, big endian (RFC 8216 4.3.2.4).

    Raises:
        ManifestError: it is none, or longer than 128 bits.
    """
    match = _IV.fullmatch(text)
    if match is None:
        raise ManifestError(line=line, reason=f"{shown(text)} is no initialization vector of 128 bits")
    return int(match[1], 16).to_bytes(_IV_BYTES, "big")


def sequence_vector(media_sequence: int) -> bytes:
    """Return the initialization vector of a segment that names none (RFC 8216 5.2)."""
    return media_sequence.to_bytes(_IV_BYTES, "big")


def length_and_offset(text: str, line: int) -> tuple[int, int | None]:
    """Read a byte range `n[@o]` (RFC 8216 4.3.2.2): its length, and its offset where one is given.

    Raises:
        ManifestError: it is none, or empty.
    """
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ManifestError(line=line, reason=f"{shown(text)} is no byte range")
    length = integer(match[1], line)
    if not length:
        raise ManifestError(line=line, reason=f"the byte range {shown(text)} is empty")
    return length, None if match[2] is None else integer(match[2], line)


def absolute(base: str, uri: str, line: int) -> str:
    """Resolve an address of the playlist against the playlist's own.

    Raises:
        ManifestError: that gives no http or https address.
    """
    try:
        url = urljoin(base, uri)
    except ValueError as error:
        raise ManifestError(line=line, reason=f"{shown(uri)} is no address: {error}") from error
    if not url.lower().startswith(("http://", "https://")):
        raise ManifestError(line=line, reason=f"{shown(uri)} is no http or https address")
    return url
