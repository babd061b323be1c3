from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.formats.structure_error import StructureError
from aniworld_dl.media.text.samples import TextSample, text_samples, text_track
from aniworld_dl.media.text.webvtt import Cue
from aniworld_dl.media.text.wvtt import wvtt_cues
from tests.media_builders import box
from tests.unit.media.fragment_builders import (
    NO_CUE,
    TRACK,
    fragment,
    full_box,
    init_section,
    number,
    segment,
    track_run,
    vttc,
)

HEADER = full_box(b"tfhd", number(TRACK), flags=0x20000)
TIME = full_box(b"tfdt", number(2000))


def read(init: bytes, body: bytes) -> list[tuple[float, float, bytes]]:
    return [(one.start_s, one.end_s, one.data) for one in text_samples(text_track(init), body)]


def test_samples_follow_one_another_from_the_decoding_time() -> None:
    body = segment(6000, [(500, b"aa"), (1500, b""), (250, b"b")])
    assert read(init_section(), body + body) == 2 * [(6, 6.5, b"aa"), (6.5, 8, b""), (8, 8.25, b"b")]


def test_the_timescale_is_the_tracks_own() -> None:
    assert read(init_section(timescale=90_000), segment(2**33, [(45_000, b"a")])) == [
        (2**33 / 90_000, 2**33 / 90_000 + 0.5, b"a")
    ]


SAYS_ALL = full_box(b"tfhd", number(TRACK) + number(1) + number(3000) + number(1), flags=0x1A)


@pytest.mark.parametrize(("header", "duration_s"), [(HEADER, 1), (SAYS_ALL, 3)])
def test_what_no_sample_says_the_fragment_says_and_else_the_init_section(header: bytes, duration_s: int) -> None:
    """ISO/IEC 14496-12 8.8.3, 8.8.7, 8.8.8."""
    body = fragment([header + TIME + full_box(b"trun", number(2))], b"ab")
    found = read(init_section(duration=1000, size=1), body)
    assert found == [(2, 2 + duration_s, b"a"), (2 + duration_s, 2 + 2 * duration_s, b"b")]


def test_all_fields_of_a_run_find_their_place() -> None:
    fields = number(1000) + number(1) + number(0) + number(-500) + number(1000) + number(2) + number(0) + number(250)
    run = full_box(b"trun", number(2) + number(0) + fields, flags=0xF04, version=1)
    body = fragment([HEADER + TIME + run], b"abb")
    assert read(init_section(), body) == [(1.5, 2.5, b"a"), (3.25, 4.25, b"bb")]


def test_a_base_inside_the_whole_file_is_not_followed() -> None:
    """The file is not at hand; the samples are taken one after another."""
    header = full_box(b"tfhd", number(TRACK) + number(123_456, 8), flags=1)
    body = fragment([header + TIME + track_run([(1, b"a")], 777) + track_run([(1, b"b")], None)], b"ab")
    assert [data for _, _, data in read(init_section(), body)] == [b"a", b"b"]


def test_runs_go_on_where_the_one_before_ends_unless_they_say_where() -> None:
    def trafs(offset: int) -> list[bytes]:
        runs = [track_run([(1, b"a")], offset), track_run([(1, b"b")], None)]
        return [HEADER + TIME + b"".join(runs) + track_run([(1, b"c")], offset + 3, first=True)]

    body = fragment(trafs(len(fragment(trafs(0), b""))), b"abxc")
    assert [data for _, _, data in read(init_section(), body)] == [b"a", b"b", b"c"]


def test_other_tracks_are_left_out() -> None:
    assert read(init_section(), segment(0, [(1, b"a")], track=TRACK + 1)) == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (fragment([TIME], b""), "which track"),
        (fragment([HEADER], b""), "when it plays"),
        (fragment([HEADER + TIME + track_run([(1, b"abc")], None)], b"ab"), "outside the segment"),
        (fragment([HEADER + TIME + track_run([(1, b"a")], -500)], b"ab"), "outside the segment"),
        (fragment([HEADER + TIME + full_box(b"trun", number(2**32 - 1))], b"ab"), "no room for the 4294967295 samples"),
        (fragment([HEADER + TIME + full_box(b"trun", number(9), flags=0x200)], b"ab")[:-10], "a box ends"),
        (b"\0\0\0\x07moof", "does not fit"),
    ],
)
def test_damaged_segments_are_refused(body: bytes, words: str) -> None:
    with pytest.raises(StructureError, match=words):
        read(init_section(), body)


def test_samples_without_any_data_box_are_refused() -> None:
    moof = fragment([HEADER + TIME + track_run([(1, b"a")], None)], b"")[:-8]
    with pytest.raises(StructureError, match="outside the segment"):
        read(init_section(), moof)


def test_an_init_section_without_a_track_is_refused() -> None:
    with pytest.raises(StructureError, match="describes no track"):
        text_track(box(b"ftyp") + box(b"moov"))


def sample(data: bytes) -> TextSample:
    return TextSample(start_s=1.0, end_s=2.0, data=data)


def test_cues_of_a_sample_share_its_time() -> None:
    data = box(b"vtta", b"a comment") + vttc("eins", "line:0") + vttc("zwei\nZeilen") + box(b"vttc")
    assert wvtt_cues(sample(data)) == [
        Cue(start_s=1, end_s=2, text="eins", settings="line:0"),
        Cue(start_s=1, end_s=2, text="zwei\nZeilen"),
        Cue(start_s=1, end_s=2, text=""),
    ]
    assert wvtt_cues(sample(NO_CUE)) == []
    assert wvtt_cues(sample(b"")) == []


def test_a_sample_of_no_boxes_is_refused() -> None:
    with pytest.raises(StructureError):
        wvtt_cues(sample(b"plain text"))


GOOD = segment(6000, [(500, vttc("a")), (1500, NO_CUE)])


@given(
    place=st.integers(0, len(GOOD) - 1),
    byte=st.integers(0, 255),
    cut=st.integers(0, len(GOOD)),
    junk=st.binary(max_size=40),
)
def test_damaged_bytes_are_refused_or_read(place: int, byte: int, cut: int, junk: bytes) -> None:
    damaged = bytearray(GOOD)
    damaged[place] = byte
    for body in (bytes(damaged), GOOD[:cut], GOOD[:cut] + junk):
        try:
            for one in text_samples(text_track(init_section()), body):
                wvtt_cues(one)
        except StructureError:
            continue
