"""A file that is read while it is written is found to be what it is when it is read afterwards."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
import zlib
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aniworld_dl.errors import FileFailedError
from aniworld_dl.media.formats.ebml import EbmlFile
from aniworld_dl.media.formats.matroska import MatroskaFile, Reader, read_matroska
from aniworld_dl.media.formats.matroska_growing import GrowingMatroska, GrowingReader
from tests.fakes.clock import FakeClock
from tests.matroska_files import (
    BOTH,
    CUES,
    HEAD,
    SEGMENT,
    TRACKS,
    UNKNOWN,
    VOID,
    element,
    info,
    matroska,
    seconds,
    track_entry,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CONTENT = BOTH + seconds(4)
FINAL = matroska(info(4000.0), CONTENT, element(CUES, b"\xec\x81x"))
WRITTEN = HEAD + SEGMENT.to_bytes(4) + UNKNOWN + info(0.0) + CONTENT
"""What a muxer writes at first: it knows neither the size nor the duration."""
ZEROS = bytes(200)


def followed(path: Path, growth: Sequence[bytes], final: bytes) -> GrowingReader:
    """Return a reader that has looked at each state of the file, then at the final one."""
    path.write_bytes(b"")
    with path.open("rb", buffering=0) as raw:
        reader = GrowingReader(EbmlFile(raw, 0))
        steps = reader.follow(path)
        for state in growth:
            path.write_bytes(state)
            while next(steps) is not None:
                pass
        path.write_bytes(final)
        reader.is_final = True
        list(steps)
    return reader


def whole(path: Path, data: bytes) -> MatroskaFile:
    path.write_bytes(data)
    with path.open("rb", buffering=0) as raw:
        reader = GrowingReader(EbmlFile(raw, len(data)))
        list(reader.run())
    return reader.result()


def states(cuts: Sequence[int]) -> list[bytes]:
    return [WRITTEN[:cut] for cut in sorted(cuts)]


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(0, len(WRITTEN)), max_size=8))
def test_however_it_grows_the_result_is_that_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    path = tmp_path_factory.mktemp("growing") / "result.mkv"
    reader = followed(path, states(cuts), FINAL)
    if reader.sums:
        assert replace(reader.result(), sums={}) == whole(path, FINAL)
    for start, (stop, crc) in reader.sums.items():
        assert zlib.crc32(FINAL[start:stop]) == crc
        assert FINAL[start : start + 4] == b"\x1f\x43\xb6\x75"


def test_every_cluster_is_summed_once_it_is_there(tmp_path: Path) -> None:
    reader = followed(tmp_path / "result.mkv", [WRITTEN[:-1]], FINAL)
    assert len(reader.sums) == 3  # the fourth lacks a byte
    assert len(followed(tmp_path / "result.mkv", [WRITTEN], FINAL).sums) == 4


@pytest.mark.parametrize(
    "final",
    [
        pytest.param(matroska(info(4000.0), element(TRACKS, track_entry(1)), seconds(4)), id="other tracks"),
        pytest.param(matroska(element(VOID, bytes(9)), CONTENT), id="clusters elsewhere"),
        pytest.param(b"", id="emptied"),
        pytest.param(b"nothing of the kind" * 9, id="something else"),
    ],
)
def test_what_does_not_hold_in_the_end_is_not_believed(tmp_path: Path, final: bytes) -> None:
    assert followed(tmp_path / "result.mkv", [WRITTEN], final).sums == {}


def test_what_is_damaged_is_read_anew(tmp_path: Path) -> None:
    """A file that makes no sense while it grows is left alone until it is written."""
    reader = followed(tmp_path / "result.mkv", [WRITTEN + ZEROS], matroska(info(4000.0), CONTENT, ZEROS))
    assert reader.result().damages


def test_a_cluster_that_does_not_say_where_it_ends_is_read_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "result.mkv"
    unbounded = WRITTEN.partition(seconds(4))[0] + seconds(1) + b"\x1f\x43\xb6\x75" + UNKNOWN + ZEROS
    reader = followed(path, [unbounded], FINAL)
    assert len(reader.sums) == 1
    assert replace(reader.result(), sums={}) == whole(path, FINAL)


def test_where_no_cluster_was_seen_all_is_read_anew(tmp_path: Path) -> None:
    reader = followed(tmp_path / "result.mkv", [WRITTEN.partition(seconds(4))[0]], FINAL)
    assert reader.sums == {}
    assert reader.result().clusters == ()


async def test_it_is_followed_in_the_background(tmp_path: Path) -> None:
    path, clock = tmp_path / "result.mkv", FakeClock()
    path.touch()
    async with aclosing(GrowingMatroska(path, clock)) as following:
        with path.open("wb", buffering=0) as file:
            for start in range(0, len(WRITTEN), 3000):
                file.write(WRITTEN[start : start + 3000])
                await clock.run(1)
            file.seek(0)
            file.write(FINAL)
        found = await following.result()
    assert replace(found, sums={}) == await read_matroska(path)


async def test_what_was_never_followed_is_read_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "result.mkv"
    path.touch()
    async with aclosing(GrowingMatroska(path, FakeClock())) as following:
        path.write_bytes(FINAL)
        found = await following.result()
    assert replace(found, sums={}) == await read_matroska(path)


async def test_a_file_that_never_comes(tmp_path: Path) -> None:
    async with aclosing(GrowingMatroska(tmp_path / "none.mkv", FakeClock())) as following:
        with pytest.raises(FileFailedError):
            await following.result()
    async with aclosing(GrowingMatroska(tmp_path / "none.mkv", FakeClock())):
        pass


async def test_who_stops_while_it_is_opened_leaves_no_file_open(tmp_path: Path) -> None:
    """What is not closed is warned of when it is collected, and warnings are errors."""
    path = tmp_path / "result.mkv"
    path.touch()
    growing = GrowingMatroska(path, FakeClock())
    await asyncio.sleep(0)  # it is being opened in a thread
    await growing.aclose()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        gc.collect()
    assert [warning for warning in seen if issubclass(warning.category, ResourceWarning)] == []


def test_a_part_that_is_too_large_is_not_kept_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 4)
    with path.open("rb", buffering=0) as raw:
        file = EbmlFile(raw, 1024)
        file.hold(0, 1 << 30)
        assert file._window == b""
        file.hold(0, 1024)
        assert file._window.startswith(path.read_bytes())


async def test_what_a_long_file_holds_is_put_together_in_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a hundred thousand packets that takes longer than the event loop may be kept waiting."""
    where: list[threading.Thread] = []

    def result(reader: GrowingReader) -> MatroskaFile:
        where.append(threading.current_thread())
        return Reader.result(reader)

    monkeypatch.setattr(GrowingReader, "result", result)
    path = tmp_path / "result.mkv"
    path.write_bytes(FINAL)
    following = GrowingMatroska(path, FakeClock(auto_advance=True))
    assert (await following.result()).sums
    assert where
    assert threading.main_thread() not in where
