"""`aniworld-dl queue attempts`, `finish`, `settings`: the story of an episode, and what the service goes by."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from aniworld_dl.cli.displays import size
from aniworld_dl.cli.queue import service_of, tell
from aniworld_dl.cli.queue_actions import episode_number
from aniworld_dl.cli.queue_versions import app
from aniworld_dl.errors import RequestInvalidError
from aniworld_dl.model import HoldReason, Outcome

__all__ = ["app"]


@app.command()
def attempts(
    context: typer.Context,
    episode: Annotated[str, typer.Argument(metavar="EPISODE", help="Such as e12.")],
    limit: Annotated[int, typer.Option(min=1, max=500, help="So many at most.")] = 50,
) -> None:
    """Show the attempts at an episode, the first one first: what each fetched, how fast, and how it ended."""
    with service_of(context) as service:
        answer = service.ask("GET", f"episodes/{episode_number(episode)}/timeline", limit=limit)
    tell(context, answer, *(map(_attempt, answer["items"]) if answer["items"] else ["none has ended yet"]))


@app.command()
def finish(
    context: typer.Context, episodes: Annotated[list[str], typer.Argument(metavar="EPISODE...", help="Such as e12.")]
) -> None:
    """End the recording of live episodes with what they have by now."""
    with service_of(context) as service:
        answer = [service.ask("POST", f"episodes/{episode_number(each)}/finish") for each in episodes]
    tell(context, answer, *(f"e{each['id']} is finished" for each in answer))


@app.command()
def settings(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Which one.", show_default=False)] = None,
    value: Annotated[
        str | None, typer.Argument(metavar="VALUE", help="What it is from now on, as JSON or text.", show_default=False)
    ] = None,
) -> None:
    """Show the settings of the service, or one of them; change one that can be changed while it runs."""
    with service_of(context) as service:
        if name is not None and value is not None:
            answer = service.ask("PATCH", "settings", body={name: _value(value)})
        else:
            answer = service.ask("GET", "settings")
    if name is not None and name not in answer:
        raise RequestInvalidError(field="NAME", value=name, mend="`queue settings` shows which there are")
    shown = answer if name is None else {name: answer[name]}
    tell(context, answer if name is None else shown, *(f"{each} = {json.dumps(of)}" for each, of in shown.items()))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _attempt(attempt: dict[str, Any]) -> str:
    speed, host, outcome = attempt["average_speed_bytes_per_s"], attempt["host"], attempt["outcome"]
    if outcome == Outcome.HELD:
        outcome = "failed" if attempt["reason"] == HoldReason.RETRY_BACKOFF else attempt["reason_text"]
    parts = [
        f"{attempt['started_at']}: {outcome}",
        "" if attempt["duration_s"] is None else f"after {attempt['duration_s']:.0f} s",
        "" if attempt["fetched_bytes"] is None else f"{size(attempt['fetched_bytes'])} fetched",
        f"{size(attempt['wasted_bytes'])} of it wasted" if attempt["wasted_bytes"] else "",
        f"{size(speed)}/s" if speed else "",
        f"from {host}" if host else "",
    ]
    error = f" ({attempt['error_message']})" if attempt["error_message"] else ""
    return f"{attempt['attempt']}. {', '.join(filter(None, parts))}{error}"
