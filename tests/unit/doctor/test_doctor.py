"""Each check says what is well, and what is wrong with its mend."""

from __future__ import annotations

import errno
import re
import shutil
import socket
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aniworld_dl import doctor
from aniworld_dl.confine.walls import Confinement
from aniworld_dl.doctor import Outcome, examination, storage, worst
from aniworld_dl.doctor.finding import SENTENCES, fail, ok, warn
from aniworld_dl.queue.examination import beside
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from aniworld_dl.config import Settings

SOURCES = "".join(path.read_text() for path in Path(storage.__file__).parent.glob("*.py"))


def denied(*_: object, **__: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


async def test_a_sound_installation_has_every_check_fine(settings: Settings) -> None:
    clock = FakeClock()
    findings = await doctor.examine(
        settings.model_copy(update={"port": 0}),
        clock,
        doctor.Providers(names=["direct"]),
        database=settings.data_dir / "queue.sqlite3",
        serving=False,
    )
    names = [finding.check for finding in findings]
    assert len(set(names)) == len(names) == 15
    assert {finding.check for finding in findings if finding.outcome is Outcome.FAIL} <= {"clock"}  # the fake one's
    assert not settings.download_dir.exists()


def test_every_code_can_be_found() -> None:
    assert {code for code in SENTENCES if f'"{code}"' not in SOURCES.replace(f'"{code}":', "")} == set()


def test_a_sentence_names_its_values() -> None:
    finding = warn("space", "space_low", path="/d", free_bytes=5, reserve_bytes=1)
    assert finding.view() == {
        "name": "space",
        "outcome": "warn",
        "code": "space_low",
        "params": {"path": "/d", "free_bytes": 5, "reserve_bytes": 1},
        "text": "only 5 bytes are free in /d: free some, or lower disk_reserve_bytes (1)",
    }


def test_the_worst_outcome_counts() -> None:
    assert worst([]) is Outcome.OK
    assert worst([ok("a", "clock_ok"), warn("b", "proxy_ignored")]) is Outcome.WARN
    assert worst([fail("a", "clock_past"), warn("b", "proxy_ignored")]) is Outcome.FAIL


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert storage.check_folder("data_dir", tmp_path).code == "folder_ok"
    assert storage.check_folder("data_dir", tmp_path / "new" / "er").code == "folder_missing"
    monkeypatch.setattr(tempfile, "TemporaryFile", denied)
    finding = storage.check_folder("data_dir", tmp_path)
    assert (finding.outcome, finding.code, finding.params["reason"]) == (
        Outcome.FAIL,
        "folder_denied",
        "Permission denied",
    )


def test_work_on_another_file_system(tmp_path: Path) -> None:
    assert storage.check_work(tmp_path).code == "work_beside"
    (tmp_path / ".aniworld-dl").symlink_to("/proc")
    assert storage.check_work(tmp_path).code == "work_elsewhere"


def test_a_folder_that_cannot_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "nearest_folder", lambda _: tmp_path / "gone")
    assert storage.check_work(tmp_path).code == "folder_denied"


def test_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100 << 30, 0, 8 << 30))
    assert storage.check_space(tmp_path, None).code == "space_ok"
    assert storage.check_space(tmp_path, 4 << 30).code == "space_low"
    monkeypatch.setattr(shutil, "disk_usage", denied)
    assert storage.check_space(tmp_path, None).code == "space_unknown"


def test_the_clock_is_compared_with_the_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = tmp_path.stat().st_mtime
    assert storage.check_clock(now, tmp_path).code == "clock_ok"
    finding = storage.check_clock(now + 7200, tmp_path)
    assert finding.code == "clock_off"
    assert finding.params["difference_s"] == pytest.approx(-7200, abs=30)
    assert storage.check_clock(0.0, tmp_path).code == "clock_past"
    monkeypatch.setattr(tempfile, "TemporaryFile", denied)
    assert storage.check_clock(now, tmp_path).code == "clock_ok"


def test_a_database(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    assert storage.check_database(path).code == "database_missing"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE a (b)")
    connection.executemany("INSERT INTO a VALUES (?)", [("x" * 500,)] * 200)
    connection.commit()
    assert storage.check_database(path).code == "database_ok"
    connection.execute("PRAGMA user_version = 999")
    connection.commit()
    assert storage.check_database(path).code == "database_unusable"
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xff" * 4096 + whole[12288:])
    assert storage.check_database(path).code == "database_damaged"
    path.write_bytes(b"no database at all" * 100)
    assert storage.check_database(path).code == "database_damaged"


def test_ffmpeg(tmp_path: Path) -> None:
    assert examination.check_ffmpeg(None).code == "ffmpeg_ok"
    finding = examination.check_ffmpeg(tmp_path / "none")
    assert (finding.outcome, finding.code) == (Outcome.FAIL, "ffmpeg_missing")


@pytest.mark.parametrize(
    ("version", "network", "code"),
    [
        (7, True, "confined_whole"),
        (1, False, "confined_files"),
        (0, True, "confined_network"),
        (0, False, "confined_little"),
    ],
)
def test_what_keeps_programs_in_their_place(version: int, network: bool, code: str) -> None:
    finding = examination.check_confinement(Confinement(landlock_version=version, network=network))
    assert (finding.outcome, finding.code) == (Outcome.OK, code)
    assert finding.text


def test_providers() -> None:
    assert examination.check_providers(doctor.Providers(names=["direct"])).text == "these work: direct"
    broken = examination.check_providers(doctor.Providers(names=["direct"], broken={"site": "ImportError('x')"}))
    assert (broken.code, broken.params) == ("providers_broken", {"names": "site", "reason": "ImportError('x')"})


def test_a_proxy_that_is_ignored_is_named() -> None:
    assert examination.check_proxies({"PATH": "/bin", "http_proxy": ""}).code == "proxy_none"
    finding = examination.check_proxies({"HTTPS_PROXY": "http://user:secret@proxy:3128", "all_proxy": "x"})
    assert (finding.code, finding.params) == ("proxy_ignored", {"names": "HTTPS_PROXY, all_proxy"})


@pytest.mark.parametrize(("limit", "code"), [(None, "files_unlimited"), (256, "files_few"), (1024, "files_ok")])
def test_open_files(limit: int | None, code: str) -> None:
    assert examination.check_open_files(limit).code == code


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
def test_the_limit_of_open_files_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    assert examination.open_files_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert examination.open_files_limit() is None


@pytest.mark.parametrize(
    ("changes", "access", "code"),
    [
        ({}, False, "address_local"),
        ({"host": "::"}, False, "address_keyless"),
        ({"host": "0.0.0.0", "api_key": "12345678"}, False, "address_plain"),
        ({"host": "0.0.0.0"}, True, "address_plain"),
        ({"host": "0.0.0.0", "tls_cert": Path("cert.pem")}, True, "address_open"),
        ({"host": "0.0.0.0", "trusted_proxies": ["10.0.0.1/32"], "proxy_user_header": "X"}, False, "address_open"),
    ],
)
def test_who_reaches_the_service(settings: Settings, changes: dict[str, object], access: bool, code: str) -> None:
    changed = settings.model_copy(update=changes)
    assert examination.check_address(changed, access=access).code == code


def test_a_database_that_cannot_be_opened_is_not_called_damaged(tmp_path: Path) -> None:
    """As in a folder that is read-only, where SQLite cannot make what it needs beside it."""
    path = tmp_path / "queue.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE numbers (number)")
    beside(path)[0].mkdir()
    found = storage.check_database(path)
    assert (found.code, found.params["reason"]) == ("database_unusable", "unable to open database file")


def test_whether_there_is_access_is_read_off_the_database(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    assert not storage.has_access(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE jobs (id)")
        assert not storage.has_access(path)
        connection.execute("CREATE TABLE api_keys (id)")
        connection.execute("CREATE TABLE users (name)")
        assert not storage.has_access(path)
        with connection:
            connection.execute("INSERT INTO users VALUES ('admin')")
    assert storage.has_access(path)


def test_the_port(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = settings.model_copy(update={"port": listener.getsockname()[1]})
        assert examination.check_port(taken, serving=False).code == "port_taken"
        assert examination.check_port(taken, serving=True).code == "port_serving"
    assert examination.check_port(settings.model_copy(update={"port": 0}), serving=False).code == "port_free"
    monkeypatch.setattr(socket, "create_server", denied)
    assert examination.check_port(settings, serving=False).code == "port_denied"


def test_sentences_are_filled_in_by_the_params_they_name() -> None:
    """Every place in a sentence is a param that some check gives."""
    given = set(re.findall(r"(\w+)=", SOURCES))
    assert {name for text in SENTENCES.values() for name in re.findall(r"\{(\w+)\}", text)} <= given


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "login_none"),
        ({"oidc_issuer": "https://login.example", "oidc_client_id": "a"}, "login_unusable"),
        ({"oidc_client_id": "a", "public_url": "https://nas.example", "oidc_users": ["ada=admin"]}, "login_none"),
    ],
)
def test_login(changes: dict[str, object], code: str, settings: Settings) -> None:
    found = examination.check_login(settings.model_copy(update=changes), FakeClock())
    assert found.code == code
    whole = {"oidc_issuer": "https://login.example", "public_url": "https://nas.example", "oidc_users": ["ada=admin"]}
    if found.outcome is Outcome.FAIL:
        assert found.params["key"] == "public_url"
        mended = examination.check_login(settings.model_copy(update={**changes, **whole}), FakeClock())
        assert (mended.code, mended.params) == ("login_ok", {"name": "login.example"})
