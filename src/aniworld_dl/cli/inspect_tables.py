"""What `inspect` shows on a terminal: the tracks on offer with what speaks for or against each, and those taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from aniworld_dl.cli.displays import size
from aniworld_dl.model import Container

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MONO, _STEREO = 1, 2


def print_tables(document: Mapping[str, Any]) -> None:
    """Print what an address gives: the episodes of a series, or the tracks of an episode."""
    console = Console(markup=False)
    if "episodes" in document:
        console.print(_episodes(document))
        return
    if len(document["candidates"]) > 1:
        console.print(_offered(document["candidates"]))
    console.print(_taken(document))
    if document["file_name"] and any(track["container"] == Container.FILE for track in document["tracks"]):
        console.print(f"The server calls it {document['file_name']!r}.")
    if document["live"]:
        console.print("It is still growing: what is there now is shown.")


def _episodes(document: Mapping[str, Any]) -> Table:
    columns = ("url", "series", "season", "number", "title")
    table = Table(*columns, title=document["url"])
    for episode in document["episodes"]:
        table.add_row(*(_text(episode[column]) for column in columns))
    return table


def _offered(candidates: Iterable[Mapping[str, Any]]) -> Table:
    table = Table("taken", "kind", "language", "what", "why", title="on offer")
    for candidate in candidates:
        language = _joined(_text(candidate["language"]), _text(candidate["name"]), separator=" ")
        row = (candidate["kind"], language, _what(candidate), candidate["reason"])
        table.add_row("yes" if candidate["taken"] else "", *row, style=None if candidate["taken"] else "dim")
    return table


def _what(track: Mapping[str, Any]) -> str:
    rate, channels = track["frame_rate"], track["channels"]
    return _joined(
        f"{track['width']}x{track['height']}" if track["width"] else "",
        f"{rate:g} fps" if rate else "",
        {_MONO: "mono", _STEREO: "stereo"}.get(channels, f"{channels} channels") if channels else "",
        _text(track["codecs"]),
        f"{track['bandwidth_bps'] / 1000:.0f} kbit/s" if track["bandwidth_bps"] else "",
        "forced" if track["forced"] else "",
        *(item.rpartition(".")[2] for item in track.get("characteristics", ())),
    )


def _taken(document: Mapping[str, Any]) -> Table:
    table = Table("kind", "container", "language", "what", "size", "duration", "segments", title=document["url"])
    for track in document["tracks"]:
        table.add_row(
            track["kind"],
            track["container"],
            _text(track["language"]),
            _what(track),
            size(track["size_bytes"]) if track["size_bytes"] else "",
            f"{track['duration_s']:.1f} s" if track["duration_s"] else "",
            str(len(track["segments"])),
        )
    return table


def _joined(*texts: str, separator: str = ", ") -> str:
    return separator.join(filter(None, texts))


def _text(value: object) -> str:
    return "" if value is None else str(value)
