"""`aniworld-dl names`: what files would be called."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from aniworld_dl.cli.main import app_for
from aniworld_dl.errors import ConfigError

if TYPE_CHECKING:
    from typer.testing import Result


def _invoke(arguments: list[str]) -> Result:
    return CliRunner().invoke(app_for(arguments), arguments)


def test_examples_of_a_profile() -> None:
    result = _invoke(["names", "plex", "--title", "Re:ZERO", "--json"])

    examples = {line["kind"]: line["path"] for line in map(json.loads, result.stdout.splitlines())}
    assert examples["episode"] == "Re：ZERO/Season 01/Re：ZERO - s01e04.mkv"
    assert examples["several"] == "Re：ZERO/Season 01/Re：ZERO - s01e01-e02.mkv"
    assert examples["special"] == "Re：ZERO/Season 00/Re：ZERO - s00e01.mkv"
    assert examples["film"] == "Films/Re：ZERO/Re：ZERO.mkv"


def test_a_line_for_people() -> None:
    result = _invoke(["names", "{series} - {absolute:03} - {title}", "--episode-title", "Der Anfang"])

    assert "an episode        Nordlicht - 004 - Der Anfang.mkv" in result.stdout
    assert "a long series     Nordlicht - 1071 - Der Anfang.mkv" in result.stdout
    assert "a special         Nordlicht - S00E01 - Der Anfang.mkv" in result.stdout


def test_what_a_template_lacks() -> None:
    error = _invoke(["names", "{series} {season}"]).exception

    assert isinstance(error, ConfigError)
    assert "it needs {number}" in str(error)


def test_what_a_template_for_films_lacks() -> None:
    error = _invoke(["names", "jellyfin", "--films", "{series}"]).exception

    assert isinstance(error, ConfigError)
    assert error.params["key"] == "film_template"
