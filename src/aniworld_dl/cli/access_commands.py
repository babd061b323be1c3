"""The options of `aniworld-dl keys`, `password` and `audit`; what they do is in `access.py`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from aniworld_dl.config import load_settings

keys = typer.Typer(help="API keys: make, list, revoke.", no_args_is_help=True)
password = typer.Typer(help="Who may log in to the page with a password.", no_args_is_help=True)

_ADMIN = "admin"


class ScopeName(StrEnum):
    """What one may do. Each may do what those before it may."""

    READ = "read"
    DOWNLOAD = "download"
    ADMIN = "admin"


DataDir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where the queue's database lives.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
User = Annotated[str, typer.Option("--user", metavar="NAME", help="Who logs in.")]
Scopes = Annotated[ScopeName, typer.Option("--scope", help="What it may do.")]


@keys.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for, such as “dashboard”.")],
    scope: Scopes = ScopeName.READ,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Make a key and print it, this once."""
    from aniworld_dl.access import Scope  # noqa: PLC0415
    from aniworld_dl.cli import access  # noqa: PLC0415

    access.add_key(load_settings(data_dir=data_dir), name, Scope(scope), as_json=json)


@keys.command(name="list")
def list_(data_dir: DataDir = None, json: Json = False) -> None:
    """List the keys: what they may do, and when they were last used, to the hour."""
    from aniworld_dl.cli import access  # noqa: PLC0415

    access.list_keys(load_settings(data_dir=data_dir), as_json=json)


@keys.command()
def revoke(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name or id.")], data_dir: DataDir = None
) -> None:
    """Revoke a key. What is open with it is closed."""
    from aniworld_dl.cli import access  # noqa: PLC0415

    access.revoke_key(load_settings(data_dir=data_dir), name)


@password.command(name="set")
def set_(user: User = _ADMIN, scope: Scopes = ScopeName.ADMIN, data_dir: DataDir = None) -> None:
    """Ask for a password (at the terminal, else one line of standard input) and let somebody log in with it."""
    from aniworld_dl.access import Scope  # noqa: PLC0415
    from aniworld_dl.cli import access  # noqa: PLC0415

    access.set_password(load_settings(data_dir=data_dir), user, Scope(scope))


@password.command()
def remove(user: User = _ADMIN, data_dir: DataDir = None) -> None:
    """Let somebody log in no more."""
    from aniworld_dl.cli import access  # noqa: PLC0415

    access.remove_password(load_settings(data_dir=data_dir), user)


def audit(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="So many at most.")] = 50,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Show who changed what, the latest first."""
    from aniworld_dl.cli import access  # noqa: PLC0415

    access.show_audit(load_settings(data_dir=data_dir), limit=limit, as_json=json)
