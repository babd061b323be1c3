"""`aniworld-dl subscribe ...`: addresses that a running service follows."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import typer

from aniworld_dl.cli.displays import print_json
from aniworld_dl.cli.options import SharedOptions
from aniworld_dl.cli.queue import options, service_of, tell
from aniworld_dl.errors import RequestInvalidError

app = typer.Typer(help="Follow series and feeds with a running service.", no_args_is_help=True, cls=SharedOptions)
app.callback()(options)

Id = Annotated[int, typer.Argument(metavar="ID", help="The subscription's number.")]
Ids = Annotated[list[int], typer.Argument(metavar="ID...", help="Subscriptions by number.")]
_UNITS: Final = {"m": 60, "h": 3600, "d": 86_400}
_SPAN: Final = re.compile(r"(\d{1,6})\s*([mhd])", re.ASCII | re.IGNORECASE)


@app.command()
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Page of a series or a season, or a feed.")],
    title: Annotated[str | None, typer.Option(help="Title of the series.", show_default=False)] = None,
    language: Annotated[
        str | None, typer.Option(help="For example “German Dub > German Sub”.", show_default=False)
    ] = None,
    provider: Annotated[str | None, typer.Option(help="For example “VOE” or “feed”.", show_default=False)] = None,
    episodes: Annotated[
        str | None, typer.Option(metavar="WHICH", help="Such as “S02, S03-, 5-12” [all].", show_default=False)
    ] = None,
    specials: Annotated[bool, typer.Option("--specials", help="Specials and films too.")] = False,
    only_new: Annotated[bool, typer.Option("--only-new", help="Not what is listed already.")] = False,
    every: Annotated[str, typer.Option(metavar="TIME", help="How often to look: 30m, 6h, 1d.")] = "6h",
    paused: Annotated[bool, typer.Option("--paused", help="Do not look yet.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be queued now.")] = False,
) -> None:
    """Follow an address: what is new is queued in the wished language."""
    wishes = {
        "anime_title": title,
        "language": language,
        "provider": provider,
        "episodes": episodes,
        "interval_s": _seconds(every),
        "specials": specials or None,
        "only_new": only_new or None,
        "paused": paused or None,
    }
    body = {"url": url, **{name: value for name, value in wishes.items() if value is not None}}
    with service_of(context) as service:
        answer = service.ask("POST", "subscriptions/plan" if dry_run else "subscriptions", body=body)
    if dry_run:
        _show_plan(context, answer)
    else:
        tell(context, answer, f"subscription {answer['id']}: {answer['anime_title']} ({answer['status']})")


@app.command(name="list")
def list_(
    context: typer.Context,
    subscription: Annotated[
        int | None, typer.Argument(metavar="ID", help="What it has listed.", show_default=False)
    ] = None,
    verdict: Annotated[
        str | None, typer.Option(metavar="VERDICTS", help="Only those, such as waiting.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="So many episodes at most.")] = 100,
) -> None:
    """Show what is followed; or what one subscription has listed, and what became of it."""
    from aniworld_dl.cli import queue_tables, subscription_tables  # noqa: PLC0415 - imported where something is drawn

    with service_of(context) as service:
        if subscription is None:
            answer = service.ask("GET", "subscriptions")
            table = subscription_tables.subscriptions_table(answer["items"])
        else:
            answer = service.ask("GET", f"subscriptions/{subscription}/episodes", verdict=verdict, limit=limit)
            table = subscription_tables.episodes_table(answer["items"])
    if context.obj["as_json"]:
        print_json(answer)
    else:
        queue_tables.show(table)


@app.command()
def plan(context: typer.Context, subscription: Id) -> None:
    """Show what a check would queue now, and why not more."""
    with service_of(context) as service:
        answer = service.ask("POST", f"subscriptions/{subscription}/plan")
    _show_plan(context, answer)


_WORDS: Final = {
    "check": "Check now, paused or not.",
    "pause": "Check no more until it is resumed.",
    "resume": "Check again.",
}


def _action_command(action: str) -> None:
    def act(context: typer.Context, subscriptions: Ids) -> None:
        with service_of(context) as service:
            for each in subscriptions:
                answer = service.ask("POST", f"subscriptions/{each}/{action}")
                tell(context, answer, f"subscription {each}: {answer['anime_title']} ({answer['status']})")

    app.command(name=action, help=_WORDS[action])(act)


for _action in _WORDS:
    _action_command(_action)


@app.command()
def remove(context: typer.Context, subscriptions: Ids) -> None:
    """Follow no more. What was queued stays."""
    with service_of(context) as service:
        for each in subscriptions:
            service.ask("DELETE", f"subscriptions/{each}")
            tell(context, {"id": each}, f"subscription {each} is no more")


def _show_plan(context: typer.Context, answer: Any) -> None:
    from aniworld_dl.cli import queue_tables, subscription_tables  # noqa: PLC0415 - as above

    if not context.obj["as_json"]:
        queue_tables.show(subscription_tables.episodes_table(answer["items"]))
    tell(context, answer, *subscription_tables.plan_words(answer))
    if answer["error"]:
        raise typer.Exit(1)


def _seconds(text: str) -> int:
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise RequestInvalidError(field="--every", value=text, mend="write minutes, hours or days: 30m, 6h, 1d")
    return int(match[1]) * _UNITS[match[2].lower()]
