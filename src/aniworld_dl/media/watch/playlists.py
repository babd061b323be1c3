"""HLS playlists (RFC 8216) for a player in a page: of what is being downloaded, and of a finished file."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.store.layout import init_sections, stored_name
from aniworld_dl.model import Container, TrackKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aniworld_dl.model import InitSection, Media, Track

INDEX_NAME: Final = "index.m3u8"
PLAYLIST_SUFFIX: Final = ".m3u8"
_USUAL_BPS: Final = 2_000_000
"""Announced where nobody says: the attribute must be there, and nothing depends on it with one variant."""
_PICTURES: Final = (TrackKind.MUXED, TrackKind.VIDEO)
_SHOWN_TEXTS: Final = frozenset({Container.WEBVTT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A segment as the player asks for it. `init` is the name of its init section."""

    name: str
    duration_s: float
    init: str | None = None
    discontinuity: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """A track as it is offered to the player. `number` stands for it in addresses."""

    number: int
    kind: TrackKind
    parts: tuple[Part, ...]
    language: str | None = None
    name: str | None = None
    default: bool = False
    codecs: str | None = None
    bandwidth_bps: int | None = None
    width: int | None = None
    height: int | None = None

    @property
    def duration_s(self) -> float:
        """Sum of its parts' durations."""
        return sum(part.duration_s for part in self.parts)


def renditions_of(media: Media) -> tuple[Rendition, ...]:
    """Return what of a media in segments a player in a page can be offered; subtitles only as WebVTT."""
    return tuple(
        Rendition(
            number=number,
            kind=track.kind,
            parts=tuple(_parts(number, track, media.duration_s)),
            language=track.language,
            name=track.name,
            default=track.default,
            codecs=track.codecs,
            bandwidth_bps=track.bandwidth_bps,
            width=track.width,
            height=track.height,
        )
        for number, track in enumerate(media.tracks)
        if track.container is not Container.FILE
        and (track.kind is not TrackKind.TEXT or track.container in _SHOWN_TEXTS)
    )


def _parts(number: int, track: Track, whole_s: float | None) -> Iterator[Part]:
    inits = {init: _name(track, number, -1 - order) for order, init in enumerate(init_sections(track))}
    for segment in track.segments:
        yield Part(
            name=_name(track, number, segment.index),
            # subtitles in one piece do not say how long they are
            duration_s=segment.duration_s or (whole_s or 0.0) / len(track.segments),
            init=_init(inits, segment.init),
            discontinuity=segment.discontinuity,
            gap=segment.gap,
        )


def _init(inits: Mapping[InitSection, str], init: InitSection | None) -> str | None:
    return None if init is None else inits[init]


def _name(track: Track, number: int, index: int) -> str:
    path = PurePosixPath(stored_name(track, number, index))
    return path.name if index < 0 else f"{index}{path.suffix}"


def index_of(name: str) -> int | None:
    """Return the index that a part's name stands for (negative: an init section), None when it is no such name."""
    stem = name.partition(".")[0]
    digits = stem.removeprefix("init")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 9:  # noqa: PLR2004 - more than any playlist has
        return None
    return int(digits) if digits == stem else -1 - int(digits)


def multivariant(renditions: Sequence[Rendition]) -> str:
    """Return the playlist of playlists: one picture (else one sound) with the sounds and subtitles beside it."""
    texts = [each for each in renditions if each.kind is TrackKind.TEXT]
    sounds = [each for each in renditions if each.kind is TrackKind.AUDIO]
    main = next((each for each in renditions if each.kind in _PICTURES), None) or sounds[0]
    beside = [each for each in sounds if each is not main]
    lines = ["#EXTM3U", "#EXT-X-VERSION:7"]
    if beside and main.kind is TrackKind.MUXED:
        lines.append(_media("AUDIO", main, "1", chosen=not any(each.default for each in beside), address=False))
    lines += [
        _media("AUDIO", each, str(order + 2), chosen=each is _chosen(main, beside)) for order, each in enumerate(beside)
    ]
    lines += [_media("SUBTITLES", each, str(order + 1), chosen=False) for order, each in enumerate(texts)]
    facts = [f"BANDWIDTH={sum(each.bandwidth_bps or 0 for each in (main, *beside[:1])) or _USUAL_BPS}"]
    if main.width and main.height:
        facts.append(f"RESOLUTION={main.width}x{main.height}")
    if codecs := _codecs([main, *beside[:1]]):
        facts.append(f'CODECS="{codecs}"')
    facts += ['AUDIO="sound"'] if beside else []
    facts += ['SUBTITLES="text"'] if texts else []
    lines += [f"#EXT-X-STREAM-INF:{','.join(facts)}", f"{main.number}{PLAYLIST_SUFFIX}"]
    return "\n".join([*lines, ""])


def _chosen(main: Rendition, beside: Sequence[Rendition]) -> Rendition | None:
    """Return the sound that is played unless another is chosen, None for the one inside the picture's track."""
    marked = next((each for each in beside if each.default), None)
    return marked or (None if main.kind is TrackKind.MUXED else beside[0])


def _media(kind: str, rendition: Rendition, fallback: str, *, chosen: bool, address: bool = True) -> str:
    group = {"AUDIO": "sound", "SUBTITLES": "text"}[kind]
    # the number keeps two of one name apart, which a group must not have
    name = f"{_quotable(rendition.name or rendition.language or kind.capitalize())} ({fallback})"
    facts = [f"TYPE={kind}", f'GROUP-ID="{group}"', f'NAME="{name}"']
    if rendition.language:
        facts.append(f'LANGUAGE="{_quotable(rendition.language)}"')
    facts += [f"DEFAULT={'YES' if chosen else 'NO'}", f"AUTOSELECT={'YES' if chosen else 'NO'}"]
    if address:
        facts.append(f'URI="{rendition.number}{PLAYLIST_SUFFIX}"')
    return f"#EXT-X-MEDIA:{','.join(facts)}"


def _quotable(text: str) -> str:
    """Return a text that fits between quotation marks (RFC 8216 4.2)."""
    return " ".join(text.replace('"', "'").split())


def _codecs(renditions: Sequence[Rendition]) -> str:
    """Return the codecs of several tracks together, nothing when those of one are unknown."""
    known = [each.codecs for each in renditions]
    if not all(known):
        return ""
    single = [name.strip() for codecs in known for name in _quotable(codecs or "").split(",")]
    return ",".join(dict.fromkeys(name for name in single if name))


def media_playlist(rendition: Rendition, *, ended: bool) -> str:
    """Return the playlist of a track, all of its parts in order. One that has not `ended` is asked for again."""
    longest_s = max((part.duration_s for part in rendition.parts), default=0.0)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{max(ceil(longest_s), 1)}"]
    lines += ["#EXT-X-MEDIA-SEQUENCE:0", f"#EXT-X-PLAYLIST-TYPE:{'VOD' if ended else 'EVENT'}"]
    init = None
    for part in rendition.parts:
        if part.discontinuity:
            lines.append("#EXT-X-DISCONTINUITY")
        if part.init is not None and part.init != init:
            lines.append(f'#EXT-X-MAP:URI="{rendition.number}/{part.init}"')
            init = part.init
        lines += ["#EXT-X-GAP"] if part.gap else []
        lines += [f"#EXTINF:{part.duration_s:.6f},", f"{rendition.number}/{part.name}"]
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if ended else []), ""])
