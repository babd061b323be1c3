from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.errors import UnsupportedMediaError
from aniworld_dl.media.formats.structure_error import StructureError
from aniworld_dl.media.text.samples import TextSample
from aniworld_dl.media.text.ttml import parse_ttml, sample_cues
from aniworld_dl.media.text.webvtt import Cue

NAMES = (
    'xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" '
    'xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:smpte="http://www.smpte-ra.org/schemas/2052-1/2010/smpte-tt"'
)


def document(body: str, attributes: str = "", head: str = "") -> bytes:
    return f"<tt {NAMES} {attributes}><head>{head}</head><body>{body}</body></tt>".encode()


def cue(start_s: float, end_s: float, text: str = "x") -> Cue:
    return Cue(start_s=start_s, end_s=end_s, text=text)


def times(begin: str, attributes: str = "") -> float:
    (found,) = parse_ttml(document(f'<div><p begin="{begin}" dur="1000000s">x</p></div>', attributes))
    return found.start_s


@pytest.mark.parametrize(
    ("begin", "seconds"),
    [
        ("01:02:03", 3723),
        ("123:00:00", 442800),
        ("00:00:01.5", 1.5),
        ("00:00:01:15", 1.5),
        ("00:00:01:15.0", 1.5),
        (" 2h ", 7200),
        ("1.5m", 90),
        ("2.25s", 2.25),
        ("250ms", 0.25),
        ("45f", 1.5),
        ("7t", 7),
    ],
)
def test_time_expressions(begin: str, seconds: float) -> None:
    """TTML2 12.3.1, with 30 frames a second and 1 tick a second where nothing is said."""
    assert times(begin) == seconds


@pytest.mark.parametrize(
    ("begin", "attributes", "seconds"),
    [
        ("50f", 'ttp:frameRate="25"', 2),
        ("00:00:01:12", 'ttp:frameRate="24"', 1.5),
        ("24f", 'ttp:frameRate="24" ttp:frameRateMultiplier="1000 1001"', 1.001),
        ("24f", 'ttp:frameRate="24" ttp:frameRateMultiplier="1000:1001"', 1.001),
        ("00:00:00:12.1", 'ttp:frameRate="25" ttp:subFrameRate="2"', 0.5),
        ("10000000t", 'ttp:tickRate="10000000"', 1),
        ("50t", 'ttp:frameRate="25" ttp:subFrameRate="2"', 1),
        ("50t", 'ttp:frameRate="25" ttp:tickRate="10"', 5),
    ],
)
def test_time_expressions_by_the_rates_of_the_document(begin: str, attributes: str, seconds: float) -> None:
    assert times(begin, attributes) == pytest.approx(seconds)


@pytest.mark.parametrize("begin", ["", "1", "00:01", "00:60:00", "1.s", "00:00:01.", "wallclock(x)", "-1s", "1e3s"])
def test_what_is_no_time_is_refused(begin: str) -> None:
    with pytest.raises(StructureError, match="is no time"):
        times(begin)


@pytest.mark.parametrize(
    "attributes",
    [
        'ttp:frameRate="0"',
        'ttp:frameRate="x"',
        'ttp:tickRate="-1"',
        'ttp:subFrameRate="1.5"',
        'ttp:frameRateMultiplier="1"',
        'ttp:frameRateMultiplier="0 1"',
        'ttp:frameRateMultiplier="1 0"',
    ],
)
def test_impossible_rates_are_refused(attributes: str) -> None:
    with pytest.raises(StructureError, match=r"its (frame|sub|tick)"):
        times("1s", attributes)


@pytest.mark.parametrize(
    ("body", "start_s", "end_s"),
    [
        ('<div><p begin="1s" end="2s">x</p></div>', 1, 2),
        ('<div><p begin="1s" dur="2s">x</p></div>', 1, 3),
        ('<div><p begin="1s" dur="2s" end="9s">x</p></div>', 1, 3),
        ('<div><p begin="1s" dur="9s" end="2s">x</p></div>', 1, 2),
        ('<div begin="10s"><p begin="1s" end="2s">x</p></div>', 11, 12),
        ('<div begin="10s" end="11.5s"><p begin="1s" end="2s">x</p></div>', 11, 11.5),
        ('<div begin="10s" dur="2s"><div begin="1s"><p>x</p></div></div>', 11, 12),
        ('<div><p begin="1s"><span begin="1s" dur="3s">x</span></p></div>', 2, 5),
        ('<p begin="1s">x</p>', 1, math.inf),
    ],
)
def test_times_count_from_where_the_parent_begins(body: str, start_s: float, end_s: float) -> None:
    assert parse_ttml(document(body)) == [cue(start_s, end_s)]


def test_spans_with_times_are_shown_one_after_another() -> None:
    spans = '<span begin="1s" end="3s">a</span>\n <span begin="2s" end="4s">b</span> <span end="0s">c</span>'
    body = f'<p end="9s">\n {spans}</p>'
    assert parse_ttml(document(body)) == [cue(1, 2, "a"), cue(2, 3, "a b"), cue(3, 4, "b")]


def test_nothing_is_shown_between_spans() -> None:
    body = '<p><span begin="1s" end="2s">a</span><span begin="3s" end="4s">a</span></p>'
    assert parse_ttml(document(body)) == [cue(1, 2, "a"), cue(3, 4, "a")]


def test_a_change_that_nobody_sees_parts_no_cue() -> None:
    body = '<p begin="1s" end="5s">a<span end="2s">b</span><span begin="2s">b</span><span begin="1s"> </span></p>'
    assert parse_ttml(document(body)) == [cue(1, 5, "ab")]


def test_lines_of_one_region_and_time_are_one_cue() -> None:
    """A player of WebVTT would put the second above the first."""
    body = (
        '<div region="r"><p begin="1s" end="2s">a</p><p begin="1s" end="2s">b</p>'
        '<p begin="1s" end="2s" region="top">c</p><p begin="1s" end="3s">d</p></div>'
    )
    assert parse_ttml(document(body)) == [cue(1, 2, "a\nb"), cue(1, 2, "c"), cue(1, 3, "d")]


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("\n  Hallo\n  Welt <br/>\n  zwei<br/><br/>drei<br/> \n", "Hallo Welt\nzwei\ndrei"),
        ("a &amp;lt; &lt;b&gt;", "a &amp;lt; &lt;b&gt;"),
        ('a <span tts:fontStyle="italic"> b <br/>c </span> d', "a <i>b\nc</i> d"),
        (
            '<span tts:fontStyle="oblique" tts:fontWeight="bold" tts:textDecoration="underline">a</span>',
            "<i><b><u>a</u></b></i>",
        ),
        ('<span tts:fontStyle="italic"><br/>a<span tts:fontStyle="normal">b</span></span>', "<i>a</i>b"),
        (
            '<span style="u">a<span tts:textDecoration="lineThrough">b</span><span style="no">c</span></span>',
            "<u>ab</u>c",
        ),
        (
            '<span style="both">a</span><span style="none both" tts:fontWeight="normal">b</span>',
            "<i><b>a</b></i><i>b</i>",
        ),
        ('<span xml:space="preserve">a \n b<span xml:space="default">\nc</span>\nd</span>', "a\nb c\nd"),
        ("<metadata>no</metadata>a<set begin='1s'/>b", "ab"),
    ],
)
def test_text_and_its_looks(inside: str, text: str) -> None:
    head = (
        '<styling><style xml:id="i" tts:fontStyle="italic"/><style xml:id="both" style="i" tts:fontWeight="bold"/>'
        '<style xml:id="u" tts:textDecoration="underline"/><style xml:id="no" tts:textDecoration="noUnderline"/>'
        "<style tts:color='red'/></styling>"
    )
    assert parse_ttml(document(f'<div><p begin="1s" end="2s">{inside}</p></div>', head=head)) == [cue(1, 2, text)]


@pytest.mark.parametrize("name", ["http://www.w3.org/2006/10/ttaf1", "http://www.w3.org/2006/04/ttaf1", ""])
def test_documents_of_the_drafts_are_read(name: str) -> None:
    text = f'<tt xmlns="{name}"><body><p begin="1s" end="2s">x</p></body></tt>'
    assert parse_ttml(text.encode()) == [cue(1, 2)]


def test_a_document_without_a_body_has_no_cues() -> None:
    assert parse_ttml(b"<tt/>") == []
    assert parse_ttml(document("<div><region/></div>")) == []


@pytest.mark.parametrize(
    ("body", "attributes", "words"),
    [
        ('<div smpte:backgroundImage="#i"/>', "", "images"),
        ('<div><p smpte:backgroundImage="#i"/></div>', "", "images"),
        ('<div><image src="x.png"/></div>', "", "images"),
        ('<div timeContainer="seq"/>', "", "timeContainer"),
        ("", 'ttp:timeBase="smpte"', "'smpte'"),
    ],
)
def test_what_is_not_opened_is_said(body: str, attributes: str, words: str) -> None:
    with pytest.raises(UnsupportedMediaError, match=words):
        parse_ttml(document(body, attributes))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no whole XML"),
        ("<tt><body>", "no whole XML"),
        ("<html/>", "root is not tt"),
        ('<!DOCTYPE tt [<!ENTITY a "x">]><tt>&a;</tt>', "entities"),
        (f"<tt><body>{'<div>' * 100}{'</div>' * 100}</body></tt>", "too deeply"),
        (f"<tt><head>{'<x>' * 50_000}{'</x>' * 50_000}</head><body begin='x'/></tt>", "no time"),
        (f"<tt><body><p>{'<span>' * 100}{'</span>' * 100}</p></body></tt>", "too deeply"),
    ],
)
def test_what_is_no_plausible_document_is_refused(text: str, words: str) -> None:
    with pytest.raises(StructureError, match=words):
        parse_ttml(text.encode())


def test_more_changes_than_can_be_worked_through_are_refused() -> None:
    spans = "".join(f'<span begin="{number}s" end="{2 * number + 1}s">x</span>' for number in range(1500))
    with pytest.raises(StructureError, match="change more often"):
        parse_ttml(document(f"<p>{spans}</p>"))


def sample(text: bytes, start_s: float, end_s: float) -> TextSample:
    return TextSample(start_s=start_s, end_s=end_s, data=text)


def test_a_document_in_a_sample_is_cut_to_its_time() -> None:
    """ISO/IEC 14496-30 6: the times are those of the track."""
    text = document('<p begin="5s" end="8s">a</p><p begin="1s" end="6s">b</p><p begin="11s">c</p><p begin="13s">d</p>')
    assert sample_cues(sample(text, 6, 12)) == [cue(6, 8, "a"), cue(11, 12, "c")]


def test_times_that_none_can_be_meant_count_from_the_sample() -> None:
    text = document('<p begin="1s" end="2s">a</p><p begin="5s" end="9s">b</p>')
    assert sample_cues(sample(text, 60, 66)) == [cue(61, 62, "a"), cue(65, 66, "b")]


def test_a_sample_may_be_empty() -> None:
    assert sample_cues(sample(b"", 6, 12)) == []


parts = st.sampled_from(
    [
        '<p begin="1s" end="2s">',
        "</p>",
        "<div>",
        "</div>",
        "<span end='00:00:01:05'>",
        "</span>",
        "<br/>",
        "text",
        " ",
        '<p dur="9t" region="r">',
        '<span tts:fontStyle="italic">',
        "&lt;",
        "<p begin='x'>",
        "<image/>",
    ]
)


@given(data=st.one_of(st.binary(), st.lists(parts, max_size=30).map(lambda found: document("".join(found)))))
def test_any_bytes_are_refused_or_read(data: bytes) -> None:
    try:
        cues = parse_ttml(data)
    except (StructureError, UnsupportedMediaError):
        return
    assert all(one.start_s < one.end_s and one.text.strip() for one in cues)
