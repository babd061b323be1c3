"""What of a multivariant playlist can be chosen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.choice.candidates import Candidate
from aniworld_dl.media.hls.variants import AUDIO, AUDIO_CODECS, SUBTITLES, TEXT_CODECS
from aniworld_dl.model import TrackKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from aniworld_dl.media.hls.variants import Rendition, Variant

_KINDS: Final = {AUDIO: TrackKind.AUDIO, SUBTITLES: TrackKind.TEXT}
_CODECS: Final = {AUDIO: AUDIO_CODECS, SUBTITLES: TEXT_CODECS}


def groups_of_separate_audio(renditions: Iterable[Rendition]) -> frozenset[str]:
    """Return the audio groups whose sound is never part of the variants' own segments (RFC 8216 4.3.4.2.1)."""
    audio = [rendition for rendition in renditions if rendition.type == AUDIO]
    contained = {rendition.group_id for rendition in audio if rendition.uri is None}
    return frozenset(rendition.group_id for rendition in audio) - contained


def candidates_of(variants: Sequence[Variant], renditions: Sequence[Rendition]) -> tuple[Candidate, ...]:
    """Return a candidate for every variant and for every audio or subtitle rendition with an address of its own.

    Ids: `v0`, `v1`, ... in the playlist's order, `audio:<group>:<name>`, `subtitles:<group>:<name>`.
    """
    inside = _inside(renditions)
    codecs = _group_codecs(variants)
    own = (_variant(index, variant, inside) for index, variant in enumerate(variants))
    return (*own, *_rendition_candidates(renditions, codecs))


def _variant(index: int, variant: Variant, inside: Mapping[str, Rendition]) -> Candidate:
    sound = inside.get(variant.audio_group or "")
    kind = TrackKind.VIDEO if variant.separate_audio else TrackKind.MUXED
    codecs = variant.codecs
    if not variant.has_video:
        kind = TrackKind.AUDIO
    elif variant.separate_audio:
        codecs = _joined(
            name for name in variant.codec_names if not name.lower().startswith(AUDIO_CODECS + TEXT_CODECS)
        )
    return Candidate(
        id=f"v{index}",
        kind=kind,
        uri=variant.uri,
        alternatives=variant.alternatives,
        language=sound.language if sound else None,
        name=sound.name or None if sound else None,
        codecs=codecs,
        bandwidth_bps=variant.bandwidth_bps or variant.average_bandwidth_bps,
        average_bandwidth_bps=variant.average_bandwidth_bps,
        width=variant.width or None,
        height=variant.height or None,
        frame_rate=variant.frame_rate,
        channels=sound.channels if sound else None,
        default=sound.default if sound else False,
        audio_group=variant.audio_group,
        subtitles_group=variant.subtitles_group,
    )


def _inside(renditions: Iterable[Rendition]) -> dict[str, Rendition]:
    """Return, by audio group, the rendition that is in the variants' own segments: it describes their sound."""
    found: dict[str, Rendition] = {}
    for rendition in renditions:
        if rendition.type == AUDIO and rendition.uri is None:
            known = found.get(rendition.group_id)
            if known is None or (rendition.default and not known.default):
                found[rendition.group_id] = rendition
    return found


def _group_codecs(variants: Iterable[Variant]) -> dict[tuple[str, str], str]:
    """Return, by type and group, the codecs that the first variant with that group names for such tracks."""
    found: dict[tuple[str, str], str] = {}
    for variant in variants:
        for kind, group in ((AUDIO, variant.audio_group), (SUBTITLES, variant.subtitles_group)):
            names = _joined(name for name in variant.codec_names if name.lower().startswith(_CODECS[kind]))
            if group and names:
                found.setdefault((kind, group), names)
    return found


def _rendition_candidates(
    renditions: Iterable[Rendition], codecs: Mapping[tuple[str, str], str]
) -> Iterator[Candidate]:
    ids = _Ids()
    for rendition in renditions:
        if rendition.type in _KINDS and rendition.uri is not None:
            yield Candidate(
                id=ids.new(f"{rendition.type.lower()}:{rendition.group_id}:{rendition.name}"),
                kind=_KINDS[rendition.type],
                uri=rendition.uri,
                alternatives=rendition.alternatives,
                language=rendition.language,
                name=rendition.name or None,
                codecs=codecs.get((rendition.type, rendition.group_id)),
                channels=rendition.channels,
                default=rendition.default,
                forced=rendition.forced,
                characteristics=rendition.characteristics,
                group=rendition.group_id,
            )


class _Ids:
    """Makes names unique. A group may not have a name twice (RFC 8216 4.3.4.1.1), but some have."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._counts: Counter[str] = Counter()

    def new(self, wanted: str) -> str:
        """Return the name, or the name with a number behind it."""
        name = wanted
        while name in self._used:
            self._counts[wanted] += 1
            name = f"{wanted}:{self._counts[wanted] + 1}"
        self._used.add(name)
        return name


def _joined(names: Iterable[str]) -> str | None:
    return ",".join(names) or None
