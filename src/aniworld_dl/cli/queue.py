"""`aniworld-dl queue ...`: the queue of a running service."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aniworld_dl.cli import remote
from aniworld_dl.cli.displays import print_json
from aniworld_dl.cli.options import SharedOptions
from aniworld_dl.cli.rates import parse_rate
from aniworld_dl.cli.requests import requests_for
from aniworld_dl.config import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer(help="See and steer the queue of a running service.", no_args_is_help=True, cls=SharedOptions)


@app.callback()
def options(
    context: typer.Context,
    server: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where the service is (else as in the settings).", show_default=False),
    ] = None,
    api_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="Its API key (else as in the settings).", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what the service answers.")] = False,
) -> None:
    """Take the options of all commands that ask a running service."""
    context.obj = {"server": server, "api_key": api_key, "as_json": as_json}


@contextmanager
def service_of(context: typer.Context) -> Iterator[remote.Service]:
    """Give the service that the options name."""
    options: dict[str, Any] = context.obj
    settings = load_settings()
    address = options["server"] or remote.address_of(settings)
    with remote.Service(address, options["api_key"] or settings.api_key) as service:
        yield service


def tell(context: typer.Context, answer: Any, *sentences: str) -> None:
    """Print the sentences, or the answer where JSON is wanted."""
    if context.obj["as_json"]:
        print_json(answer)
    else:
        for sentence in sentences:
            typer.echo(sentence)


# ------------------------------------------------------------------------------------------------------- looking


@app.command(name="list")
def list_(
    context: typer.Context,
    job: Annotated[int | None, typer.Argument(metavar="JOB", help="Its episodes.", show_default=False)] = None,
    status: Annotated[
        str | None,
        typer.Option(metavar="STATUSES", help="Only jobs that are so, such as queued,failed.", show_default=False),
    ] = None,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only titles that contain this.", show_default=False)
    ] = None,
    ended: Annotated[bool, typer.Option("--ended", help="What has ended, the latest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="So many at most.")] = 50,
) -> None:
    """Show what runs and waits, in the order of the queue; or the episodes of one job."""
    from aniworld_dl.cli import queue_tables  # noqa: PLC0415 - drawing is imported where something is drawn

    with service_of(context) as service:
        if job is not None:
            answer = service.ask("GET", f"jobs/{job}/episodes", limit=limit)
            table = queue_tables.episodes_table(answer["items"])
        elif status or search:
            answer = service.ask("GET", "jobs", status=status, q=search, limit=limit)
            table = queue_tables.jobs_table(answer["items"])
        else:
            answer = service.ask("GET", "queue-status", limit=limit)["queue"]["completed" if ended else "active"]
            table = queue_tables.jobs_table(answer)
    if context.obj["as_json"]:
        print_json(answer)
    else:
        queue_tables.show(table)


@app.command()
def watch(
    context: typer.Context,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="End when nothing runs or waits.")] = False,
) -> None:
    """Follow everything live; a table at a terminal, else a line for each change of status."""
    from aniworld_dl.cli.queue_watch import watch_queue  # noqa: PLC0415 - as above

    with service_of(context) as service:
        watch_queue(service.messages(), as_json=context.obj["as_json"], until_idle=until_idle)


@app.command()
def history(
    context: typer.Context,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only titles and files that contain this.", show_default=False)
    ] = None,
    status: Annotated[str | None, typer.Option(metavar="STATUSES", help="Such as failed.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="So many at most.")] = 50,
) -> None:
    """Show ended episodes, the latest first."""
    from aniworld_dl.cli import queue_tables  # noqa: PLC0415 - as above

    with service_of(context) as service:
        answer = service.ask("GET", "history", q=search, status=status, limit=limit)
    if context.obj["as_json"]:
        print_json(answer)
    else:
        queue_tables.show(queue_tables.history_table(answer["items"]))


# -------------------------------------------------------------------------------------------------------- adding


@app.command()
def add(
    context: typer.Context,
    urls: Annotated[list[str], typer.Argument(metavar="URL", help="Playlists, media files or series pages.")],
    title: Annotated[str | None, typer.Option(help="Title of the series.", show_default=False)] = None,
    language: Annotated[
        str | None, typer.Option(help="Such as “German Sub” or “German Dub > German Sub > any”.", show_default=False)
    ] = None,
    provider: Annotated[
        str | None, typer.Option(help="Such as “VOE” or “VOE > Vidoza > any”.", show_default=False)
    ] = None,
    standing: Annotated[
        bool | None,
        typer.Option("--standing/--no-standing", help="Whether to wait for a better language.", show_default=False),
    ] = None,
    standing_days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="For so many days.", show_default=False)
    ] = None,
    priority: Annotated[int, typer.Option(help="Higher goes first.")] = 0,
    limit_rate: Annotated[
        str | None, typer.Option(metavar="RATE", help="Bytes per second, such as 500K or 2M.", show_default=False)
    ] = None,
    paused: Annotated[bool, typer.Option("--paused", help="Do not start them yet.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be queued.")] = False,
) -> None:
    """Queue episodes."""
    rate = None if limit_rate is None else parse_rate(limit_rate)
    with service_of(context) as service:
        for request in requests_for(urls, title=title, language=language, provider=provider):
            wishes = {
                "language": language,
                "provider": provider,
                "priority": priority,
                "bandwidth_limit_bytes_per_s": rate,
                "paused": paused,
                "standing": standing_days or standing,
            }
            given = {name: value for name, value in wishes.items() if value is not None}
            episodes = [ref.url for ref in request.episodes]
            body = {"anime_title": request.anime_title, "episode_urls": episodes, **given}
            if dry_run:
                _show_plan(context, service.ask("POST", "plan", body=body))
                continue
            answer = service.ask("POST", "jobs", body=body)
            known = [f"already queued: {each['url']} (job {each['job_id']})" for each in answer.get("duplicates", ())]
            tell(context, answer, f"job {answer['id']}: {answer['anime_title']} ({answer['status']})", *known)


def _show_plan(context: typer.Context, answer: Any) -> None:
    from aniworld_dl.cli import plan_tables, queue_tables  # noqa: PLC0415 - as above

    if not context.obj["as_json"]:
        queue_tables.show(plan_tables.plan_table(answer["episodes"]))
    tell(context, answer, *plan_tables.plan_words(answer))


# ------------------------------------------------------------------------------------------------------ exchange


@app.command(name="export")
def export(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Where to (else standard output).")] = None,
    ended: Annotated[bool, typer.Option("--ended", help="With what has ended.")] = False,
) -> None:
    """Write the queue as JSON, to be imported elsewhere."""
    with service_of(context) as service:
        pieces = service.download("queue/export", ended="true" if ended else None)
        if file is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return
        part = file.with_name(f"{file.name}.part")
        with part.open("wb") as target:
            target.writelines(pieces)
        part.replace(file)


@app.command(name="import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)],
) -> None:
    """Add what another queue has exported."""
    with service_of(context) as service, file.open("rb") as source:
        answer = service.upload("queue/import", iter(lambda: source.read(1 << 20), b""))
    tell(context, answer, ", ".join(f"{name}: {value}" for name, value in answer.items() if isinstance(value, int)))
