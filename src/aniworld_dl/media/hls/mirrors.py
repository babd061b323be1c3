"""Puts together what a multivariant playlist lists more than once because it lies on several servers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from aniworld_dl.media.hls.variants import AUDIO, SUBTITLES, Rendition, Variant

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from aniworld_dl.media.hls.variants import Listed

Offer = TypeVar("Offer", Variant, Rendition)

_DEFAULT_PATHWAY: Final = "."
_GROUPS: Final = frozenset({AUDIO, SUBTITLES, "VIDEO", "CLOSED-CAPTIONS"})

Pair = tuple[int, int]
"""Positions in a list: the one that is kept, and one that is the same elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """Variants and renditions, each once, the first in the playlist's order."""

    variants: tuple[Variant, ...]
    renditions: tuple[Rendition, ...]


def without_mirrors(variants: Sequence[Listed[Variant]], renditions: Sequence[Listed[Rendition]]) -> Offers:
    """Return each variant and each rendition once, with the addresses of the same elsewhere as its `alternatives`.

    The same is a variant equal in all attributes (a redundant stream: all variants present the same content, RFC 8216
    6.2.4), and the one of another pathway that differs in its groups alone or has the same STABLE-VARIANT-ID
    (draft-pantos-hls-rfc8216bis 4.4.6.2). What such a variant's groups have that the groups of the kept one have too
    is the same as well.
    """
    pairs = _same_variants(variants)
    dropped = {mirror for _, mirror in pairs}
    kept = [listed.offer for index, listed in enumerate(variants) if index not in dropped]
    groups = _same_groups([(variants[first].offer, variants[mirror].offer) for first, mirror in pairs], kept)
    rendition_pairs = _same_renditions(renditions, groups)
    return Offers(
        variants=_joined([listed.offer for listed in variants], pairs),
        renditions=_joined([listed.offer for listed in renditions], rendition_pairs),
    )


def _same_variants(variants: Sequence[Listed[Variant]]) -> list[Pair]:
    """Pair equal variants of one pathway, then those of other pathways with their like in the first one, in order."""
    firsts: dict[int, int] = {}
    seen: dict[Hashable, int] = {}
    alike: dict[Hashable, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, listed in enumerate(variants):
        pathway = listed.attributes.get("PATHWAY-ID", _DEFAULT_PATHWAY)
        first = seen.setdefault(frozenset(listed.attributes.items()), index)
        if first == index:
            alike[_likeness(listed.attributes)][pathway].append(index)
        else:
            firsts[index] = first
    for pathways in alike.values():
        kept, *others = pathways.values()
        for other in others:
            firsts.update(zip(other, kept, strict=False))
    return [(firsts.get(first, first), mirror) for mirror, first in firsts.items()]


def _likeness(attributes: Mapping[str, str]) -> Hashable:
    """Return what two variants of different pathways have in common when they are the same."""
    stable = attributes.get("STABLE-VARIANT-ID")
    return stable or _without(attributes, _GROUPS | {"PATHWAY-ID"})


def _same_groups(pairs: Iterable[tuple[Variant, Variant]], kept: Iterable[Variant]) -> dict[tuple[str, str], str]:
    """Return, for each type and group that only dropped variants have, the group of the kept ones that it mirrors."""
    in_use = {key for variant in kept for key in _groups(variant)}
    found: dict[tuple[str, str], str] = {}
    for first, mirror in pairs:
        targets = dict(_groups(first))
        for kind, group in _groups(mirror):
            if kind in targets and (kind, group) not in in_use:
                found.setdefault((kind, group), targets[kind])
    return found


def _groups(variant: Variant) -> list[tuple[str, str]]:
    groups = ((AUDIO, variant.audio_group), (SUBTITLES, variant.subtitles_group))
    return [(kind, group) for kind, group in groups if group]


def _same_renditions(renditions: Sequence[Listed[Rendition]], groups: Mapping[tuple[str, str], str]) -> list[Pair]:
    """Pair renditions that are equal but for the address, where a mirrored group counts as the one it mirrors."""
    homes = [groups.get((item.offer.type, item.offer.group_id), item.offer.group_id) for item in renditions]
    seen: dict[Hashable, int] = {}
    for own_group in (True, False):  # the kept group's own come first, wherever they stand
        for index, listed in enumerate(renditions):
            if (homes[index] == listed.offer.group_id) is own_group:
                seen.setdefault(_rendition_likeness(listed, homes[index]), index)
    firsts = ((seen[_rendition_likeness(listed, homes[index])], index) for index, listed in enumerate(renditions))
    return [(first, index) for first, index in firsts if first != index]


def _rendition_likeness(listed: Listed[Rendition], group: str) -> Hashable:
    return group, listed.offer.uri is None, _without(listed.attributes, frozenset({"GROUP-ID"}))


def _without(attributes: Mapping[str, str], names: frozenset[str]) -> Hashable:
    return frozenset((name, value) for name, value in attributes.items() if name not in names)


def _joined(offers: Sequence[Offer], pairs: Iterable[Pair]) -> tuple[Offer, ...]:
    """Leave out the mirrors and give their addresses to those they mirror."""
    mirrors: dict[int, list[str]] = defaultdict(list)
    dropped = set()
    for first, mirror in pairs:
        dropped.add(mirror)
        if uri := offers[mirror].uri:
            mirrors[first].append(uri)
    return tuple(
        replace(offer, alternatives=tuple(uri for uri in dict.fromkeys(mirrors[index]) if uri != offer.uri))
        for index, offer in enumerate(offers)
        if index not in dropped
    )
