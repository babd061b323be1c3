from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.formats.structure_error import StructureError
from aniworld_dl.media.text.webvtt import Cue, TimestampMap, format_webvtt, parse_webvtt

EVERYTHING = """WEBVTT - made by hand
Kind: captions

NOTE a comment
of two lines

STYLE
::cue { color: papayawhip }

REGION
id:fred

00:01.000 --> 00:02.500
without an identifier

intro
01:00:00.000 --> 100:00:01.250 align:start line:10%
<i>two</i>
lines

something unknown
of two lines
and three

1
00:00:09.000\t-->\t00:00:10.000\t
"""


def cue(start_s: float, end_s: float, text: str, settings: str = "") -> Cue:
    return Cue(start_s=start_s, end_s=end_s, text=text, settings=settings)


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_kinds_of_blocks_and_of_line_ends(start: str, end: str) -> None:
    assert parse_webvtt(start + EVERYTHING.replace("\n", end)).cues == (
        cue(1, 2.5, "without an identifier"),
        cue(3600, 360001.25, "<i>two</i>\nlines", "align:start line:10%"),
        cue(9, 10, ""),
    )


@pytest.mark.parametrize("text", ["WEBVTT", "WEBVTT\n", "\ufeffWEBVTT\tx", "WEBVTT\n\n\n"])
def test_a_header_alone_has_no_cues(text: str) -> None:
    assert parse_webvtt(text).cues == ()


@pytest.mark.parametrize("text", ["", "WEBVTTX", "webvtt", "\nWEBVTT", "1\n00:01.000 --> 00:02.000\nx"])
def test_the_signature_must_be_there(text: str) -> None:
    with pytest.raises(StructureError, match="does not begin with WEBVTT"):
        parse_webvtt(text)


@pytest.mark.parametrize(
    "header", ["WEBVTT\n", "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00.000,MPEGTS:0\n", "WEBVTT\nKind: captions\n"]
)
def test_a_cue_may_follow_the_header_at_once(header: str) -> None:
    assert parse_webvtt(f"{header}00:01.000 --> 00:02.000\nx").cues == (cue(1, 2, "x"),)


def test_an_arrow_begins_the_next_cue_without_a_blank_line() -> None:
    """A text cannot have one (W3C WebVTT 6.1); what stands before it belongs to the cue before."""
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nx\n00:03.000 --> 00:04.000\ny\n\na\nb\n00:05.000 --> 00:06.000\nz"
    assert parse_webvtt(text).cues == (cue(1, 2, "x"), cue(3, 4, "y"), cue(5, 6, "z"))


@pytest.mark.parametrize(
    "timing",
    [
        "00:61.000 --> 00:62.000",
        "61:00.000 --> 62:00.000",
        "00:01 --> 00:02",
        "00:01.000 -->",
        "1.000 --> 2.000",
        "00:01.000 --> 00:02.000x",
        "\u0660\u0660:01.000 --> 00:02.000",
    ],
)
def test_a_cue_whose_times_cannot_be_read_is_passed_over(timing: str) -> None:
    assert parse_webvtt(f"WEBVTT\n\n{timing}\nx\n\n00:03.000 --> 00:04.000\ny").cues == (cue(3, 4, "y"),)


def test_times_as_subrip_writes_them() -> None:
    assert parse_webvtt("WEBVTT\n\n1\n0:00:01,5 --> 0:00:02,250\nx").cues == (cue(1.5, 2.25, "x"),)


def test_a_null_is_a_replacement_character() -> None:
    assert parse_webvtt("WEBVTT\n\n00:01.000 --> 00:02.000\na\0b").cues == (cue(1, 2, "a\ufffdb"),)


@pytest.mark.parametrize(
    "line",
    [
        "X-TIMESTAMP-MAP=LOCAL:00:00:01.500,MPEGTS:900000",
        "X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:01.500",
        "X-TIMESTAMP-MAP= MPEGTS:900000 , LOCAL:00:01.500 ",
        "Kind: captions\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:01.500\nmore",
        "\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:01.500",
    ],
)
def test_the_timestamp_map_in_either_order(line: str) -> None:
    vtt = parse_webvtt(f"WEBVTT\n{line}\n\n00:01.000 --> 00:02.000\nx")
    assert vtt.timestamp_map == TimestampMap(local_s=1.5, ticks=900000)
    assert vtt.cues == (cue(1, 2, "x"),)


def test_the_first_of_two_timestamp_maps_counts() -> None:
    first, second = (f"X-TIMESTAMP-MAP=LOCAL:00:00.000,MPEGTS:{ticks}" for ticks in (1, 2))
    assert parse_webvtt(f"WEBVTT\n{first}\n\n{second}\n").timestamp_map == TimestampMap(local_s=0, ticks=1)


@pytest.mark.parametrize(
    "line",
    ["LOCAL:00:00.000", "MPEGTS:1", "LOCAL:x,MPEGTS:1", "LOCAL:00:00.000,MPEGTS:-1", "", "LOCAL:00:00.000,MPEGTS"],
)
def test_a_timestamp_map_that_cannot_be_read_is_refused(line: str) -> None:
    """Its cues would be shown at wrong times."""
    with pytest.raises(StructureError, match="timestamp map cannot be read: 'X-TIMESTAMP-MAP="):
        parse_webvtt(f"WEBVTT\nX-TIMESTAMP-MAP={line}\n")


def test_what_is_written() -> None:
    cues = [cue(-0.5, 3599.9996, "a\n\n \nb --> c", "line:0  --> \n x"), cue(3600.0004, 360000, "d")]
    assert format_webvtt(cues) == (
        "WEBVTT\n\n00:00:00.000 --> 01:00:00.000 line:0 x\na\nb --&gt; c\n\n01:00:00.000 --> 100:00:00.000\nd\n"
    )


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0\ufeff"), min_size=1)
lines = words.filter(lambda line: "-->" not in line and line.strip())
times = st.integers(0, 400_000_000).map(lambda milliseconds: milliseconds / 1000)
settings = st.sampled_from(["", "align:start", "line:10% position:20%"])
cues_strategy = st.lists(st.builds(cue, times, times, st.lists(lines, max_size=3).map("\n".join), settings), max_size=5)


@given(cues=cues_strategy)
def test_what_is_written_is_read_again(cues: list[Cue]) -> None:
    assert list(parse_webvtt(format_webvtt(cues)).cues) == cues


PARTS = [
    "\n",
    "\n\n",
    "\r",
    "-->",
    "00:01.000",
    "00:02.000",
    " ",
    "NOTE",
    "X-TIMESTAMP-MAP=",
    "LOCAL:",
    "MPEGTS:1,",
    "x",
]
texts = st.one_of(st.text(), st.lists(st.sampled_from(PARTS)).map(lambda parts: "WEBVTT\n" + "".join(parts)))


@given(text=texts)
def test_any_text_is_refused_or_read_and_written(text: str) -> None:
    try:
        vtt = parse_webvtt(text)
    except StructureError:
        return
    written = format_webvtt(vtt.cues)
    again = parse_webvtt(written).cues
    assert [(one.start_s, one.end_s) for one in again] == [(one.start_s, one.end_s) for one in vtt.cues]
    assert format_webvtt(again) == written
