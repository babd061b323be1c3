"""The same on several servers: listed more than once, offered once, with all its addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.media.hls_builders import BASE, multivariant, variant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aniworld_dl.media.hls.playlist import Rendition, Variant


def audio(group: str, name: str, uri: str, more: str = "") -> str:
    return f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{group}",NAME="{name}",URI="{uri}"{more}'


def addresses(offers: Iterable[Variant | Rendition]) -> list[list[str]]:
    """Return all addresses of each, the first one first, without what they have in common."""
    return [[uri.removeprefix(BASE) for uri in (offer.uri or "", *offer.alternatives)] for offer in offers]


def test_variants_equal_in_all_attributes_are_redundant_streams() -> None:
    """All variants present the same content (RFC 8216 6.2.4). The order of attributes means nothing."""
    playlist = multivariant(
        *variant("low", "BANDWIDTH=1,RESOLUTION=640x360"),
        *variant("high", "BANDWIDTH=2"),
        *variant("low2", "RESOLUTION=640x360,BANDWIDTH=1"),
        *variant("low3", "BANDWIDTH=1,RESOLUTION=640x360"),
        *variant("low", "BANDWIDTH=1,RESOLUTION=640x360"),
        *variant("low2", "BANDWIDTH=1,RESOLUTION=640x360"),
    )

    assert addresses(playlist.variants) == [["low", "low2", "low3"], ["high"]]


def test_variants_that_differ_in_anything_are_several() -> None:
    playlist = multivariant(
        *variant("a", 'BANDWIDTH=1,NAME="720p"'),
        *variant("b", 'BANDWIDTH=1,NAME="1080p"'),
        *variant("c", 'BANDWIDTH=1,NAME="1080p",AUDIO="x"'),
    )

    assert addresses(playlist.variants) == [["a"], ["b"], ["c"]]


def test_other_pathways_differ_in_their_groups() -> None:
    """As in the example of content steering in the draft, with a redundant stream on the second pathway."""
    playlist = multivariant(
        audio("A", "English", "a/en", ',LANGUAGE="en"'),
        audio("B", "English", "b/en", ',LANGUAGE="en"'),
        audio("B", "Deutsch", "b/de", ',LANGUAGE="de"'),
        *variant("a/low", 'BANDWIDTH=1,AUDIO="A",PATHWAY-ID="CDN-A"'),
        *variant("b/low", 'BANDWIDTH=1,AUDIO="B",PATHWAY-ID="CDN-B"'),
        *variant("b/low2", 'BANDWIDTH=1,AUDIO="B",PATHWAY-ID="CDN-B"'),
        *variant("a/high", 'BANDWIDTH=2,AUDIO="A",PATHWAY-ID="CDN-A"'),
        *variant("b/high", 'BANDWIDTH=2,AUDIO="B",PATHWAY-ID="CDN-B"'),
    )

    assert addresses(playlist.variants) == [["a/low", "b/low2", "b/low"], ["a/high", "b/high"]]
    assert [item.audio_group for item in playlist.variants] == ["A", "A"]
    assert addresses(playlist.renditions) == [["a/en", "b/en"], ["b/de"]]
    assert [item.group_id for item in playlist.renditions] == ["A", "B"]


def test_the_kept_group_comes_first_wherever_it_stands() -> None:
    playlist = multivariant(
        audio("B", "English", "b/en"),
        audio("A", "English", "a/en"),
        *variant("a", 'BANDWIDTH=1,AUDIO="A",PATHWAY-ID="CDN-A"'),
        *variant("b", 'BANDWIDTH=1,AUDIO="B",PATHWAY-ID="CDN-B"'),
    )

    assert addresses(playlist.renditions) == [["a/en", "b/en"]]
    assert playlist.renditions[0].group_id == "A"


def test_variants_alike_but_for_their_groups_pair_in_their_order() -> None:
    """A pathway without a name is one too; what the first has no like for stays."""
    playlist = multivariant(
        *variant("a/de", 'BANDWIDTH=1,AUDIO="de"'),
        *variant("b/de", 'BANDWIDTH=1,AUDIO="de-b",PATHWAY-ID="B"'),
        *variant("a/en", 'BANDWIDTH=1,AUDIO="en"'),
        *variant("b/en", 'BANDWIDTH=1,AUDIO="en-b",PATHWAY-ID="B"'),
        *variant("b/fr", 'BANDWIDTH=1,AUDIO="fr-b",PATHWAY-ID="B"'),
    )

    assert addresses(playlist.variants) == [["a/de", "b/de"], ["a/en", "b/en"], ["b/fr"]]


def test_a_stable_name_tells_the_same_on_another_pathway() -> None:
    playlist = multivariant(
        *variant("a", 'BANDWIDTH=100,STABLE-VARIANT-ID="v1",PATHWAY-ID="A"'),
        *variant("b", 'BANDWIDTH=101,STABLE-VARIANT-ID="v1",PATHWAY-ID="B"'),
        *variant("c", 'BANDWIDTH=100,STABLE-VARIANT-ID="v2",PATHWAY-ID="B"'),
        *variant("d", 'BANDWIDTH=102,STABLE-VARIANT-ID="v2",PATHWAY-ID="B"'),
    )

    assert addresses(playlist.variants) == [["a", "b"], ["c"], ["d"]]


def test_a_group_that_a_kept_variant_has_too_mirrors_nothing() -> None:
    playlist = multivariant(
        audio("A", "English", "a/en"),
        audio("B", "English", "b/en"),
        *variant("a", 'BANDWIDTH=1,AUDIO="A",PATHWAY-ID="A"'),
        *variant("b", 'BANDWIDTH=1,AUDIO="B",PATHWAY-ID="B"'),
        *variant("only-b", 'BANDWIDTH=2,AUDIO="B",PATHWAY-ID="B"'),
    )

    assert addresses(playlist.variants) == [["a", "b"], ["only-b"]]
    assert addresses(playlist.renditions) == [["a/en"], ["b/en"]]


def test_a_mirror_may_have_groups_that_the_kept_variant_has_not() -> None:
    playlist = multivariant(
        audio("B", "English", "b/en"),
        *variant("a", 'BANDWIDTH=1,PATHWAY-ID="A"'),
        *variant("b", 'BANDWIDTH=1,AUDIO="B",PATHWAY-ID="B"'),
    )

    assert addresses(playlist.variants) == [["a", "b"]]
    assert addresses(playlist.renditions) == [["b/en"]]


def test_equal_renditions_of_a_group_are_redundant_unless_one_is_inside() -> None:
    playlist = multivariant(
        audio("a", "x", "one"),
        audio("a", "x", "two"),
        audio("a", "x", "three", ",DEFAULT=YES"),
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x"',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x"',
        *variant("v", 'BANDWIDTH=1,AUDIO="a"'),
    )

    assert addresses(playlist.renditions) == [["one", "two"], ["three"], [""]]
