"""Valid HLS playlists made by chance, together with what a reader must find in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from aniworld_dl.media.hls.playlist import MediaPlaylist, MultivariantPlaylist, Rendition, Variant
from aniworld_dl.model import ByteRange, InitSection, Key, Segment
from tests.unit.media.hls_builders import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import DrawFn

NAMES: Final = st.sampled_from(
    ["a.ts", "b.ts", "b.ts?t=1", "sub/c.m4s", "a", "x_1-y~.ts?u=/v/w&t=%2F", "ä.ts", "d.ts?e==,f", "g;h.ts", "h"]
)
WORDS: Final = st.text("aZ9ß٢=,.:;|/#}$' ", min_size=1, max_size=4).filter(lambda word: word == word.strip())
NOISE: Final = st.sampled_from(
    [
        "",
        " \t",
        "#",
        "# comment",
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-01T00:00:00Z",
        "#EXT-X-UNKNOWN:A=,",
        "#EXT-X-BITRATE:9",
    ]
)


@dataclass(kw_only=True)
class _Course:
    """How far a media playlist is, and what holds for its next segment."""

    first: int
    lines: list[str] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    key: tuple[str, bytes | None] | None = None
    init: InitSection | None = None
    end: tuple[str, int] | None = None


@st.composite
def media_playlists(draw: DrawFn) -> tuple[str, MediaPlaylist]:
    """Return the text of a media playlist and what it says."""
    course = _Course(first=draw(st.sampled_from([0, 1, 255, 2**40, 2**64 - 1])))
    target, discontinuities = draw(st.integers(0, 99)), draw(st.integers(0, 5))
    kind, ended = draw(st.sampled_from([None, "VOD", "EVENT"])), draw(st.booleans())
    head = [
        f"#EXT-X-TARGETDURATION:{target}",
        *([f"#EXT-X-MEDIA-SEQUENCE:{course.first}"] if course.first or draw(st.booleans()) else []),
        *([f"#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuities}"] if discontinuities else []),
        *([f"#EXT-X-PLAYLIST-TYPE:{kind}"] if kind else []),
    ]
    for _ in range(draw(st.integers(1, 6))):
        _draw_segment(draw, course)
    tail = ["#EXT-X-ENDLIST"] if ended else []
    expected = MediaPlaylist(
        segments=tuple(course.segments),
        target_duration_s=float(target),
        ended=ended,
        media_sequence=course.first,
        discontinuity_sequence=discontinuities,
        playlist_type=kind,
    )
    return _draw_text(draw, [*draw(st.permutations(head)), *course.lines, *tail]), expected


def _draw_segment(draw: DrawFn, course: _Course) -> None:
    if draw(st.integers(0, 3)) == 0:
        _draw_key(draw, course)
    if draw(st.integers(0, 3)) == 0 and (course.key is None or course.key[1] is not None):
        _draw_init(draw, course)
    duration = draw(st.sampled_from(["4", "4.", "4.004", ".5", "0", "10.000000"]))
    discontinuity, gap = draw(st.integers(0, 4)) == 0, draw(st.integers(0, 4)) == 0
    tags = [f"#EXTINF:{duration}{draw(st.sampled_from(['', ',', ',a title, with a comma']))}"]
    tags += ["#EXT-X-DISCONTINUITY"] * discontinuity + ["#EXT-X-GAP"] * gap
    name, byte_range = _draw_place(draw, course, tags)
    course.lines += [*draw(st.permutations(tags)), name]
    index = len(course.segments)
    course.segments.append(
        Segment(
            index=index,
            uri=BASE + name,
            duration_s=float(duration),
            byte_range=byte_range,
            key=_key(course.key, course.first + index),
            init=course.init,
            discontinuity=discontinuity,
            gap=gap,
        )
    )


def _draw_place(draw: DrawFn, course: _Course, tags: list[str]) -> tuple[str, ByteRange | None]:
    name, length = draw(NAMES), draw(st.integers(1, 1000))
    how = draw(st.sampled_from(["whole", "range", "next"]))
    if how == "whole":
        course.end = None
        return name, None
    if how == "next" and course.end is not None:
        name, start = course.end
        tags.append(f"#EXT-X-BYTERANGE:{length}")
    else:
        start = draw(st.integers(0, 10**6))
        tags.append(f"#EXT-X-BYTERANGE:{length}@{start}")
    course.end = (name, start + length)
    return name, ByteRange(start=start, stop=start + length)


def _draw_key(draw: DrawFn, course: _Course) -> None:
    if draw(st.booleans()):
        course.key = None
        course.lines.append("#EXT-X-KEY:METHOD=NONE")
        return
    name, iv = draw(NAMES), draw(st.none() | st.binary(min_size=16, max_size=16))
    course.key = (BASE + name, iv)
    attributes = ["METHOD=AES-128", f'URI="{name}"', *([f"IV=0x{iv.hex()}"] if iv else [])]
    attributes += draw(st.sampled_from([[], ['KEYFORMAT="identity"'], ['KEYFORMATVERSIONS="1"']]))
    course.lines.append("#EXT-X-KEY:" + ",".join(draw(st.permutations(attributes))))


def _draw_init(draw: DrawFn, course: _Course) -> None:
    name = draw(NAMES)
    byte_range = draw(
        st.none() | st.builds(lambda a, n: ByteRange(start=a, stop=a + n), st.integers(0, 99), st.integers(1, 99))
    )
    attributes = [f'URI="{name}"']
    if byte_range:
        attributes.append(f'BYTERANGE="{byte_range.length}@{byte_range.start}"')
    course.lines.append("#EXT-X-MAP:" + ",".join(draw(st.permutations(attributes))))
    course.init = InitSection(uri=BASE + name, byte_range=byte_range, key=_key(course.key, 0))


def _key(key: tuple[str, bytes | None] | None, sequence: int) -> Key | None:
    return key and Key(method="AES-128", uri=key[0], iv=key[1] or sequence.to_bytes(16, "big"))


def _draw_text(draw: DrawFn, lines: list[str]) -> str:
    """Put noise between the lines, and ends behind them, that mean nothing."""
    end = draw(st.sampled_from(["\n", "\r\n", " \n"]))
    noisy = [piece for line in ["#EXTM3U", *lines] for piece in (line, *draw(st.lists(NOISE, max_size=1)))]
    return draw(st.sampled_from(["", "\ufeff"])) + end.join(noisy) + draw(st.sampled_from(["", end]))


@st.composite
def multivariant_playlists(draw: DrawFn) -> tuple[str, MultivariantPlaylist]:
    """Return the text of a multivariant playlist and what it says. Nothing stands in it twice."""
    renditions = draw(st.lists(_renditions(), max_size=4, unique_by=lambda item: (item.group_id, item.name)))
    variants = draw(st.lists(_variants(), min_size=1, max_size=4, unique_by=lambda item: item.bandwidth_bps))
    listed = [(_rendition_lines(item), 0) for item in renditions] + [(_variant_lines(item), 1) for item in variants]
    entries = draw(st.permutations(listed))
    text = _draw_text(draw, [line for lines, _ in entries for line in lines])
    order = {lines: at for at, (lines, _) in enumerate(entries)}
    return text, MultivariantPlaylist(
        variants=tuple(sorted(variants, key=lambda item: order[_variant_lines(item)])),
        renditions=tuple(sorted(renditions, key=lambda item: order[_rendition_lines(item)])),
    )


def _renditions() -> st.SearchStrategy[Rendition]:
    return st.builds(
        Rendition,
        type=st.sampled_from(["SUBTITLES", "VIDEO"]),
        group_id=WORDS,
        name=WORDS,
        language=st.none() | WORDS,
        assoc_language=st.none() | WORDS,
        uri=NAMES.map(BASE.__add__),
        default=st.booleans(),
        autoselect=st.booleans(),
        forced=st.booleans(),
        characteristics=st.sampled_from([(), ("public.a",), ("public.a", "b")]),
        channels=st.none() | st.integers(1, 16),
    )


def _variants() -> st.SearchStrategy[Variant]:
    return st.builds(
        Variant,
        uri=NAMES.map(BASE.__add__),
        bandwidth_bps=st.integers(1, 10**9),
        average_bandwidth_bps=st.none() | st.integers(1, 10**9),
        codecs=st.none() | st.sampled_from(["avc1.640028,mp4a.40.2", "mp4a.40.2"]),
        width=st.just(0),
        height=st.just(0),
        frame_rate=st.none() | st.sampled_from([25.0, 23.976]),
        audio_group=st.none() | WORDS,
        subtitles_group=st.none() | WORDS,
    )


def _rendition_lines(item: Rendition) -> tuple[str, ...]:
    attributes = {
        "TYPE": item.type,
        "GROUP-ID": f'"{item.group_id}"',
        "NAME": f'"{item.name}"',
        "LANGUAGE": item.language and f'"{item.language}"',
        "ASSOC-LANGUAGE": item.assoc_language and f'"{item.assoc_language}"',
        "URI": f'"{(item.uri or "").removeprefix(BASE)}"',
        "DEFAULT": "YES" if item.default else "NO",
        "AUTOSELECT": "YES" if item.autoselect else None,
        "FORCED": "YES" if item.forced else None,
        "CHARACTERISTICS": f'"{",".join(item.characteristics)}"',
        "CHANNELS": item.channels and f'"{item.channels}/JOC"',
    }
    return ("#EXT-X-MEDIA:" + _attribute_list(attributes),)


def _variant_lines(item: Variant) -> tuple[str, ...]:
    attributes = {
        "BANDWIDTH": item.bandwidth_bps,
        "AVERAGE-BANDWIDTH": item.average_bandwidth_bps,
        "CODECS": item.codecs and f'"{item.codecs}"',
        "FRAME-RATE": item.frame_rate,
        "AUDIO": item.audio_group and f'"{item.audio_group}"',
        "SUBTITLES": item.subtitles_group and f'"{item.subtitles_group}"',
    }
    return "#EXT-X-STREAM-INF:" + _attribute_list(attributes), item.uri.removeprefix(BASE)


def _attribute_list(attributes: Mapping[str, str | float | None]) -> str:
    return ",".join(f"{name}={value}" for name, value in attributes.items() if value is not None)
