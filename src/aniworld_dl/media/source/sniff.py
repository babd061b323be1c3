"""What a resource is, by its first bytes: content types and file names are often wrong."""

from __future__ import annotations

import re
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.disk import storage_errors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HEAD_BYTES: Final = 4096
"""How many bytes `sniff` wants; it makes the best of fewer."""


class Kind(StrEnum):
    """A kind of resource."""

    HLS = "hls"
    DASH = "dash"
    MPEG_TS = "mpegts"
    MPEG_PS = "mpegps"
    MP4 = "mp4"
    MATROSKA = "matroska"
    AVI = "avi"
    FLV = "flv"
    ASF = "asf"
    OGG = "ogg"
    MP3 = "mp3"
    AAC = "aac"
    AC3 = "ac3"
    FLAC = "flac"
    WAV = "wav"
    WEBVTT = "webvtt"
    HTML = "html"
    XML = "xml"
    JSON = "json"
    TEXT = "text"
    IMAGE = "image"
    PDF = "pdf"
    ZIP = "zip"
    GZIP = "gzip"
    EMPTY = "empty"
    UNKNOWN = "unknown"

    @property
    def is_media_file(self) -> bool:
        """Whether it is picture or sound in a file of its own."""
        return self in _MEDIA_FILES

    @property
    def words(self) -> str:
        """What to call it in a sentence."""
        return _WORDS.get(self, f"{self.upper()} data")


_MEDIA_FILES: Final = frozenset(
    {
        *(Kind.MPEG_TS, Kind.MPEG_PS, Kind.MP4, Kind.MATROSKA, Kind.AVI, Kind.FLV, Kind.ASF, Kind.OGG),
        *(Kind.MP3, Kind.AAC, Kind.AC3, Kind.FLAC, Kind.WAV),
    }
)

_WORDS: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.HLS: "an HLS playlist",
        Kind.DASH: "a DASH manifest",
        Kind.WEBVTT: "a subtitle file",
        Kind.HTML: "a web page",
        Kind.XML: "an XML document",
        Kind.JSON: "a JSON document",
        Kind.TEXT: "a text",
        Kind.IMAGE: "an image",
        Kind.PDF: "a PDF document",
        Kind.ZIP: "a ZIP archive",
        Kind.GZIP: "a gzip archive",
        Kind.EMPTY: "empty",
        Kind.UNKNOWN: "of an unknown format",
    }
)

_MAGIC: Final = (
    (b"\x1aE\xdf\xa3", Kind.MATROSKA),
    (b"FLV\x01", Kind.FLV),
    (b"OggS", Kind.OGG),
    (b"fLaC", Kind.FLAC),
    (b"\x0bw", Kind.AC3),
    (b"\x00\x00\x01\xba", Kind.MPEG_PS),
    (b"0&\xb2u\x8ef\xcf\x11", Kind.ASF),
    (b"\x89PNG\r\n", Kind.IMAGE),
    (b"\xff\xd8\xff", Kind.IMAGE),
    (b"GIF8", Kind.IMAGE),
    (b"%PDF-", Kind.PDF),
    (b"PK\x03\x04", Kind.ZIP),
    (b"\x1f\x8b", Kind.GZIP),
)
_RIFF: Final[Mapping[bytes, Kind]] = MappingProxyType({b"AVI ": Kind.AVI, b"WAVE": Kind.WAV, b"WEBP": Kind.IMAGE})
_MP4_BOXES: Final = frozenset(
    {b"ftyp", b"styp", b"moof", b"moov", b"sidx", b"mdat", b"free", b"skip", b"wide", b"emsg", b"prft", b"pdin"}
)
_TS_SYNC: Final = 0x47
_TS_LAYOUTS: Final = ((188, 0), (192, 4), (204, 0))
"""Length of a packet and where in it the sync byte stands: plain, with time codes (M2TS), with error correction."""
_TS_PACKETS: Final = 16
_ID3_HEADER_BYTES: Final = 10
_UTF8_BOM: Final = b"\xef\xbb\xbf"
_UTF16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_TEXT_STARTS: Final = ((b"#EXTM3U", Kind.HLS), (b"WEBVTT", Kind.WEBVTT), (b"{", Kind.JSON), (b"[", Kind.JSON))
_ROOT: Final = re.compile(rb"<([A-Za-z_][A-Za-z0-9_.-]*+:)?([A-Za-z_][A-Za-z0-9_.-]*+)")
_NO_TEXT: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def sniff(head: bytes) -> Kind:
    """Tell what begins with these bytes. Never raises; UNKNOWN is an answer."""
    if not head:
        return Kind.EMPTY
    return _magic(head) or _transport_stream(head) or _audio(head) or _text(head)


def kind_of(path: Path) -> Kind:
    """Tell what a file is. For threads.

    Raises:
        StorageError: it cannot be read.
    """
    with storage_errors(path), path.open("rb") as file:
        return sniff(file.read(HEAD_BYTES))


def _magic(head: bytes) -> Kind | None:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    return Kind.MP4 if head[4:8] in _MP4_BOXES else None


def _transport_stream(head: bytes) -> Kind | None:
    """Want a sync byte in every packet there is, at least two, or one that is the whole (ISO/IEC 13818-1 2.4.3.2)."""
    for length, offset in _TS_LAYOUTS:
        syncs = head[offset : length * _TS_PACKETS : length]
        whole = len(head) == length
        if syncs.count(_TS_SYNC) == len(syncs) and (whole or len(syncs) > 1):
            return Kind.MPEG_TS
    return None


def _audio(head: bytes) -> Kind | None:
    if head.startswith(b"ID3"):
        return _after_id3(head)
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004 - bytes of a header
        return None
    layer, version = head[1] >> 1 & 3, head[1] >> 3 & 3
    if head[1] & 0xF0 == 0xF0 and layer == 0:  # noqa: PLR2004
        return Kind.AAC
    bit_rate, sample_rate = head[2] >> 4, head[2] >> 2 & 3
    valid = layer != 0 and version != 1 and bit_rate != 15 and sample_rate != 3  # noqa: PLR2004
    return Kind.MP3 if valid and not head.startswith(_UTF16_BOMS) else None


def _after_id3(head: bytes) -> Kind:
    """Look behind an ID3 tag, with which packed audio and some transport streams begin (RFC 8216 3.4)."""
    size = 0
    for byte in head[6:_ID3_HEADER_BYTES]:
        size = size << 7 | byte & 0x7F
    rest = head[_ID3_HEADER_BYTES + size :]
    kind = _magic(rest) or _transport_stream(rest) or (None if rest.startswith(b"ID3") else _audio(rest))
    return kind or Kind.MP3


def _text(head: bytes) -> Kind:
    if head.startswith(_UTF16_BOMS):
        return Kind.TEXT
    text = head.removeprefix(_UTF8_BOM).lstrip()
    if _NO_TEXT.search(text):
        return Kind.UNKNOWN
    for start, kind in _TEXT_STARTS:
        if text.startswith(start):
            return kind
    if text.startswith(b"<"):
        return _markup(text)
    return Kind.TEXT if _is_utf8(text) else Kind.UNKNOWN


def _markup(text: bytes) -> Kind:
    is_xml = text[:5].lower() == b"<?xml"
    root = _ROOT.search(_without_comments(text))
    name = root[2].lower() if root else b""
    if root and root[2] == b"MPD":
        return Kind.DASH
    return Kind.XML if is_xml and name != b"html" else Kind.HTML


def _without_comments(text: bytes) -> bytes:
    kept = []
    while text:
        before, _, comment = text.partition(b"<!--")
        kept.append(before)
        text = comment.partition(b"-->")[2]
    return b"".join(kept)


def _is_utf8(text: bytes) -> bool:
    """Whether it is UTF-8, perhaps cut inside its last character."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True
