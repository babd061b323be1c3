"""`aniworld-dl notices`: who is told when a job has ended, and whether that works."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from aniworld_dl.cli.displays import print_json
from aniworld_dl.cli.options import SharedOptions
from aniworld_dl.cli.queue import options, service_of

_PATIENCE_S: Final = 3700.0
"""A hook may take an hour."""

app = typer.Typer(help="See and test who is told when a job has ended.", no_args_is_help=True, cls=SharedOptions)
app.callback()(options)


@app.command(name="list")
def list_(context: typer.Context) -> None:
    """Show every target of the running service, and how it went the last time."""
    with service_of(context) as service:
        answer = service.ask("GET", "notices")
    if context.obj["as_json"]:
        print_json(answer)
        return
    if not answer["items"]:
        typer.echo("nobody is told: the setting notices names no one")
    for target in answer["items"]:
        failed = target["error"] and f"failed {target['last_failure_at']}: {target['error']['text']}"
        arrived = target["last_success_at"] and f"well {target['last_success_at']}"
        typer.echo(
            f"{target['name']} ({target['kind']}), {target['pending']} waiting: {failed or arrived or 'not yet'}"
        )


@app.command(name="test")
def send_test(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only this target.", show_default=False)] = None,
) -> None:
    """Send a test to every target, or to one; exit code 1 if one of them fails."""
    failed = False
    with service_of(context) as service:
        names = [name] if name else [target["name"] for target in service.ask("GET", "notices")["items"]]
        for each in names:
            answer = service.ask("POST", f"notices/{each}/test", timeout_s=_PATIENCE_S)
            failed = failed or not answer["ok"]
            if context.obj["as_json"]:
                print_json({"name": each, **answer})
            else:
                typer.echo(f"{each}: {'it has arrived' if answer['ok'] else answer['error']['text']}")
    raise typer.Exit(1 if failed else 0)
