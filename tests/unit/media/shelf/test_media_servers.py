"""The checker of libraries itself: what breaks a documented rule is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.media_servers import library_faults, nfo_faults

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("names", "word"),
    [
        (["A/A S01E01.mkv"], "not Series/Season"),
        (["A/Season 02/A S01E01.mkv"], "another season"),
        (["A/Season 01/B S01E01.mkv"], "another series"),
        (["A/Season 01/A S01E02-E01.mkv"], "backwards"),
        (["A?/Season 01/A? S01E01.mkv"], "reserved"),
        (["A/Season 01/A S01E01.srt"], "no video"),
        (["A/Season 01/A S01E01.mkv", "A/Season 01/A S01E01.deutsch!.srt"], "no name for subtitles"),
        (["A/Season 01/A S01E01.mkv", "A/Season 01/A S01E01.de.nfo"], "exactly as its video"),
        (["Films/A.mkv"], "not Films/Name"),
        (["Films/A/B.mkv"], "not called as its folder"),
    ],
)
def test_what_breaks_a_rule(names: list[str], word: str, tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"<tvshow/>")
    assert any(word in fault for fault in library_faults(tmp_path)), library_faults(tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<tvshow><title>a</title>",
        b"<tvshow></tvshow>",
        b"<tvshow><title>a</title><title>b</title></tvshow>",
        b"<tvshow><title>a</title><plot>b</plot></tvshow>",
        b"<movie><title>a</title><year>99</year></movie>",
        b"<movie><title>a</title></movie><movie><title>b</title></movie>",
        b'<movie><title>a</title><uniqueid type="tmdb">1</uniqueid></movie>',
        b"<season><title>a</title></season>",
        b"<episodedetails><title>a</title><season>x</season><episode>1</episode></episodedetails>",
    ],
)
def test_what_breaks_the_schema(body: bytes) -> None:
    assert nfo_faults(body) != []
