"""Variables of a playlist (draft-pantos-hls-rfc8216bis 4.3 and 4.4.2.3)."""

from __future__ import annotations

import pytest

from aniworld_dl.errors import ManifestError
from aniworld_dl.media.hls.playlist import MediaPlaylist, parse_hls
from aniworld_dl.model import ByteRange
from tests.unit.media.hls_builders import BASE, URL, media, multivariant, segments, text, variant


def test_variables_are_replaced_in_addresses_and_in_values() -> None:
    playlist = media(
        '#EXT-X-DEFINE:NAME="host",VALUE="https://b.example"',
        '#EXT-X-DEFINE:NAME="to_ken-1",VALUE="t=1&u=2"',
        '#EXT-X-DEFINE:NAME="n",VALUE="16"',
        '#EXT-X-KEY:METHOD=AES-128,URI="{$host}/k?{$to_ken-1}",IV=0x{$n}',
        '#EXT-X-MAP:URI="{$host}/i",BYTERANGE="{$n}@0"',
        *("#EXTINF:4,", "{$host}/{$n}/{$n}.ts?{$to_ken-1}"),
    )

    (segment,) = playlist.segments
    assert segment.uri == "https://b.example/16/16.ts?t=1&u=2"
    assert segment.key is not None
    assert (segment.key.uri, segment.key.iv[-1]) == ("https://b.example/k?t=1&u=2", 0x16)
    assert segment.init is not None
    assert segment.init.byte_range == ByteRange(start=0, stop=16)
    assert playlist.variables == {"host": "https://b.example", "to_ken-1": "t=1&u=2", "n": "16"}


def test_a_value_may_name_earlier_variables_and_is_not_looked_at_again() -> None:
    playlist = media(
        '#EXT-X-DEFINE:NAME="a",VALUE="x"',
        '#EXT-X-DEFINE:NAME="b",VALUE="{$a}/{$a}"',
        '#EXT-X-DEFINE:NAME="open",VALUE="{$"',
        *("#EXTINF:4,", "{$b}.ts", "#EXTINF:4,", "{$open}a}.ts"),
    )

    assert [segment.uri for segment in playlist.segments] == [BASE + "x/x.ts", BASE + "{$a}.ts"]


def test_a_value_may_be_empty() -> None:
    assert media('#EXT-X-DEFINE:NAME="a",VALUE=""', "#EXTINF:4,", "{$a}0.ts").segments[0].uri == BASE + "0.ts"


def test_what_is_no_reference_stays() -> None:
    assert media("#EXTINF:4,", "{$}{a}$b{$c d}.ts").segments[0].uri == BASE + "{$}{a}$b{$c d}.ts"


def test_titles_and_comments_are_not_touched() -> None:
    assert len(media("# {$a}", "#EXTINF:4,{$a}", "0.ts", "#EXT-X-UNKNOWN:{$a}").segments) == 1


def test_parameters_of_the_address_are_variables() -> None:
    """The first of several, percent-decoded, as players do."""
    playlist = parse_hls(
        text(
            *("#EXT-X-TARGETDURATION:4", '#EXT-X-DEFINE:QUERYPARAM="tok"', '#EXT-X-DEFINE:QUERYPARAM="b"'),
            *("#EXTINF:4,", "0.ts?{$tok}&{$b}"),
        ),
        "https://cdn.example/i.m3u8?a=0&tok=x%2Fy&tok=z&b=2&empty=#b=3",
    )

    assert isinstance(playlist, MediaPlaylist)
    assert playlist.segments[0].uri == "https://cdn.example/0.ts?x/y&2"


def test_variables_of_the_multivariant_playlist_are_imported_by_name() -> None:
    first = multivariant('#EXT-X-DEFINE:NAME="a",VALUE="x"', *variant("{$a}.m3u8", 'BANDWIDTH=1,CODECS="{$a}"'))
    assert first.variants[0].uri == BASE + "x.m3u8"
    assert first.variants[0].codecs == "x"

    playlist = parse_hls(
        text("#EXT-X-TARGETDURATION:4", '#EXT-X-DEFINE:IMPORT="a"', "#EXTINF:4,", "{$a}.ts"), URL, first.variables
    )

    assert isinstance(playlist, MediaPlaylist)
    assert playlist.segments[0].uri == BASE + "x.ts"
    assert playlist.variables == {"a": "x"}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("#EXTINF:4,", "{$a}.ts"), "'a' is not defined"),
        (("#EXTINF:4,", "{$a}.ts", '#EXT-X-DEFINE:NAME="a",VALUE="x"'), "'a' is not defined"),
        (('#EXT-X-DEFINE:NAME="a",VALUE="{$a}"',), "'a' is not defined"),
        (('#EXT-X-DEFINE:NAME="imported",VALUE="x"', '#EXT-X-MAP:URI="{$unknown}"'), "'unknown' is not defined"),
        (('#EXT-X-DEFINE:NAME="a",VALUE="x"', '#EXT-X-DEFINE:NAME="a",VALUE="x"'), "defined twice"),
        (('#EXT-X-DEFINE:VALUE="x"',), "needs one of"),
        (('#EXT-X-DEFINE:NAME="a",IMPORT="a",VALUE="x"',), "needs one of"),
        (('#EXT-X-DEFINE:NAME="a b",VALUE="x"',), "no name of a variable"),
        (('#EXT-X-DEFINE:NAME="",VALUE="x"',), "no name of a variable"),
        (('#EXT-X-DEFINE:NAME="a"',), r"no value for the variable 'a' \(NAME\)"),
        (('#EXT-X-DEFINE:IMPORT="a"',), r"no value for the variable 'a' \(IMPORT\)"),
        (('#EXT-X-DEFINE:QUERYPARAM="a"',), r"no value for the variable 'a' \(QUERYPARAM\)"),
    ],
)
def test_what_has_no_value_is_an_error(lines: tuple[str, ...], words: str) -> None:
    with pytest.raises(ManifestError, match=words):
        parse_hls(text("#EXT-X-TARGETDURATION:4", *lines, *segments(1)), URL, {"imported": "y"})


def test_a_parameter_without_a_value_is_none() -> None:
    with pytest.raises(ManifestError, match="no value"):
        parse_hls(text('#EXT-X-DEFINE:QUERYPARAM="empty"', *segments(1)), "https://cdn.example/i.m3u8?empty=")
