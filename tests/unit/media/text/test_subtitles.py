from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.errors import SegmentInvalidError, UnsupportedMediaError
from aniworld_dl.media.text.subtitles import merge_cues
from aniworld_dl.media.text.webvtt import parse_webvtt
from aniworld_dl.model import Container, InitSection, Segment, Track, TrackKind
from tests.media_builders import ORIGIN
from tests.unit.media import packaged_wvtt
from tests.unit.media.fragment_builders import NO_CUE, init_section, segment, vttc

INIT = InitSection(uri=f"{ORIGIN}/init.mp4")
TURN_S = 2**33 / 90_000


def text_track(container: Container, segments: int, **changes: Any) -> Track:
    """Return subtitles in segments of 6 s; a change that is a list is one for each segment."""
    found = tuple(
        Segment(
            index=index,
            uri=f"{ORIGIN}/{index}?token=secret",
            **{"duration_s": 6.0}
            | {name: value[index] if isinstance(value, list) else value for name, value in changes.items()},
        )
        for index in range(segments)
    )
    return Track(kind=TrackKind.TEXT, container=container, segments=found)


def never(sequence: int, raw_s: float) -> float:
    raise AssertionError((sequence, raw_s))


def merged(
    track: Track,
    bodies: list[Any],
    inits: dict[InitSection, bytes] | None = None,
    to_output: Any = never,
    **options: bool,
) -> list[tuple[float, float, str]]:
    ready = [body if isinstance(body, bytes) else body.encode() for body in bodies]
    text = merge_cues(track, zip(track.segments, ready, strict=True), inits or {}, to_output, **options)
    return [(cue.start_s, cue.end_s, cue.text) for cue in parse_webvtt(text).cues]


def vtt(*cues: tuple[str, str, str], header: str = "") -> str:
    blocks = [f"{start} --> {end}\n{text}" for start, end, text in cues]
    return "\n\n".join([f"WEBVTT\n{header}".strip(), *blocks]) + "\n"


def mapped(ticks: int, *cues: tuple[str, str, str], local: str = "00:00:00.000") -> str:
    return vtt(*cues, header=f"X-TIMESTAMP-MAP=LOCAL:{local},MPEGTS:{ticks}")


A = ("00:01.000", "00:02.000", "a")
B = ("00:05.000", "00:07.500", "b")
C = ("00:07.000", "00:08.000", "c")


@pytest.mark.parametrize("offset_s", [1.4, 10])
def test_without_a_map_times_are_those_of_the_presentation(offset_s: float) -> None:
    """Although the timestamps begin later: most files without a map are written to what is watched."""
    track = text_track(Container.WEBVTT, 3, discontinuity=[False, True, False])
    bodies = [vtt(A, B), vtt(B, C), vtt()]
    assert merged(track, bodies, to_output=lambda _, raw_s: raw_s - offset_s) == [
        (1, 2, "a"),
        (5, 7.5, "b"),
        (7, 8, "c"),
    ]


def test_without_a_map_times_are_timestamps_where_only_that_fits() -> None:
    """RFC 8216 3.5: a cue time of 0 is then a timestamp of 0, and a segment has the cues of its own time."""
    track = text_track(Container.WEBVTT, 2)
    bodies = [vtt(("27:46:41.000", "27:46:42.000", "a")), vtt(("27:46:47.000", "27:46:50.000", "b"))]
    assert merged(track, bodies, to_output=lambda _, raw_s: raw_s - 100_000) == [(1, 2, "a"), (7, 10, "b")]


def test_where_no_reading_fits_the_times_stay() -> None:
    track = text_track(Container.WEBVTT, 1, duration_s=None)
    assert merged(track, [vtt(A)], to_output=lambda _, raw_s: raw_s - 100_000) == [(1, 2, "a")]


def test_a_map_leads_to_the_timestamps_of_the_segments_sequence() -> None:
    track = text_track(Container.WEBVTT, 4, discontinuity=[True, False, True, True])
    bodies = [
        mapped(900_000, A, B),
        mapped(900_000, B),
        mapped(90_000, ("00:00:00.000", "00:00:01.000", "c")),
        mapped(45_000, ("00:10.000", "00:11.000", "d"), local="00:00:09.000"),
    ]
    asked = []

    def to_output(sequence: int, raw_s: float) -> float:
        asked.append(sequence)
        return raw_s + (-10, 11, 18)[sequence]

    expected = [(1, 2, "a"), (5, 7.5, "b"), (12, 13, "c"), (19.5, 20.5, "d")]
    assert merged(track, bodies, to_output=to_output) == expected
    assert sorted(set(asked)) == [0, 1, 2]


@pytest.mark.parametrize("turns", [-1, 0, 1, 5])
def test_the_turn_of_the_timestamps_is_the_nearest_one(turns: int) -> None:
    """They start again after 2^33, and a stream may begin just before."""
    track = text_track(Container.WEBVTT, 2)
    start = 2**33 - 270_000
    bodies = [mapped(start % 2**33, A), mapped((start + 540_000) % 2**33, ("00:00.000", "00:01.000", "b"))]
    found = merged(track, bodies, to_output=lambda _, raw_s: raw_s - start / 90_000 + turns * TURN_S)
    assert found == [(1, 2, "a"), (6, 7, "b")]


def test_a_map_without_cues_asks_for_nothing() -> None:
    assert merged(text_track(Container.WEBVTT, 1), [mapped(900_000)]) == []


def test_dash_moves_text_by_its_shift_and_looks_at_no_map() -> None:
    track = text_track(Container.WEBVTT, 2, shift_s=[0.0, 60.0])
    assert merged(track, [mapped(900_000, A), vtt(A)]) == [(1, 2, "a"), (61, 62, "a")]


def test_the_header_may_be_the_init_section() -> None:
    """RFC 8216 3.5: a segment begins with the header or has an EXT-X-MAP that is one."""
    track = text_track(Container.WEBVTT, 2, init=INIT)
    header = "\ufeffWEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n".encode()
    bodies = [vtt(A).removeprefix("WEBVTT\n\n"), ""]
    assert merged(track, bodies, {INIT: header}, lambda _, raw_s: raw_s - 9) == [(2, 3, "a")]


def test_segments_may_be_empty_or_without_any_header() -> None:
    track = text_track(Container.WEBVTT, 3)
    bodies = ["", "\ufeff\n1\n00:00:07,000 --> 00:00:08,000\nc\n", "\ufeff" + vtt()]
    assert merged(track, bodies, to_output=lambda _, raw_s: raw_s) == [(7, 8, "c")]


def test_what_is_no_utf_8_is_replaced() -> None:
    body = vtt(A).replace("a", "\xe4").encode("latin-1")
    assert merged(text_track(Container.WEBVTT, 1), [body], to_output=lambda _, raw_s: raw_s) == [(1, 2, "\ufffd")]


def test_ttml_in_dash() -> None:
    documents = ['<tt><body><p begin="1s" end="2s">a</p></body></tt>', '<tt><body><p begin="1s">b</p></body></tt>']
    track = text_track(Container.TTML, 2, shift_s=[0.0, 6.0])
    assert merged(track, documents) == [(1, 2, "a"), (7, 12, "b")]


def test_ttml_without_an_end_in_a_segment_without_a_duration() -> None:
    track = text_track(Container.TTML, 1, duration_s=None)
    assert merged(track, ['<tt><body><p begin="1s">a</p></body></tt>']) == [(1, 6, "a")]


def test_samples_are_moved_by_the_shift_in_dash() -> None:
    """A cue is cut wherever another one begins or ends, and at the end of a segment."""
    track = text_track(Container.FMP4, 2, init=INIT, shift_s=-100.0)
    bodies = [
        segment(100_000, [(1000, NO_CUE), (4000, vttc("a")), (1000, vttc("a") + vttc("b"))]),
        segment(106_000, [(500, vttc("b") + vttc("a")), (5500, b"")]),
    ]
    assert merged(track, bodies, {INIT: init_section()}) == [(1, 6.5, "a"), (5, 6.5, "b")]


def test_what_another_packager_wrote() -> None:
    track = text_track(Container.FMP4, 4, init=INIT, shift_s=0.0)
    assert merged(track, packaged_wvtt.SEGMENTS, {INIT: packaged_wvtt.INIT}) == [
        (0.5, 2.5, "Guten Tag &amp; <i>Welt</i>"),
        (5, 7.5, "überlappt die Grenze"),
        (7, 9, "zweite\nZeile"),
        (12, 19, "lang"),
    ]


def test_samples_are_on_the_timeline_of_the_sequence_in_hls() -> None:
    other = InitSection(uri=f"{ORIGIN}/other.mp4")
    track = text_track(Container.FMP4, 2, init=[INIT, other], discontinuity=[False, True])
    bodies = [segment(10_000, [(1000, vttc("a"))]), segment(90_000, [(90_000, vttc("b"))])]
    inits = {INIT: init_section(), other: init_section(timescale=90_000)}
    found = merged(track, bodies, inits, lambda sequence, raw_s: raw_s + (-10, 5)[sequence])
    assert found == [(0, 1, "a"), (6, 7, "b")]


def test_documents_in_samples() -> None:
    document = b'<tt><body><p begin="105s" end="108s">a</p></body></tt>'
    track = text_track(Container.FMP4, 2, init=INIT, shift_s=-100.0)
    bodies = [segment(100_000, [(6000, document)]), segment(106_000, [(6000, document)])]
    assert merged(track, bodies, {INIT: init_section(b"stpp")}) == [(5, 8, "a")]


def test_mp4_gets_one_text_at_a_time() -> None:
    found = merged(text_track(Container.WEBVTT, 1, shift_s=0.0), [vtt(B, C)], one_at_a_time=True)
    assert found == [(5, 7, "b"), (7, 7.5, "b\nc"), (7.5, 8, "c")]


@pytest.mark.parametrize(
    ("container", "body", "init"),
    [
        (Container.WEBVTT, b"WEBVTT\nX-TIMESTAMP-MAP=nonsense\n", None),
        (Container.TTML, b"<html/>", None),
        (Container.FMP4, segment(0, [(1, b"x")]), INIT),
        (Container.FMP4, segment(0, []), None),
    ],
)
def test_a_damaged_segment_is_named(container: Container, body: bytes, init: InitSection | None) -> None:
    track = text_track(container, 1, init=init)
    with pytest.raises(SegmentInvalidError) as caught:
        merged(track, [body], {INIT: init_section()})
    assert (caught.value.params["index"], caught.value.params["url"]) == (0, f"{ORIGIN}/0")


@pytest.mark.parametrize(
    ("container", "words"), [(Container.FMP4, "subtitles of the codec 'tx3g'"), (Container.MPEG_TS, "in mpegts")]
)
def test_other_subtitles_are_not_opened(container: Container, words: str) -> None:
    track = text_track(container, 1, init=INIT)
    with pytest.raises(UnsupportedMediaError, match=words):
        merged(track, [segment(0, [(1, b"x")])], {INIT: init_section(b"tx3g")})


@given(
    container=st.sampled_from([Container.WEBVTT, Container.TTML, Container.FMP4]),
    bodies=st.lists(st.binary(max_size=60), min_size=2, max_size=2),
    init=st.sampled_from([None, INIT]),
)
def test_any_bytes_are_refused_or_merged(container: Container, bodies: list[bytes], init: InitSection | None) -> None:
    track = text_track(container, 2, init=init)
    inits = {INIT: init_section()}
    try:
        text = merge_cues(track, zip(track.segments, bodies, strict=True), inits, lambda _, raw_s: raw_s)
    except SegmentInvalidError:
        return
    assert all(cue.start_s < cue.end_s for cue in parse_webvtt(text).cues)
