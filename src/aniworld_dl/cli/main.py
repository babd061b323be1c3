"""The commands and their options. Each hands over to a module of its own, imported when it is used."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from aniworld_dl._version import __version__
from aniworld_dl.cli import access_commands, notices, queue_actions
from aniworld_dl.cli.rates import parse_rate
from aniworld_dl.config import load_settings
from aniworld_dl.errors import AniworldDlError, NoProviderError, UrlInvalidError, UsageError
from aniworld_dl.ffmpeg import look_for_ffmpeg
from aniworld_dl.logs import set_up_logs

app = typer.Typer(
    name="aniworld-dl",
    help="Parallel episode downloader whose “completed” can be believed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(queue_actions.app, name="queue")
app.add_typer(access_commands.keys, name="keys")
app.add_typer(access_commands.password, name="password")
app.command()(access_commands.audit)
app.add_typer(notices.app, name="notices")

DownloadDir = Annotated[
    Path | None,
    typer.Option("--download-dir", "-o", metavar="DIR", help="Where finished files go.", show_default=False),
]
DataDir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where the queue's database lives.", show_default=False)
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
Language = Annotated[str | None, typer.Option(help="For example “German Sub”.", show_default=False)]
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
    from aniworld_dl.cli.serve import run_service  # noqa: PLC0415

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
    raise typer.Exit(run_service(settings, demo=demo))


@app.command()
def get(
    urls: Annotated[list[str], typer.Argument(metavar="URL", help="Playlists, media files or series pages.")],
    download_dir: DownloadDir = None,
    title: Annotated[str | None, typer.Option(help="Title of the series.", show_default=False)] = None,
    language: Language = None,
    provider: Annotated[str | None, typer.Option(help="For example “VOE”.", show_default=False)] = None,
    max_concurrent_downloads: Episodes = None,
    limit_rate: Annotated[
        str | None, typer.Option(metavar="RATE", help="Bytes per second, such as 500K or 2M.", show_default=False)
    ] = None,
    max_height: MaxHeight = None,
    audio: Audio = None,
    subtitles: Subtitles = None,
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
    raise typer.Exit(run_get(settings, order, as_json=json))


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
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; else into this folder.", show_default=False)
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


def main() -> None:
    """Run the command line; errors of ours become one line and an exit code: 2 for usage, 1 for the rest."""
    try:
        app()
    except AniworldDlError as error:
        typer.echo(f"aniworld-dl: error: {error}", err=True)
        sys.exit(2 if isinstance(error, _MISTAKES) else 1)
