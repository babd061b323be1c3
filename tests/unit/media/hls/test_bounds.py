"""Playlists that are too much of something: refused by counting, before they cost time or memory."""

from __future__ import annotations

import contextlib
import tracemalloc

import pytest

from aniworld_dl.errors import ManifestError
from aniworld_dl.media.hls import keys as hls_keys
from aniworld_dl.media.hls import playlist as hls
from aniworld_dl.media.hls import scope as hls_scope
from aniworld_dl.media.hls import segments as hls_segments
from aniworld_dl.media.hls import variants as hls_variants
from aniworld_dl.media.hls.playlist import parse_hls
from aniworld_dl.media.hls.segments import SegmentReader
from tests.unit.media.hls_builders import URL, media, multivariant, segments, text, variant

MIB = 1024 * 1024


def refused(playlist: str) -> tuple[str, int]:
    """Return the reason and the line of the error that a playlist is."""
    with pytest.raises(ManifestError) as caught:
        parse_hls(playlist, URL)
    line = caught.value.params["line"]
    assert isinstance(line, int)
    return str(caught.value), line


def test_the_number_of_segments_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls_segments, "SEGMENTS_LIMIT", 3)

    assert len(media(*segments(3)).segments) == 3
    with pytest.raises(ManifestError, match="more than 3 segments"):
        media(*segments(4))


def test_a_million_segments_are_refused_without_reading_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading stops at the first segment that is too much."""
    read: list[str] = []
    address = SegmentReader.address

    def counted(reader: SegmentReader, uri: str) -> None:
        read.append(uri)
        address(reader, uri)

    monkeypatch.setattr(SegmentReader, "address", counted)
    monkeypatch.setattr(hls_segments, "SEGMENTS_LIMIT", 1000)

    reason, line = refused(text("#EXT-X-TARGETDURATION:4", *segments(1_000_000)))

    assert "more than 1000 segments" in reason
    assert len(read) == 1001
    assert line == 2 + 2 * 1001


def test_the_number_of_variants_and_renditions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls_variants, "VARIANTS_LIMIT", 2)
    rendition = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x"'
    variants = [*variant("a", "BANDWIDTH=1"), *variant("b", "BANDWIDTH=2")]

    assert len(multivariant(*variants, *[rendition] * 2).variants) == 2
    with pytest.raises(ManifestError, match="more variants than any episode"):
        multivariant(*variants, *variant("c", "BANDWIDTH=3"))
    with pytest.raises(ManifestError, match="more variants than any episode"):
        multivariant(*[rendition] * 3, *variants)


def test_an_endless_line_is_refused_without_a_copy_of_it() -> None:
    playlist = "#EXTM3U\n#" + "x" * (hls.TEXT_LIMIT_CHARACTERS - 10)
    tracemalloc.start()
    try:
        reason, line = refused(playlist)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert "longer than" in reason
    assert line == 2
    assert peak < MIB


def test_a_line_may_be_as_long_as_the_limit() -> None:
    longest = "#" + "x" * (hls.LINE_LIMIT_CHARACTERS - 1)

    assert media(longest, *segments(1)).segments
    assert refused(text(longest + "x"))[1] == 2


def test_an_endless_text_is_refused_unread() -> None:
    assert "characters" in refused("\n" * (hls.TEXT_LIMIT_CHARACTERS + 1))[0]


def test_the_number_of_lines_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls, "LINES_LIMIT", 5)

    assert len(media("#EXTINF:4,", "0.ts").segments) == 1
    reason, line = refused(text("#EXT-X-TARGETDURATION:4", "#EXTINF:4,", "0.ts", "", "#EXT-X-ENDLIST"))
    assert "more than 5 lines" in reason
    assert line == 6


def test_lines_cost_no_memory_beside_the_text() -> None:
    """A list of all lines would take more than ten times the text."""
    playlist = text("#EXT-X-TARGETDURATION:4", "#EXTINF:4,", "0.ts") + "#xy\n" * 40_000
    tracemalloc.start()
    try:
        parse_hls(playlist, URL)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < MIB


def test_the_number_of_key_formats_in_force_is_bounded() -> None:
    """Each segment asks about all of them."""
    tags = [f'#EXT-X-KEY:METHOD=AES-128,URI="k",KEYFORMAT="f{n}"' for n in range(hls_keys.KEY_FORMATS_LIMIT)]
    plain = '#EXT-X-KEY:METHOD=AES-128,URI="k"'

    assert media(*tags[1:], plain, *segments(1)).segments[0].key is not None
    assert "key formats" in refused(text("#EXT-X-TARGETDURATION:4", *tags, plain, *segments(1)))[0]


def test_what_variables_add_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten lines that double a value each make a thousand times of it, and each segment may name it."""
    monkeypatch.setattr(hls_scope, "EXPANSION_LIMIT_CHARACTERS", 2**12)
    define = ['#EXT-X-DEFINE:NAME="v0",VALUE="x"']
    define += [f'#EXT-X-DEFINE:NAME="v{n}",VALUE="{{$v{n - 1}}}{{$v{n - 1}}}"' for n in range(1, 11)]

    assert len(media(*define, "#EXTINF:4,", "{$v10}").segments[0].uri) > 2**10
    with pytest.raises(ManifestError, match="variables add more"):
        media(*define, *["#EXTINF:4,", "{$v10}"] * 4)


def test_the_length_of_all_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hls_scope, "ADDRESSES_LIMIT_CHARACTERS", 100)

    assert len(media(*segments(2)).segments) == 2
    with pytest.raises(ManifestError, match="addresses"):
        media(*segments(4))


@pytest.mark.parametrize("start", ["", "A=", "A", "A ="])
@pytest.mark.parametrize("unit", [",", " ", "A=", "A=1,", "A", 'A="" ', '="', "A=1 , "])
def test_attribute_lists_are_read_in_linear_time(start: str, unit: str) -> None:
    """A list that makes a careless pattern go back and forth would run into the time limit of the tests."""
    with contextlib.suppress(ManifestError):
        parse_hls(text("#EXT-X-KEY:" + (start + unit * 60_000)[:60_000] + '"'), URL)
