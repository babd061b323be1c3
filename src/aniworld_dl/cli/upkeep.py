"""The commands that look after an installation and its files. Each hands over to a module of its own."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated

import typer

from aniworld_dl.cli.options import DataDir  # noqa: TC001 - the same
from aniworld_dl.config import load_settings

app = typer.Typer()


@app.command()
def verify(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, or folders of them.")],
    decode: Annotated[bool, typer.Option("--decode", help="Decode every file, also where checksums fit.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a file.")] = False,
) -> None:
    """Check whether finished files are still whole."""
    from aniworld_dl.cli.verify import run_verify  # noqa: PLC0415

    raise typer.Exit(run_verify(load_settings(), paths, decode=decode, as_json=json))


@app.command()
def names(
    template: Annotated[
        str | None,
        typer.Argument(metavar="[TEMPLATE|PROFILE]", help="Such as “plex”; else the setting.", show_default=False),
    ] = None,
    films: Annotated[str | None, typer.Option(help="The template for films.", show_default=False)] = None,
    title: Annotated[str | None, typer.Option(help="Title of the series.", show_default=False)] = None,
    episode_title: Annotated[str | None, typer.Option(help="Title of the episode.", show_default=False)] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Show what files would be called under a naming template."""
    from aniworld_dl.cli.names import run_names  # noqa: PLC0415

    settings = load_settings(naming_template=template, film_template=films)
    raise typer.Exit(run_names(settings, series=title, title=episode_title, as_json=json))


@app.command()
def backup(
    target: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE|FOLDER]", help="Where to; else into the data folder.", show_default=False),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Copy the queue to a file, also while the service runs."""
    from aniworld_dl.cli.backup import run_backup  # noqa: PLC0415

    raise typer.Exit(run_backup(load_settings(data_dir=data_dir), target))


@app.command()
def restore(
    copy: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` has made.")],
    data_dir: DataDir = None,
) -> None:
    """Go back to a copy of the queue. The service must not run; the present queue is set aside."""
    from aniworld_dl.cli.backup import run_restore  # noqa: PLC0415

    raise typer.Exit(run_restore(load_settings(data_dir=data_dir), copy))


@app.command(name="support-bundle")
def support_bundle(
    target: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE|FOLDER]", help="Where to; else into this folder.", show_default=False),
    ] = None,
) -> None:
    """Collect what someone who helps needs to know, without secrets."""
    from aniworld_dl.cli.support import run_support_bundle  # noqa: PLC0415

    raise typer.Exit(run_support_bundle(load_settings(), target))


@app.command()
def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a check.")] = False,
) -> None:
    """Check this installation and print the fix for each fault."""
    from aniworld_dl.cli.doctor import run_doctor  # noqa: PLC0415

    raise typer.Exit(run_doctor(load_settings(), as_json=json))


@app.command()
def selftest(
    everything: Annotated[
        bool, typer.Option("--all", help="Every fault for every kind of media, fast and at 2 MB/s.")
    ] = False,
    soak: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES", help="24 episodes at a time through random faults instead.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Which faults strike which media.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Play everything that servers and networks do wrong, on this machine alone, and check every outcome."""
    from aniworld_dl.cli.selftest import run_selftest  # noqa: PLC0415

    settings = load_settings()
    raise typer.Exit(run_selftest(settings, seed=seed, everything=everything, soak_minutes=soak, as_json=json))
