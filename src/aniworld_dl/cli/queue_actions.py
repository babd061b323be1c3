"""`aniworld-dl queue pause`, `move`, `limit` ...: what changes the queue of a running service."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from aniworld_dl.cli import remote
from aniworld_dl.cli.queue import app, service_of, tell
from aniworld_dl.cli.rates import parse_rate
from aniworld_dl.errors import RequestInvalidError
from aniworld_dl.model import ENDED, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app"]

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID...", help="Jobs by number (7), episodes with an e before it (e12).", show_default=False),
]
Everything = Annotated[bool, typer.Option("--all", help="Everything there is.")]


class Where(StrEnum):
    """Where an item can be moved."""

    TOP = "top"
    BOTTOM = "bottom"
    BEFORE = "before"
    AFTER = "after"


_MEND: Final = "name jobs or episodes, or --all, not both"


def _selected(ids: Sequence[str] | None, *, everything: bool) -> dict[str, Any]:
    if everything is bool(ids):
        raise RequestInvalidError(
            field="ID", value=" ".join(ids or ()), mend="name jobs or episodes, or --all, not both"
        )
    if everything:
        return {"all": True}
    jobs = [_number(text) for text in ids or () if not text.startswith("e")]
    episodes = [_number(text.removeprefix("e")) for text in ids or () if text.startswith("e")]
    return {"jobs": jobs, "episodes": episodes}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise RequestInvalidError(field="ID", value=text, mend="write a job as 7 and an episode as e12")
    return int(text)


def episode_number(text: str) -> int:
    """Return the id of an episode as it is typed.

    Raises:
        RequestInvalidError: it is none.
    """
    return _number(text.removeprefix("e"))


def _act(context: typer.Context, action: str, selected: dict[str, Any], **fields: Any) -> None:
    with service_of(context) as service:
        answer = service.ask("POST", "actions", body={"action": action, **selected, **fields})
    undo = answer["undo"]
    how = [] if undo is None else [f"undo until {undo['until']}: aniworld-dl queue undo {undo['id']}"]
    refused = [f"refused: {each['text']}" for each in answer["refused"]]
    tell(context, answer, f"{action}: {answer['changed']} changed", *how, *refused)
    if answer["refused"]:
        raise typer.Exit(1)


_WORDS: Final = {
    "pause": "Pause jobs or episodes; without any, the whole queue.",
    "resume": "Let paused ones go on; without any, the whole queue.",
    "start": "Run now, beyond the number of episodes at a time.",
    "cancel": "Stop and give up.",
    "retry": "Queue failed and cancelled ones again; try at once what waits for the next attempt.",
    "repair": "Fetch what is missing of failed ones, and nothing else.",
}
_OF_THE_QUEUE: Final = frozenset({"pause", "resume"})


def _action_command(action: str) -> None:
    def act(context: typer.Context, ids: Ids = None, everything: Everything = False) -> None:
        if action in _OF_THE_QUEUE and not ids and not everything:
            with service_of(context) as service:
                answer = service.ask("POST", f"queue/{action}")
            tell(context, answer, "the queue is paused" if answer["queue_paused"] else "the queue goes on")
        else:
            _act(context, action, _selected(ids, everything=everything))

    app.command(name=action, help=_WORDS[action])(act)


for _action in _WORDS:
    _action_command(_action)


@app.command()
def remove(
    context: typer.Context,
    ids: Ids = None,
    everything: Everything = False,
    files: Annotated[bool, typer.Option("--files", help="Also the finished files.")] = False,
) -> None:
    """Forget jobs or episodes. Finished files stay unless --files is given."""
    _act(context, "remove", _selected(ids, everything=everything), **({"files": True} if files else {}))


@app.command()
def clear(
    context: typer.Context,
    status: Annotated[
        str | None,
        typer.Option(metavar="STATUSES", help="Only those that are so, such as completed.", show_default=False),
    ] = None,
) -> None:
    """Forget jobs that have ended."""
    chosen = [name.strip() for name in (status or "").split(",") if name.strip()]
    if unknown := sorted(set(chosen) - set(ENDED)):
        raise RequestInvalidError(field="--status", value=unknown[0], mend=f"use some of {', '.join(sorted(ENDED))}")
    _act(context, "clear", {"statuses": [Status(name) for name in chosen]} if chosen else {})


@app.command()
def priority(context: typer.Context, value: int, ids: Ids = None, everything: Everything = False) -> None:
    """Set the priority; higher goes first. Of an episode: within its job."""
    _act(context, "set", _selected(ids, everything=everything), priority=value)


@app.command()
def move(
    context: typer.Context,
    item: Annotated[str, typer.Argument(metavar="ID", help="A job (7), or an episode (e12) within its job.")],
    to: Where,
    other: Annotated[
        str | None, typer.Argument(metavar="OTHER", help="Before or after which one.", show_default=False)
    ] = None,
) -> None:
    """Move a job in the queue, or an episode in its job."""
    is_episode = item.startswith("e")
    kind, number = ("episode", _number(item[1:])) if is_episode else ("job", _number(item))
    body: dict[str, Any] = {"to": to.value}
    if other is not None:
        body[f"{kind}_id"] = _number(other.removeprefix("e") if is_episode else other)
    with service_of(context) as service:
        answer = service.ask("POST", f"{kind}s/{number}/move", body=body)
    tell(context, answer, f"{kind} {number} is moved")


@app.command()
def limit(
    context: typer.Context,
    rate: Annotated[str, typer.Argument(metavar="RATE", help="Bytes per second, such as 500K or 2M, or none.")],
    ids: Ids = None,
    everything: Everything = False,
) -> None:
    """Limit the bandwidth of jobs or episodes; without any, of everything together."""
    wanted = None if rate == "none" else parse_rate(rate)
    if ids or everything:
        _act(context, "set", _selected(ids, everything=everything), bandwidth_limit_bytes_per_s=wanted)
        return
    with service_of(context) as service:
        answer = service.ask("PATCH", "settings", body={"bandwidth_limit_bytes_per_s": wanted})
    tell(context, answer, f"limit: {rate}")


@app.command()
def slots(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="N", help="Episodes at a time, or auto.")],
) -> None:
    """Change how many episodes run at a time; what runs is not interrupted."""
    wanted = number if number == "auto" else _number(number)
    with service_of(context) as service:
        answer = service.ask("PATCH", "settings", body={"max_concurrent_downloads": wanted})
    tell(context, answer, f"episodes at a time: {answer['max_concurrent_downloads']}")


@app.command()
def undo(
    context: typer.Context,
    number: Annotated[
        int | None, typer.Argument(metavar="ID", help="Which one (else the latest).", show_default=False)
    ] = None,
) -> None:
    """Take back a cancel, remove or clear of the last ten minutes."""
    with service_of(context) as service:
        if number is None:
            latest = service.ask("GET", "undo", limit=1)["items"]
            if not latest:
                raise remote.ServiceError(reason="there is nothing to undo")
            number = latest[0]["id"]
        answer = service.ask("POST", f"undo/{number}")
    tell(context, answer, f"undone: {number}")
