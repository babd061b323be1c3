"""The journal of a work folder: which segments are stored, with how many bytes, which CRC-32 and which timestamps.

A file of JSON lines. The first line names the format and the fingerprint of the media; each further one is a
segment that was complete when the line was written. A line counts only while the bytes it speaks of are there.
A line without timestamps is whole too: older releases wrote such, and not every segment has any.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.media.checksum import crc32
from aniworld_dl.media.disk import storage_errors
from aniworld_dl.media.formats.spans import StreamSpan
from aniworld_dl.media.store.layout import init_sections, range_of, stored_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from aniworld_dl.model import ByteRange, Media, Track

LEDGER_NAME: Final = "ledger.jsonl"
_FORMAT: Final = 1
_READ_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A stored segment: number of bytes on disk, their CRC-32, and when its streams play (none when unknown)."""

    size_bytes: int
    crc32: int
    spans: tuple[StreamSpan, ...] = ()
    confirmed: bool = False
    """It looked as if something were missing, and came with the same bytes again: the source has no more."""
    doubts: tuple[str, ...] = field(default=(), compare=False)
    """What looked as if something were missing when it came; not kept."""


def fingerprint(media: Media) -> str:
    """Return what tells one media's segments from another's.

    Everything that says how the segments are cut, and no address: those carry tokens that change.
    """
    facts: list[object] = [_track_facts(track) for track in media.tracks]
    text = json.dumps(facts if media.version is None else [*facts, media.version], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _track_facts(track: Track) -> list[object]:
    inits = {init: number for number, init in enumerate(init_sections(track))}
    return [
        *(track.kind, track.container, track.language, track.codecs, track.bandwidth_bps, track.width, track.height),
        *(track.size_bytes, track.validator, track.live_from),
        [_range_facts(init.byte_range) for init in inits] if track.live_from is None else [],
        []
        if track.live_from is not None
        else [
            (
                segment.index,
                segment.duration_s,
                _range_facts(segment.byte_range),
                segment.key.method if segment.key else None,
                inits[segment.init] if segment.init else None,
                segment.discontinuity,
            )
            for segment in track.segments
        ],
    ]


def _range_facts(byte_range: ByteRange | None) -> tuple[int, int] | None:
    return (byte_range.start, byte_range.stop) if byte_range else None


class Ledger:
    """Which segments of a media are stored in `folder`. Init sections count with negative indexes.

    All methods that touch files block: call them in a thread. `add` may be called from several threads.
    """

    def __init__(self, folder: Path, media: Media) -> None:
        self._folder = folder
        self._media = media
        self._path = folder / LEDGER_NAME
        self._entries: dict[tuple[int, int], Entry] = {}
        self._lock = threading.Lock()
        self._descriptor: int | None = None

    @property
    def media(self) -> Media:
        """What it speaks of; longer each time when it is live."""
        return self._media

    def open(self) -> None:
        """Read what was kept, trust what the disk confirms, and be ready for more.

        Raises:
            StorageError: the folder cannot be read or written.
        """
        with storage_errors(self._folder):
            lines = _read_lines(self._path)
            kept = _entries(lines[1:]) if lines and lines[0] == self._header() else {}
            if not kept:
                _remove_segments(self._folder)
            self._entries = {key: entry for key, entry in kept.items() if self._confirmed(key, entry)}
            self._rewrite()

    def grow(self, media: Media) -> None:
        """Know of the segments that were added to a live media."""
        self._media = media

    def close(self) -> None:
        """Write nothing more."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def add(self, track: int, index: int, entry: Entry) -> None:
        """Note a segment whose bytes are all under their final name.

        Raises:
            OSError: the line could not be written; the segment does not count then.
        """
        with self._lock:
            assert self._descriptor is not None
            _append(self._descriptor, _line(track, index, entry))
            self._entries[track, index] = entry

    def forget(self, track: int, indexes: Iterable[int]) -> None:
        """Take segments out, so that they are fetched anew.

        Raises:
            StorageError: the ledger cannot be written.
        """
        with self._lock, storage_errors(self._folder):
            for index in indexes:
                self._entries.pop((track, index), None)
            self._rewrite()

    def done(self, track: int) -> frozenset[int]:
        """Return the indexes of a track's stored segments."""
        return frozenset(index for number, index in self._entries if number == track and index >= 0)

    def has(self, track: int, index: int) -> bool:
        """Tell whether a segment (or, negative, an init section) is stored."""
        return (track, index) in self._entries

    def entry(self, track: int, index: int) -> Entry | None:
        """Return what is known of a stored segment (or, negative, an init section), None when it is not stored."""
        return self._entries.get((track, index))

    def stored_bytes(self, track: int, index: int) -> int:
        """Return the number of bytes a stored segment has on disk."""
        return self._entries[track, index].size_bytes

    def all_bytes(self) -> int:
        """Return the number of bytes that all stored segments have on disk."""
        return sum(entry.size_bytes for entry in self._entries.values())

    def _header(self) -> dict[str, Any]:
        return {"format": _FORMAT, "fingerprint": fingerprint(self._media)}

    def _rewrite(self) -> None:
        part = self._path.with_suffix(".part")
        with part.open("wb") as file:
            file.write(json.dumps(self._header()).encode() + b"\n")
            file.writelines(_line(track, index, entry) for (track, index), entry in self._entries.items())
            file.flush()
            os.fsync(file.fileno())
        self.close()  # not before there is another one to go on with: the disk may be full
        part.replace(self._path)
        # O_BINARY (Windows): lines end in LF on every system
        flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        self._descriptor = os.open(self._path, flags)

    def _confirmed(self, key: tuple[int, int], entry: Entry) -> bool:
        number, index = key
        if number >= len(self._media.tracks):
            return False
        track = self._media.tracks[number]
        if index >= len(track.segments) or -index > len(init_sections(track)):
            return False
        piece = range_of(track, index)
        if piece is not None and piece.length != entry.size_bytes:
            return False
        whole = piece is None
        start = 0 if piece is None else piece.start
        return _crc32(self._folder / stored_name(track, number, index), start, entry.size_bytes, whole) == entry.crc32


def stored_pieces(folder: Path) -> frozenset[tuple[int, int]]:
    """Return the pieces (track and index) that a ledger names; whether their bytes are there is not looked at.

    Nothing when there is no ledger that can be read. Blocks: for threads.
    """
    try:
        return frozenset(_entries(_read_lines(folder / LEDGER_NAME)[1:]))
    except OSError:
        return frozenset()


def _append(descriptor: int, line: bytes) -> None:
    """Write a whole line or nothing: behind a part of one no further line would count.

    Raises:
        OSError: it could not be written.
    """
    written = os.write(descriptor, line)
    if written < len(line):  # the last bytes of a disk
        size = os.fstat(descriptor).st_size
        os.ftruncate(descriptor, size - written)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _read_lines(path: Path) -> list[Any]:
    """Return the parsed lines up to the first that is torn; none when there is no file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    parsed: list[Any] = []
    for line in data.split(b"\n")[:-1]:
        try:
            parsed.append(json.loads(line))
        except ValueError:  # a power cut in mid-line; what follows it was never confirmed either
            break
    return parsed


def _entries(lines: list[Any]) -> dict[tuple[int, int], Entry]:
    entries = {}
    for line in lines:
        try:
            key = (int(line["t"]), int(line["i"]))
            spans = tuple(_span(fields) for fields in line.get("s", ()))
            entries[key] = Entry(
                size_bytes=int(line["n"]), crc32=int(line["c"]), spans=spans, confirmed=bool(line.get("k"))
            )
        except (AttributeError, IndexError, TypeError, KeyError, ValueError):
            break
    return entries


def _span(fields: list[Any]) -> StreamSpan:
    stream, kind, start_us, end_us, *counters = fields
    return StreamSpan(
        stream=int(stream),
        kind=str(kind),
        start_us=int(start_us),
        end_us=int(end_us),
        counters=(int(counters[0]), int(counters[1])) if counters else None,
    )


def _line(track: int, index: int, entry: Entry) -> bytes:
    facts: dict[str, object] = {"t": track, "i": index, "n": entry.size_bytes, "c": entry.crc32}
    if entry.spans:
        facts["s"] = [
            (span.stream, span.kind, span.start_us, span.end_us, *(span.counters or ())) for span in entry.spans
        ]
    if entry.confirmed:
        facts["k"] = 1
    return json.dumps(facts, separators=(",", ":")).encode() + b"\n"


def _crc32(path: Path, start: int, size: int, whole: bool) -> int | None:
    """Return the CRC-32 of `size` bytes from `start`, None when the file does not have them (or, `whole`, has more)."""
    try:
        with path.open("rb") as file:
            stored = os.fstat(file.fileno()).st_size
            if stored < start + size or (whole and stored != size):
                return None
            file.seek(start)
            crc = 0
            while size:
                piece = file.read(min(size, _READ_BYTES))
                crc = crc32(piece, crc)
                size -= len(piece)
            return crc
    except FileNotFoundError:
        return None


def _remove_segments(folder: Path) -> None:
    for path in folder.glob("t*/*"):
        path.unlink()
