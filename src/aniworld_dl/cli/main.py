"""The commands and their options. Each hands over to a module of its own, imported when it is used."""

from __future__ import annotations

import logging
import signal
import sys
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from aniworld_dl._version import __version__
from aniworld_dl.cli import upkeep
from aniworld_dl.cli.options import DataDir  # noqa: TC001 - typer reads the annotations
from aniworld_dl.cli.output import told_if_refused
from aniworld_dl.cli.rates import parse_rate
from aniworld_dl.config import load_settings
from aniworld_dl.errors import AniworldDlError, NoProviderError, UrlInvalidError, UsageError
from aniworld_dl.ffmpeg import look_for_ffmpeg
from aniworld_dl.logs import set_up_logs
from aniworld_dl.queue.examination import DATABASE_FILE, begin_to_examine

if TYPE_CHECKING:
    from collections.abc import Sequence

app = typer.Typer(
    name="aniworld-dl",
    help="Parallel episode downloader whose “completed” can be believed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DownloadDir = Annotated[
    Path | None,
    typer.Option("--download-dir", "-o", metavar="DIR", help="Where finished files go.", show_default=False),
]
Episodes = Annotated[
    str | None,
    typer.Option(
        "--max-concurrent-downloads",
        "-j",
        metavar="N",
        help="Episodes at a time, or “auto”.",
        show_default=False,
    ),
]
Language = Annotated[
    str | None, typer.Option(help="Such as “German Sub” or “German Dub > German Sub > any”.", show_default=False)
]
MaxHeight = Annotated[
    int | None, typer.Option(metavar="LINES", help="Best picture up to this height, such as 1080.", show_default=False)
]
Audio = Annotated[
    str | None,
    typer.Option(metavar="LANGUAGES", help="Sound to take, such as “de,ja”, “all”.", show_default=False),
]
Subtitles = Annotated[
    str | None,
    typer.Option(metavar="LANGUAGES", help="Subtitles to take, such as “de,en”, “none” [all].", show_default=False),
]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"aniworld-dl {__version__}")
        raise typer.Exit


_LATE: Final = frozenset({"serve", "demo", "get", "inspect"})
"""Commands that are still to be imported when they are called, and begin in `cli.loop.run`."""
_LOUD: Final = frozenset({"serve", "demo"})
"""Commands that log what they do; the output of the others says what goes wrong."""


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more, to standard error.")] = False,
) -> None:
    if context.invoked_subcommand not in _LATE:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    usual = logging.INFO if context.invoked_subcommand in _LOUD else logging.CRITICAL
    set_up_logs(logging.DEBUG if verbose else usual)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].", show_default=False)] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on, 0 for a free one [8080].", show_default=False)
    ] = None,
    download_dir: DownloadDir = None,
    data_dir: DataDir = None,
    max_concurrent_downloads: Episodes = None,
    max_height: MaxHeight = None,
    audio: Audio = None,
    subtitles: Subtitles = None,
    tls_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Certificate (PEM), for HTTPS.", show_default=False)
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Its private key (PEM).", show_default=False)
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Run a local origin with demo series, and queue them.")] = False,
) -> None:
    """Run the service with its web page."""
    settings = load_settings(
        host=host,
        port=port,
        download_dir=download_dir,
        data_dir=data_dir,
        max_concurrent_downloads=max_concurrent_downloads,
        max_height=max_height,
        audio_languages=audio,
        subtitle_languages=subtitles,
        tls_cert=tls_cert,
        tls_key=tls_key,
    )
    set_up_logs(None, as_json=settings.log_format == "json")
    begin_to_examine(settings.data_dir / DATABASE_FILE)
    from aniworld_dl.cli.serve import run_service  # noqa: PLC0415 - most of the program, which takes a second

    raise typer.Exit(run_service(settings, demo=demo))


@app.command()
def get(
    urls: Annotated[list[str], typer.Argument(metavar="URL", help="Playlists, media files or series pages.")],
    download_dir: DownloadDir = None,
    title: Annotated[str | None, typer.Option(help="Title of the series.", show_default=False)] = None,
    language: Language = None,
    provider: Annotated[
        str | None, typer.Option(help="Such as “VOE” or “VOE > Vidoza > any”.", show_default=False)
    ] = None,
    max_concurrent_downloads: Episodes = None,
    limit_rate: Annotated[
        str | None, typer.Option(metavar="RATE", help="Bytes per second, such as 500K or 2M.", show_default=False)
    ] = None,
    max_height: MaxHeight = None,
    audio: Audio = None,
    subtitles: Subtitles = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be downloaded.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Download without a service. Run again, it resumes."""
    settings = load_settings(
        download_dir=download_dir,
        max_concurrent_downloads=max_concurrent_downloads,
        bandwidth_limit_bytes_per_s=None if limit_rate is None else parse_rate(limit_rate),
        max_height=max_height,
        audio_languages=audio,
        subtitle_languages=subtitles,
    )
    if "download_dir" not in settings.model_fields_set:
        settings = settings.model_copy(update={"download_dir": Path.cwd()})
    if "retries_per_episode" not in settings.model_fields_set:
        settings = settings.model_copy(update={"retries_per_episode": 0})  # whoever waits wants to know
    look_for_ffmpeg(settings.ffmpeg)  # while the rest is imported
    from aniworld_dl.cli.get import Order, run_get  # noqa: PLC0415

    order = Order(urls=tuple(urls), title=title, language=language, provider=provider)
    raise typer.Exit(run_get(settings, order, dry_run=dry_run, as_json=json))


@app.command()
def inspect(
    url: Annotated[str, typer.Argument(metavar="URL")],
    language: Language = None,
    max_height: MaxHeight = None,
    audio: Audio = None,
    subtitles: Subtitles = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON, with every segment.")] = False,
) -> None:
    """Show what an address gives and what of it would be taken, without downloading it."""
    from aniworld_dl.cli.inspect import run_inspect  # noqa: PLC0415

    settings = load_settings(max_height=max_height, audio_languages=audio, subtitle_languages=subtitles)
    raise typer.Exit(run_inspect(settings, url, language=language, as_json=json))


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Download everything, verify it, print a table, exit.")] = False,
    download_dir: DownloadDir = None,
    data_dir: DataDir = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on, 0 for a free one [8080].", show_default=False)
    ] = None,
    max_concurrent_downloads: Episodes = None,
) -> None:
    """Try it without any site: a local origin with three generated series, plus the service."""
    from aniworld_dl.cli.demo import run_demo  # noqa: PLC0415

    settings = load_settings(
        port=port,
        download_dir=download_dir,
        data_dir=data_dir,
        max_concurrent_downloads=max_concurrent_downloads,
    )
    raise typer.Exit(run_demo(settings, once=once))


_MISTAKES: Final = (UsageError, UrlInvalidError, NoProviderError)
"""What the caller can only have mistyped: an option, a setting, an address."""


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """Return the command that is called by its name, or all of them: Typer looks at every option of all that it has."""
    name = next((argument for argument in arguments if not argument.startswith("-")), None)
    commands = [*app.registered_commands, *upkeep.app.registered_commands]
    called = [command for command in commands if (command.name or getattr(command.callback, "__name__", None)) == name]
    made = copy(app)
    made.registered_commands = called or commands
    if not called:
        from aniworld_dl.cli import access_commands, notices, queue_details, subscribe  # noqa: PLC0415

        made.registered_groups = []
        made.add_typer(queue_details.app, name="queue")
        made.add_typer(subscribe.app, name="subscribe")
        made.add_typer(notices.app, name="notices")
        made.add_typer(access_commands.keys, name="keys")
        made.add_typer(access_commands.password, name="password")
        made.command()(access_commands.audit)
    return made


def main() -> None:
    """Run the command line; errors of ours become one line and an exit code: 2 for usage, 1 for the rest."""
    try:
        with told_if_refused():
            app_for(sys.argv[1:])()
    except AniworldDlError as error:
        typer.echo(f"aniworld-dl: error: {error}", err=True)
        sys.exit(2 if isinstance(error, _MISTAKES) else 1)
