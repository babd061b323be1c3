"""`aniworld-dl keys`, `password` and `audit`, beside a running service and without one."""

from __future__ import annotations

import getpass
import io
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from aniworld_dl.access.tokens import KEY_PREFIX, digest
from aniworld_dl.folders import sole_owner

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.integration.cli.conftest import Command

PASSWORD = "correct horse battery"


class Terminal(io.StringIO):
    """Standard input at which somebody sits."""

    def isatty(self) -> bool:
        return True


def _rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "queue.sqlite3")) as connection:
        return connection.execute(query).fetchall()


def test_keys_from_first_to_last(command: Command, tmp_path: Path) -> None:
    folder = ("--data-dir", str(tmp_path))
    made = command("keys", "add", "tv", *folder)
    key = made.output.strip()
    assert (made.status, key[: len(KEY_PREFIX)], "shown this once" in made.complaints) == (0, KEY_PREFIX, True)
    assert _rows(tmp_path, "SELECT name, scope, digest FROM api_keys") == [("tv", "read", digest(key.encode()))]
    with sole_owner(tmp_path):  # as a running service does
        (as_json,) = command("keys", "add", "phone", "--scope", "admin", "--json", *folder).lines()
        assert (as_json["name"], as_json["scope"], as_json["key"] != key) == ("phone", "admin", True)
        again = command("keys", "add", "tv", *folder)
        assert (again.status, "choose another" in again.complaints) == (2, True)
    listed = command("keys", "list", *folder)
    assert [line.split()[:3] for line in listed.output.splitlines()] == [["1", "read", "tv"], ["2", "admin", "phone"]]
    assert key not in listed.output
    assert [line["last_used_at"] for line in command("keys", "list", "--json", *folder).lines()] == [None, None]
    assert command("keys", "revoke", "tv", *folder).output == "tv: revoked\n"
    assert command("keys", "revoke", "2", *folder).status == 0
    assert command("keys", "revoke", "tv", *folder).status == 2
    assert _rows(tmp_path, "SELECT count(*) FROM api_keys") == [(0,)]
    lines = command("audit", *folder).output.splitlines()
    assert [line.split(")  ")[1] for line in lines][::3] == [
        "keys revoke  key_id=2 name=phone",
        "keys add  name=tv scope=read",
    ]
    deeds = command("audit", "--json", "--limit", "1", *folder).lines()
    assert [(deed["way"], deed["action"], deed["targets"]) for deed in deeds] == [
        ("command_line", "keys revoke", {"key_id": 2, "name": "phone"})
    ]


def test_passwords_are_asked_for_and_kept_as_hashes(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ("--data-dir", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    assert command("password", "set", *folder).status == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    refused = command("password", "set", *folder)
    assert (refused.status, "8 to 1024" in refused.complaints, "short" in refused.complaints) == (2, True, False)
    for second, status in ((PASSWORD, 0), ("another", 2)):
        answers = iter([PASSWORD, second])
        monkeypatch.setattr(sys, "stdin", Terminal())
        monkeypatch.setattr(getpass, "getpass", lambda _prompt, answers=answers: next(answers))
        assert command("password", "set", "--user", "kids", "--scope", "read", *folder).status == status
    users = _rows(tmp_path, "SELECT name, scope, substr(password, 1, 10) FROM users ORDER BY name")
    assert users == [("admin", "admin", "$argon2id$"), ("kids", "read", "$argon2id$")]
    assert command("password", "remove", "--user", "kids", *folder).status == 0
    assert command("password", "remove", "--user", "kids", *folder).status == 2


def test_another_version_beside_the_running_service_is_refused(command: Command, tmp_path: Path) -> None:
    folder = ("--data-dir", str(tmp_path))
    assert command("keys", "list", *folder).status == 0
    with closing(sqlite3.connect(tmp_path / "queue.sqlite3")) as connection:
        connection.execute("PRAGMA user_version = 3")
    with sole_owner(tmp_path):
        ended = command("keys", "list", *folder)
    assert (ended.status, "another version" in ended.complaints) == (1, True)


def test_a_user_without_a_name_is_one_too(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container may run under an id that nobody has named."""

    def nameless() -> str:
        raise OSError("no such user")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert command("keys", "add", "tv", "--data-dir", str(tmp_path)).status == 0
    assert _rows(tmp_path, "SELECT name, address FROM audit") == [("?", "")]
