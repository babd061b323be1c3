"""What every command has in common: its version, its options, and what is said about wrong ones."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from aniworld_dl import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.conftest import Command


def test_version(command: Command) -> None:
    ended = command("--version")
    assert (ended.status, ended.output, ended.complaints) == (0, f"aniworld-dl {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--help",), "COMMAND [ARGS]..."),
        (("-h",), "COMMAND [ARGS]..."),
        (("get", "-h"), "--limit-rate"),
        (("demo", "--help"), "--once"),
        (("queue", "--help"), "watch"),
    ],
)
def test_help(command: Command, arguments: tuple[str, ...], words: str) -> None:
    ended = command(*arguments)
    assert (ended.status, ended.complaints) == (0, "")
    assert words in ended.output


def test_without_a_command_it_lists_them(command: Command) -> None:
    ended = command()
    assert ended.status == 2
    for name in ("serve", "get", "inspect", "demo", "queue"):
        assert f" {name} " in ended.output + ended.complaints


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("get", "--fast", "http://127.0.0.1/1.m3u8"), "No such option: --fast"),
        (("fetch",), "No such command 'fetch'"),
        (("get",), "Missing argument 'URL'"),
    ],
)
def test_what_is_no_command_or_option_is_named(command: Command, arguments: tuple[str, ...], words: str) -> None:
    ended = command(*arguments)
    assert ended.status == 2
    assert words in ended.complaints
    assert ended.output == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("get", "--limit-rate", "fast", "http://127.0.0.1/1.m3u8"), "--limit-rate"),
        (("get", "--limit-rate", "0.5K", "http://127.0.0.1/1.m3u8"), "bandwidth_limit_bytes_per_s: '512'"),
        (("get", "-j", "1000", "http://127.0.0.1/1.m3u8"), "max_concurrent_downloads"),
        (("get", "-j", "many", "http://127.0.0.1/1.m3u8"), "a whole number from 0 to 100, or auto"),
        (("get", "-j", "0", "http://127.0.0.1/1.m3u8"), "max_concurrent_downloads"),
        (("demo", "--once", "-j", "0"), "max_concurrent_downloads"),
        (("serve", "--port", "65536"), "port"),
    ],
)
def test_a_bad_value_is_an_error_in_one_line(command: Command, arguments: tuple[str, ...], words: str) -> None:
    ended = command(*arguments)
    assert ended.status == 2
    assert ended.complaints.startswith("aniworld-dl: error: ")
    assert ended.complaints.count("\n") == 1
    assert words in ended.complaints
    assert ended.output == ""


@pytest.mark.parametrize("name", ["get", "inspect"])
@pytest.mark.parametrize("url", ["no address", "ftp://media.example/1.m3u8", "http://"])
def test_what_is_no_address_is_an_error_in_one_line(command: Command, name: str, url: str) -> None:
    ended = command(name, url)
    assert ended.status == 2
    assert ended.complaints.startswith(f"aniworld-dl: error: {url} is not a usable address")
    assert ended.complaints.count("\n") == 1
    assert ended.output == ""


def test_a_folder_that_cannot_be_made_is_an_error(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = command("get", "-o", str(tmp_path / "file/folder"), "http://127.0.0.1/1.m3u8")
    assert ended.status == 1
    assert ended.complaints.startswith("aniworld-dl: error: ")
    assert str(tmp_path / "file/folder") in ended.complaints


@pytest.mark.parametrize(
    ("arguments", "level"),
    [
        (("inspect", "ftp://x"), logging.CRITICAL),
        (("serve", "--port", "65536"), logging.INFO),
        (("--verbose", "inspect", "ftp://x"), logging.DEBUG),
        (("-v", "serve", "--port", "65536"), logging.DEBUG),
    ],
)
def test_how_much_is_logged(command: Command, log: logging.Logger, arguments: tuple[str, ...], level: int) -> None:
    """Commands whose own output says what goes wrong do not say it twice, unless that is asked for."""
    command(*arguments)
    assert log.level == level
