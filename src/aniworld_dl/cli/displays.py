"""What a program, or a file, sees while `get` runs: JSON or plain lines. For people at a terminal there are bars."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aniworld_dl.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable


class Endings:
    """Tells of each attempt of an episode how it has ended, once. `say` gets the sentence."""

    def __init__(self, say: Callable[[str], object] = print) -> None:
        self._say = say
        self._told: set[tuple[int, int, str]] = set()

    def show(self, episode: dict[str, Any]) -> None:
        """Say how the episode has ended, if it has."""
        told = (episode["id"], episode["attempt"], episode["status"])
        if Status(episode["status"]).ended and told not in self._told:
            self._told.add(told)
            self._say(outcome(episode))


class JsonLines:
    """Every change of an episode as one JSON object a line."""

    def show(self, episode: dict[str, Any]) -> None:
        """Print the episode."""
        print_json({"type": "episode", **episode})


def print_json(value: dict[str, Any]) -> None:
    """Print one object on one line."""
    print(json.dumps(value, ensure_ascii=False), flush=True)  # noqa: T201 - this is the output


def label(episode: dict[str, Any]) -> str:
    """Return a short name such as `S01E04` for an episode."""
    if episode["season"] is not None and episode["number"] is not None:
        return f"S{episode['season']:02}E{episode['number']:02}"
    return f"#{episode['position']}"


def outcome(episode: dict[str, Any]) -> str:
    """Return the sentence that says how an episode has ended."""
    if episode["status"] == Status.COMPLETED:
        return f"{'exists already' if episode['existing'] else 'completed'}: {episode['path']}{noted(episode)}"
    return f"{episode['status']}: {label(episode)} {episode['url']}: {episode['error_message'] or ''}".rstrip(": ")


def noted(episode: dict[str, Any]) -> str:
    """Return what is to be said of a finished file that is not what was wished for most; nothing of others."""
    taken, standing = episode.get("taken"), episode.get("standing")  # an older service knows neither
    words = [taken["text"]] if taken and (taken["instead_of_language"] or taken["instead_of_provider"]) else []
    words += [standing["text"]] if standing else []
    return f" ({'; '.join(words)})" if words else ""


def size(number: float) -> str:
    """Return bytes as people read them, in powers of 1024."""
    for unit in ("B", "KiB", "MiB"):
        if number < 1024:  # noqa: PLR2004 - the step of the units
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.2f} GiB"
