"""`aniworld-dl inspect`: what an address gives, without downloading it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from aniworld_dl.cli.displays import size
from aniworld_dl.cli.loop import run, until_signal
from aniworld_dl.clock import SystemClock
from aniworld_dl.errors import NoEpisodesError
from aniworld_dl.media.load import load_media
from aniworld_dl.model import EpisodeRef, Wish
from aniworld_dl.net import address
from aniworld_dl.net.client import HttpClient
from aniworld_dl.providers.base import ProviderContext
from aniworld_dl.providers.registry import Registry

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.model import ByteRange, InitSection, Key, Media, Segment, Track


def run_inspect(settings: Settings, url: str, *, as_json: bool) -> int:
    """Print what the address gives; return 0."""
    return run(until_signal(_inspect(settings, url, as_json=as_json)))


async def _inspect(settings: Settings, url: str, *, as_json: bool) -> int:
    address.parse(url)
    async with HttpClient(settings, SystemClock()) as http:
        provider = Registry.load(ProviderContext(http=http)).for_url(url, None)
        if provider.is_series(url):
            found = await provider.episodes(url, Wish())
            document: dict[str, Any] = {"url": url, "episodes": [_episode(ref) for ref in found]}
        else:
            sources = await provider.sources(EpisodeRef(url=url), Wish())
            if not sources:
                raise NoEpisodesError(url=url)
            loaded = await load_media(http, sources[0].url, sources[0].headers)
            document = media_document(loaded.media)
    if as_json:
        print(json.dumps(document, ensure_ascii=False, indent=2))  # noqa: T201 - this is the output
    else:
        _print_tables(document)
    return 0


def media_document(media: Media) -> dict[str, Any]:
    """Return everything that is known of a media as JSON values; segments in the order they play."""
    return {
        "url": media.url,
        "duration_s": media.duration_s,
        "tracks": [_track(track) for track in media.tracks],
    }


def _track(track: Track) -> dict[str, Any]:
    return {
        "kind": track.kind.value,
        "container": track.container.value,
        "language": track.language,
        "codecs": track.codecs,
        "bandwidth_bps": track.bandwidth_bps,
        "width": track.width,
        "height": track.height,
        "size_bytes": track.size_bytes,
        "duration_s": track.duration_s,
        "segments": [_segment(segment) for segment in track.segments],
    }


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


def _print_tables(document: dict[str, Any]) -> None:
    columns = (
        ("url", "series", "season", "number", "title")
        if "episodes" in document
        else ("kind", "container", "language", "codecs", "resolution", "bandwidth", "size", "duration", "segments")
    )
    table = Table(*columns, title=document["url"])
    for episode in document.get("episodes", ()):
        table.add_row(*(_text(episode[column]) for column in columns))
    for track in document.get("tracks", ()):
        table.add_row(
            track["kind"],
            track["container"],
            _text(track["language"]),
            _text(track["codecs"]),
            f"{track['width']}x{track['height']}" if track["width"] else "",
            f"{track['bandwidth_bps'] / 1000:.0f} kbit/s" if track["bandwidth_bps"] else "",
            size(track["size_bytes"]) if track["size_bytes"] else "",
            f"{track['duration_s']:.1f} s" if track["duration_s"] else "",
            str(len(track["segments"])),
        )
    Console(markup=False).print(table)


def _text(value: object) -> str:
    return "" if value is None else str(value)
