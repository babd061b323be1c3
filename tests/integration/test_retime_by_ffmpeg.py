"""What ffmpeg reads of moved segments: every packet as before, and later by exactly as much."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.media.formats.boxes import track_facts
from aniworld_dl.media.formats.retime import retime_boxes, retime_mpegts
from tests.media_samples import ffmpeg
from tests.mux_parts import Cut, Parts

if TYPE_CHECKING:
    from pathlib import Path

SHIFTS_US = (1_000_000, 5_000_000_000, 123_400_000)
"""Whole ticks of 90 kHz and of the sound, and of the picture but for the last."""


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return Parts(tmp_path_factory.mktemp("parts"))


def listed(path: Path) -> list[tuple[Fraction, str]]:
    """Return the time at which each packet is presented, in seconds, and its checksum."""
    lines = ffmpeg(["-copyts", "-i", path.name, "-map", "0", "-c", "copy", "-f", "framecrc", "-"], path.parent)
    ticks = [Fraction(line.split()[2]) for line in lines.splitlines() if line.startswith("#tb")]
    rows = [line.split(",") for line in lines.splitlines() if line[0] != "#"]
    return sorted((int(row[2]) * ticks[int(row[0])], row[5]) for row in rows)


def assert_moved(before: Path, after: Path, shift_us: int, tick: Fraction) -> None:
    old, new = listed(before), listed(after)
    assert len(old) > 100
    assert [crc for _, crc in old] == [crc for _, crc in new]
    shift_s = Fraction(shift_us, 1_000_000)
    assert all(abs(late - early - shift_s) <= tick / 2 for (early, _), (late, _) in zip(old, new, strict=True))


@pytest.mark.parametrize("shift_us", SHIFTS_US)
def test_packets_of_mpegts_are_moved(parts: Parts, tmp_path: Path, shift_us: int) -> None:
    data = bytearray(b"".join(parts.ts("a").segments))
    (tmp_path / "before.ts").write_bytes(data)
    retime_mpegts(data, shift_us)
    (tmp_path / "after.ts").write_bytes(data)
    assert_moved(tmp_path / "before.ts", tmp_path / "after.ts", shift_us, Fraction(1, 90_000))


@pytest.mark.parametrize("shift_us", SHIFTS_US)
@pytest.mark.parametrize("way", ["with an index", "small fragments"])
def test_packets_of_fragments_are_moved(parts: Parts, tmp_path: Path, way: str, shift_us: int) -> None:
    """Two tracks with time scales of their own; the times in a `sidx` box are not looked at where there is a `tfdt`."""
    cut = parts.fmp4("a") if way == "with an index" else small_fragments(parts, tmp_path)
    assert cut.init is not None
    moved = [bytearray(segment) for segment in cut.segments]
    for segment in moved:
        timescales = {number: facts.timescale for number, facts in track_facts(cut.init).items()}
        retime_boxes(segment, shift_us, timescales)
    (tmp_path / "before.mp4").write_bytes(cut.init + b"".join(cut.segments))
    (tmp_path / "after.mp4").write_bytes(cut.init + b"".join(moved))
    assert_moved(tmp_path / "before.mp4", tmp_path / "after.mp4", shift_us, Fraction(1, 12_800))


def small_fragments(parts: Parts, folder: Path) -> Cut:
    """Return one segment of many fragments, each of 0.2 s of one track."""
    flags = "empty_moov+separate_moof+default_base_moof"
    options = ["-c", "copy", "-movflags", flags, "-frag_duration", "200000", "-f", "mp4", "small.mp4"]
    ffmpeg(["-i", str(parts.whole("a")), *options], folder)
    data = (folder / "small.mp4").read_bytes()
    start, end = data.index(b"moof") - 4, data.index(b"mfra") - 4
    assert data.count(b"tfdt") > 20
    return Cut(segments=(data[start:end],), init=data[:start])
