"""`aniworld-dl queue sources`, `standing`: which versions were taken, why sources failed, and what is waited for."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from aniworld_dl.cli.queue import service_of, tell
from aniworld_dl.cli.queue_actions import app, episode_number

__all__ = ["app"]


@app.command()
def sources(
    context: typer.Context, episode: Annotated[str, typer.Argument(metavar="EPISODE", help="Such as e12.")]
) -> None:
    """Show which source of an episode was taken, and why others failed."""
    number = episode_number(episode)
    with service_of(context) as service:
        answer = service.ask("GET", f"episodes/{number}/sources")
    taken = answer["taken"]
    words = [f"taken: {taken['text']}"] if taken else []
    words += _waiting(answer["standing"])
    words += [_failed(each) for each in answer["failed"]]
    tell(context, answer, *(words or ["nothing is known of its sources"]))


@app.command()
def standing(
    context: typer.Context,
    episodes: Annotated[
        list[str] | None, typer.Argument(metavar="EPISODE...", help="Such as e12; without any, all are listed.")
    ] = None,
    end: Annotated[bool, typer.Option("--end", help="Let them wait no more.")] = False,
) -> None:
    """Show what waits for a better language; let episodes wait for one, and look for it at once."""
    with service_of(context) as service:
        if episodes:
            numbers = [episode_number(each) for each in episodes]
            method = "DELETE" if end else "POST"
            answer: Any = [service.ask(method, f"episodes/{number}/standing") for number in numbers]
            words = [f"e{each['id']}: {_words(each)}" for each in answer]
        else:
            answer = service.ask("GET", "standing", limit=500)
            words = [f"e{each['id']} {each['anime_title']}: {_words(each)}" for each in answer["items"]]
    tell(context, answer, *(words or ["nothing"]))


def _words(episode: dict[str, Any]) -> str:
    taken = episode["taken"]["text"] if episode["taken"] else "taken as it is"
    return "; ".join([taken, *(_waiting(episode["standing"]) or ["waits for nothing"])])


def _waiting(standing: dict[str, Any] | None) -> list[str]:
    if standing is None:
        return []
    failed = f" (the last look failed: {standing['error']['text']})" if standing["error"] else ""
    return [f"{standing['text']}, next look {standing['next_at']}, until {standing['until']}{failed}"]


def _failed(failure: dict[str, Any]) -> str:
    who = " ".join(filter(None, (failure["source"], failure["language"])))
    return f"failed {failure['at']}: {who} ({failure['provider']}): {failure['error']['text']}"
