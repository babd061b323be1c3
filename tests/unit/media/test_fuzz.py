"""The command that feeds damaged bytes to all parsers finds what it looks for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.media.formats.structure_error import StructureError
from benchmarks.fuzz import Target, fuzz, targets

if TYPE_CHECKING:
    from pathlib import Path

PARSERS = {"HLS", "DASH", "WebVTT", "TTML", "MPEG-TS", "packed audio", "init boxes", "fragments", "fragment times"}
PARSERS |= {"sidx", "MP4", "Matroska", "feeds", "pages"}


def test_there_is_a_target_for_each_parser(tmp_path: Path) -> None:
    assert targets(tmp_path).keys() == PARSERS


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", sorted(PARSERS))
def test_a_few_damaged_inputs_are_read_or_refused(name: str, tmp_path: Path) -> None:
    assert fuzz(targets(tmp_path)[name], until=time.monotonic(), at_a_time=15) > 0


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_what_is_damaged_was_whole_before(name: str, tmp_path: Path) -> None:
    """Otherwise the first check would end each reading."""
    for seed in targets(tmp_path)[name].seeds:
        assert targets(tmp_path)[name].read(seed) is not NotImplemented


def test_a_parser_that_raises_something_else_is_found() -> None:
    def read(data: bytes) -> object:
        if b"\xff\xff" in data:
            raise KeyError(data)
        raise StructureError("no")

    target = Target(read=read, seeds=[b"\xff" * 20])
    with pytest.raises(KeyError):
        fuzz(target, until=time.monotonic())


def test_a_parser_that_hangs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.fuzz.LONGEST_S", 0.01)

    def read(data: bytes) -> object:
        while True:
            pass

    with pytest.raises(TimeoutError):
        fuzz(Target(read=read, seeds=[b"a"]), until=time.monotonic(), at_a_time=1)
