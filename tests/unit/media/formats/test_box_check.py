from __future__ import annotations

import pytest

from aniworld_dl.errors import UnsupportedMediaError
from aniworld_dl.media.formats.box_check import BoxCheck
from aniworld_dl.media.formats.boxes import track_facts
from aniworld_dl.media.formats.spans import StreamSpan
from aniworld_dl.media.store.structure import StructureError, check_for
from aniworld_dl.model import Container
from tests.media_builders import box
from tests.movie_fragments import Described, fragment, init_section, tfdt, traf, trun, usual_fragment

INIT = init_section(Described(), Described(number=2, handler=b"soun", codec=b"mp4a", timescale=100))
FACTS = track_facts(INIT)


def checked(data: bytes, piece: int = 1000, *, init: bool = False) -> BoxCheck:
    check = check_for(Container.FMP4, init=init, tracks=FACTS)
    assert isinstance(check, BoxCheck)
    for start in range(0, len(data), piece):
        check.feed(data[start : start + piece])
    check.finish()
    return check


@pytest.mark.parametrize("piece", [1, 7, 100, 10_000])
def test_fragments_say_when_their_tracks_play(piece: int) -> None:
    data = usual_fragment(2000) + usual_fragment(200, number=2) + usual_fragment(3000)
    check = checked(data, piece)
    assert check.doubts() == ()
    assert check.spans() == (
        StreamSpan(stream=1, kind="video", start_us=2_000_000, end_us=4_000_000),
        StreamSpan(stream=2, kind="audio", start_us=2_000_000, end_us=12_000_000),
    )


def test_what_the_init_section_does_not_know_is_left_out() -> None:
    check = BoxCheck(required=("moof",))
    check.feed(usual_fragment(0))
    check.finish()
    assert check.spans() == ()


@pytest.mark.parametrize("part", [traf(trun((100, 10))), traf(tfdt(7))])
def test_fragments_without_times_or_samples_are_left_out(part: bytes) -> None:
    assert checked(fragment(part)).spans() == ()


def test_segments_may_bring_their_own_init_section() -> None:
    own = init_section(Described(number=9, timescale=1000))
    assert [span.stream for span in checked(own + usual_fragment(0, number=9)).spans()] == [9]


def test_samples_beyond_the_end_are_doubted() -> None:
    whole = usual_fragment(0)
    assert checked(whole).doubts() == ()
    cut = whole.replace(box(b"mdat", b"\x22" * 100), box(b"mdat", b"\x22" * 99))
    assert checked(cut).doubts() == (f"its samples need {len(whole)} bytes, but it has {len(whole) - 1}",)


def test_a_time_without_fragments_is_doubted() -> None:
    assert checked(usual_fragment(0) + usual_fragment(1500)).doubts() == ()
    assert checked(usual_fragment(0) + usual_fragment(1501)).doubts() == ("0.5 s are missing between its fragments",)


@pytest.mark.parametrize(("codec", "words"), [(b"encv", "encrypted video"), (b"enca", "encrypted video")])
def test_encrypted_tracks_are_not_opened(codec: bytes, words: str) -> None:
    with pytest.raises(UnsupportedMediaError, match=words):
        checked(init_section(Described(codec=codec)), init=True)


def test_an_init_section_passes() -> None:
    assert checked(INIT, init=True).spans() == ()


def test_a_box_larger_than_any_real_one_is_not_kept() -> None:
    with pytest.raises(StructureError, match="more than any real one"):
        checked((1 << 30).to_bytes(4) + b"moof")


@pytest.mark.parametrize("damaged", [fragment(box(b"traf")), box(b"moof", (99).to_bytes(4) + b"traf") + box(b"mdat")])
def test_damaged_fragments_are_refused(damaged: bytes) -> None:
    with pytest.raises(StructureError):
        checked(damaged)
