from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.text.webvtt import Cue
from aniworld_dl.media.text.webvtt_join import joined_cues
from aniworld_dl.media.text.webvtt_single import single_cues


def cue(start_s: float, end_s: float, text: str = "x", settings: str = "") -> Cue:
    return Cue(start_s=start_s, end_s=end_s, text=text, settings=settings)


def test_what_every_segment_repeats_is_one_cue() -> None:
    """RFC 8216 3.5: a segment has all cues that are shown in its time, with their whole time."""
    assert joined_cues([[cue(1, 2, "a"), cue(5, 13)], [cue(5, 13)], [cue(5, 13), cue(14, 15, "b")]]) == [
        cue(1, 2, "a"),
        cue(5, 13),
        cue(14, 15, "b"),
    ]


def test_what_was_cut_at_the_ends_of_documents_is_one_cue() -> None:
    assert joined_cues([[cue(5, 6)], [cue(6, 12)], [cue(12.019, 13)]]) == [cue(5, 13)]


def test_a_later_document_may_repeat_with_less_time() -> None:
    assert joined_cues([[cue(5, 13)], [cue(6, 12)]]) == [cue(5, 13)]


def test_the_same_text_later_is_another_cue() -> None:
    assert joined_cues([[cue(5, 6)], [cue(6.1, 7)]]) == [cue(5, 6), cue(6.1, 7)]


def test_touching_cues_with_other_text_or_settings_stay_apart() -> None:
    found = [cue(5, 6), cue(6, 7, settings="line:0"), cue(6, 7, "y")]
    assert joined_cues([[one] for one in found]) == found


def test_what_one_document_shows_again_stays_apart() -> None:
    document = [cue(5, 6), cue(6, 7)]
    assert joined_cues([document]) == document
    assert joined_cues([document, document, document]) == document


def test_equal_cues_of_one_document_are_one() -> None:
    assert joined_cues([[cue(5, 6), cue(5, 6)]]) == [cue(5, 6)]


def test_order_is_that_of_the_starts_and_then_of_the_source() -> None:
    found = [cue(3, 4, "c"), cue(1, 9, "b"), cue(1, 2, "a")]
    assert joined_cues([found]) == [found[1], found[2], found[0]]


def test_nothing_begins_before_the_file_and_nothing_unseen_is_kept() -> None:
    found = [cue(-2, 1, "a"), cue(-2, -1), cue(-1, 0), cue(1, 1), cue(2, 1), cue(1, 2, " \n")]
    assert joined_cues([found]) == [cue(0, 1, "a")]
    assert joined_cues([]) == []


def test_cues_shown_together_become_one_for_mp4() -> None:
    found = [cue(5, 7.5, "a", "line:0"), cue(7, 9, "b"), cue(7, 9, "c"), cue(9, 10, "d")]
    assert list(single_cues(found)) == [
        cue(5, 7, "a", "line:0"),
        cue(7, 7.5, "a\nb\nc", "line:0"),
        cue(7.5, 9, "b\nc"),
        cue(9, 10, "d"),
    ]


def test_what_is_shorter_than_a_millisecond_is_left_out_for_mp4() -> None:
    assert list(single_cues([cue(1, 1.0001), cue(2, 3)])) == [cue(2, 3)]


def test_a_long_pause_is_parted_for_mp4() -> None:
    """Else ffmpeg writes its length into 32 bits, and what follows is shown at once."""
    found = list(single_cues([cue(1800.005, 1801, "a"), cue(7200, 7201, "b")]))
    assert [one.text for one in found] == ["a", "\u200b", "\u200b", "b"]
    assert [one.start_s for one in found] == [1800.005, 3601, 5401, 7200]
    assert max(after.start_s - before.end_s for before, after in pairwise(found)) <= 1800
    assert len(list(single_cues([cue(3.6e12, 4e12)]))) == 1001


def test_no_more_texts_at_once_than_can_be_read_for_mp4() -> None:
    found = list(single_cues([cue(0, 100 - number, str(number)) for number in range(50)]))
    assert found[0].text == "0\n1\n2\n3\n4\n5\n6\n7"


times = st.integers(0, 50).map(float)
cues_strategy = st.lists(st.builds(cue, times, times, st.sampled_from("abc")), max_size=8)


@given(documents=st.lists(cues_strategy, max_size=4))
def test_joining_shows_at_every_time_what_the_documents_show(documents: list[list[Cue]]) -> None:
    joined = joined_cues(documents)
    assert joined_cues([joined]) == joined
    for time in range(51):
        wanted = {one.text for document in documents for one in document if one.start_s <= time < one.end_s}
        assert {one.text for one in joined if one.start_s <= time < one.end_s} == wanted


@given(cues=cues_strategy)
def test_single_cues_show_the_same_and_never_overlap(cues: list[Cue]) -> None:
    joined = joined_cues([cues])
    single = list(single_cues(joined))
    assert all(before.end_s <= after.start_s for before, after in pairwise(single))
    for time in range(51):
        wanted = [one.text for one in joined if one.start_s <= time < one.end_s]
        shown = [one.text.split("\n") for one in single if one.start_s <= time < one.end_s]
        assert shown == ([wanted] if wanted else [])
