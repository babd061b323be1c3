"""Init sections and movie fragments made by hand (ISO/IEC 14496-12)."""

from __future__ import annotations

from dataclasses import dataclass

from tests.media_builders import box


def full(kind: bytes, body: bytes = b"", *, version: int = 0, flags: int = 0) -> bytes:
    """Return a box with a version and flags."""
    return box(kind, bytes([version]) + flags.to_bytes(3) + body)


def numbers(*values: int) -> bytes:
    """Return numbers of 4 bytes."""
    return b"".join(value.to_bytes(4) for value in values)


@dataclass(frozen=True)
class Described:
    """What a track box is to say."""

    number: int = 1
    handler: bytes = b"vide"
    codec: bytes = b"avc1"
    timescale: int = 1000
    version: int = 0
    entry: bytes = b"\0" * 8
    """What its sample entry holds."""


def trak(track: Described) -> bytes:
    """Return a track box."""
    times = b"\0" * (16 if track.version else 8)
    tkhd = full(b"tkhd", times + numbers(track.number) + b"\0" * 60, version=track.version)
    mdhd = full(b"mdhd", times + numbers(track.timescale) + b"\0" * 8, version=track.version)
    hdlr = full(b"hdlr", b"\0" * 4 + track.handler + b"\0" * 13)
    stsd = full(b"stsd", numbers(1) + box(track.codec, track.entry))
    return box(b"trak", tkhd + box(b"mdia", mdhd + hdlr + box(b"minf", box(b"stbl", stsd))))


def init_section(*tracks: Described, defaults: tuple[tuple[int, int, int], ...] = ()) -> bytes:
    """Return an init section; `defaults` are track, duration and size of samples."""
    trex = b"".join(full(b"trex", numbers(track, 1, duration, size, 0)) for track, duration, size in defaults)
    return box(b"ftyp", b"iso6") + box(b"moov", b"".join(map(trak, tracks)) + box(b"mvex", trex))


def trun(*samples: tuple[int, int], offset: int | None = None, first_flags: bool = False) -> bytes:
    """Return a run of samples with a duration and a size each."""
    flags = 0x300 | (0x01 if offset is not None else 0) | (0x04 if first_flags else 0)
    head = numbers(len(samples)) + (offset.to_bytes(4, signed=True) if offset is not None else b"")
    head += numbers(0) if first_flags else b""
    return full(b"trun", head + b"".join(numbers(*sample) for sample in samples), flags=flags)


def tfdt(time: int, version: int = 1) -> bytes:
    """Return a decoding time."""
    return full(b"tfdt", time.to_bytes(8 if version else 4), version=version)


def traf(*parts: bytes, number: int = 1, header: bytes = b"", flags: int = 0x020000) -> bytes:
    """Return a track fragment; `header` are the optional fields that `flags` announce."""
    return box(b"traf", full(b"tfhd", numbers(number) + header, flags=flags) + b"".join(parts))


def fragment(*trafs: bytes, data: int = 100) -> bytes:
    """Return a movie fragment with so many bytes of samples."""
    return box(b"moof", full(b"mfhd", numbers(1)) + b"".join(trafs)) + box(b"mdat", b"\x22" * data)


def usual_fragment(start: int, samples: int = 10, number: int = 1) -> bytes:
    """Return a fragment of samples that last 100 ticks and have 10 bytes each, with data that is just enough."""
    runs = [(100, 10)] * samples
    moof = len(fragment(traf(tfdt(start), trun(*runs, offset=0), number=number), data=0)) - 8
    return fragment(traf(tfdt(start), trun(*runs, offset=moof + 8), number=number), data=samples * 10)
