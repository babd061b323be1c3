"""MPEG-TS made by hand, packet by packet (ISO/IEC 13818-1), so that a test can say what is wrong with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

VIDEO = 0x100
AUDIO = 0x101
MAP = 0x1000


def packet(
    pid: int,
    counter: int = 0,
    payload: bytes | None = b"",
    *,
    start: bool = False,
    flags: int | None = None,
    scrambling: int = 0,
    error: bool = False,
) -> bytes:
    """Return one packet; `payload` None for none, `flags` those of an adaptation field, which fills what is left."""
    control = scrambling << 6 | (payload is not None) << 4 | counter & 15
    body = payload or b""
    field_bytes = b""
    if flags is not None or len(body) < 184:
        room = 183 - len(body)
        field_bytes = bytes([room]) + (bytes([flags or 0]) + b"\xff" * (room - 1) if room else b"")
        control |= 0x20
    high = error << 7 | start << 6 | pid >> 8
    made = bytes([0x47, high, pid & 0xFF, control]) + field_bytes + body
    assert len(made) == 188, len(made)
    return made


def timestamp(ticks: int, mark: int = 2) -> bytes:
    """Return a PTS or DTS of 33 bits."""
    ticks %= 1 << 33
    first = mark << 4 | ticks >> 30 << 1 | 1
    return bytes([first]) + ((ticks >> 15 & 0x7FFF) << 1 | 1).to_bytes(2) + ((ticks & 0x7FFF) << 1 | 1).to_bytes(2)


def pes(stream_id: int, shown: int | None, decoded: int | None = None, *, size: int = 0, fill: int = 100) -> bytes:
    """Return the beginning of a PES packet."""
    times = b""
    if shown is not None:
        times = timestamp(shown, 3 if decoded is not None else 2)
    if decoded is not None:
        times += timestamp(decoded, 1)
    flags = (shown is not None) << 7 | (decoded is not None) << 6
    head = b"\0\0\1" + bytes([stream_id]) + size.to_bytes(2) + bytes([0x80, flags, len(times)])
    return head + times + b"\x55" * fill


def section(table: int, body: bytes) -> bytes:
    """Return a table's section behind its pointer; the checksum is no real one."""
    length = 5 + len(body) + 4
    return b"\0" + bytes([table]) + (0xB000 | length).to_bytes(2) + b"\0\1\xc1\0\0" + body + b"CRC4"


def pat(*maps: int) -> bytes:
    """Return the table of programs; the first entry is the network's, which is no program."""
    entries = b"\0\0\xe0\x10" + b"".join(
        number.to_bytes(2) + (0xE000 | pid).to_bytes(2) for number, pid in enumerate(maps, 1)
    )
    return section(0, entries)


def pmt(streams: dict[int, tuple[int, bytes]]) -> bytes:
    """Return the table of a program: PID to stream type and descriptors."""
    body = b"\xe1\x00\xf0\x00"
    for pid, (kind, descriptors) in streams.items():
        body += bytes([kind]) + (0xE000 | pid).to_bytes(2) + (0xF000 | len(descriptors)).to_bytes(2) + descriptors
    return section(2, body)


USUAL: dict[int, tuple[int, bytes]] = {VIDEO: (0x1B, b""), AUDIO: (0x0F, b"")}


@dataclass
class Multiplex:
    """Packets with counters that go on, also from one segment to the next."""

    counters: Counter[int] = field(default_factory=Counter)

    def add(self, pid: int, payload: bytes, **how: bool | int) -> bytes:
        """Return the next packet of a stream."""
        made = packet(pid, self.counters[pid], payload, **how)  # type: ignore[arg-type]
        self.counters[pid] += 1
        return made

    def tables(self) -> bytes:
        """Return the tables of one program with a picture and a sound."""
        return self.add(0, pat(MAP), start=True) + self.add(MAP, pmt(USUAL), start=True)

    def segment(self, start_s: float, frames: int = 25, per_s: int = 25, *, packets: int = 3) -> bytes:
        """Return pictures with as many sounds, each of some packets, from a time on."""
        made = [self.tables()]
        for number in range(frames):
            ticks = round((start_s + number / per_s) * 90_000)
            for pid, stream_id, size in ((VIDEO, 0xE0, 0), (AUDIO, 0xC0, 500)):
                made.append(self.add(pid, pes(stream_id, ticks + 3600, ticks, size=size), start=True))
                made += [self.add(pid, b"\xaa" * 184) for _ in range(packets - 1)]
        return b"".join(made)


def pids(data: bytes) -> list[int]:
    """Return the PID of each packet."""
    return [(data[place + 1] & 0x1F) << 8 | data[place + 2] for place in range(0, len(data), 188)]


def without(data: bytes, number: int, count: int = 1) -> bytes:
    """Return packets without some of them."""
    return data[: number * 188] + data[(number + count) * 188 :]
