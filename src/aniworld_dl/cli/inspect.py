"""`aniworld-dl inspect`: what an address gives, without downloading it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aniworld_dl.cli.inspect_tables import print_tables
from aniworld_dl.cli.loop import run, until_signal
from aniworld_dl.cli.providers import open_registry
from aniworld_dl.clock import SystemClock
from aniworld_dl.errors import NoEpisodesError
from aniworld_dl.media.choice.wish import track_wish
from aniworld_dl.media.load.media import load_media
from aniworld_dl.model import EpisodeRef, Wish
from aniworld_dl.net import address
from aniworld_dl.net.client import HttpClient

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.media.choice.candidates import Candidate
    from aniworld_dl.media.choice.choose import Judged
    from aniworld_dl.media.load.media import LoadedMedia
    from aniworld_dl.model import ByteRange, InitSection, Key, Segment, Track


def run_inspect(settings: Settings, url: str, *, language: str | None, as_json: bool) -> int:
    """Print what the address gives and what of it would be taken; return 0."""
    return run(until_signal(_inspect(settings, url, language=language, as_json=as_json)))


async def _inspect(settings: Settings, url: str, *, language: str | None, as_json: bool) -> int:
    address.parse(url)
    wish = Wish(language=language)
    async with HttpClient(settings, SystemClock()) as http, open_registry(settings, http) as registry:
        provider = registry.for_url(url, None)
        if provider.is_series(url):
            found = await provider.episodes(url, wish)
            document: dict[str, Any] = {"url": url, "episodes": [_episode(ref) for ref in found]}
        else:
            sources = await provider.sources(EpisodeRef(url=url), wish)
            if not sources:
                raise NoEpisodesError(url=url)
            tracks = track_wish(settings, language)
            document = media_document(await load_media(http, sources[0].url, sources[0].headers, tracks))
    if as_json:
        print(json.dumps(document, ensure_ascii=False, indent=2))  # noqa: T201 - this is the output
    else:
        print_tables(document)
    return 0


def media_document(loaded: LoadedMedia) -> dict[str, Any]:
    """Return everything that is known of a media as JSON values; segments in the order they play."""
    return {
        "url": loaded.media.url,
        "duration_s": loaded.media.duration_s,
        "live": bool(loaded.live),
        "file_name": loaded.file_name,
        "tracks": [_track(track) for track in loaded.media.tracks],
        "candidates": [_judged(judged) for judged in loaded.judged],
    }


def _track(track: Track) -> dict[str, Any]:
    return {
        "kind": track.kind.value,
        "container": track.container.value,
        **_facts(track),
        "size_bytes": track.size_bytes,
        "duration_s": track.duration_s,
        "segments": [_segment(segment) for segment in track.segments],
    }


def _judged(judged: Judged) -> dict[str, Any]:
    candidate = judged.candidate
    return {
        "id": candidate.id,
        "kind": candidate.kind.value,
        **_facts(candidate),
        "characteristics": list(candidate.characteristics),
        "taken": judged.taken,
        "reason": judged.reason,
    }


def _facts(track: Track | Candidate) -> dict[str, Any]:
    names = ("language", "name", "default", "forced", "codecs", "bandwidth_bps", "width", "height")
    return {name: getattr(track, name) for name in (*names, "frame_rate", "channels")}


def _segment(segment: Segment) -> dict[str, Any]:
    return {
        "uri": segment.uri,
        "byte_range": _byte_range(segment.byte_range),
        "duration_s": segment.duration_s,
        "key": _key(segment.key),
        "init": _init(segment.init),
        "discontinuity": segment.discontinuity,
    }


def _byte_range(byte_range: ByteRange | None) -> list[int] | None:
    return [byte_range.start, byte_range.stop] if byte_range else None


def _key(key: Key | None) -> dict[str, str] | None:
    return {"method": key.method, "uri": key.uri, "iv": key.iv.hex()} if key else None


def _init(init: InitSection | None) -> dict[str, Any] | None:
    return {"uri": init.uri, "byte_range": _byte_range(init.byte_range)} if init else None


def _episode(ref: EpisodeRef) -> dict[str, Any]:
    return {"url": ref.url, "series": ref.series, "season": ref.season, "number": ref.number, "title": ref.title}
