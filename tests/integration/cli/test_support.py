"""`aniworld-dl support-bundle`: everything that helps, and no secret."""

from __future__ import annotations

import asyncio
import errno
import json
import zipfile
from typing import TYPE_CHECKING, Any

from aniworld_dl.errors import HttpStatusError
from aniworld_dl.model import Selection, Status
from aniworld_dl.queue.examination import DATABASE_FILE
from aniworld_dl.queue.sqlite import SqliteStore
from aniworld_dl.queue.store import Details
from tests.builders import request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from tests.integration.cli.conftest import Command

KEY = "a-key-that-nobody-may-see"
PLANTED = (KEY, "token=SECRET", "user:password", "Geheimtitel")


async def _fill(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.add_job(request("1?token=SECRET", title="Geheimtitel"), now=1.0)
    claimed = await store.claim(now=2.0)
    assert claimed is not None
    error = HttpStatusError(host="cdn.example", status=500, url="https://cdn.example/1?token=SECRET").info()
    live = {claimed.id: Details(percentage=1.0, error=error)}
    await store.move(Selection.of(episodes=[claimed.id]), Status.FAILED, now=3.0, live=live)
    await store.aclose()


def test_a_bundle_without_a_service(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "home" / "data"
    data.mkdir(parents=True)
    asyncio.run(_fill(data / DATABASE_FILE))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANIWORLD_DL_DATA_DIR", str(data))
    monkeypatch.setenv("ANIWORLD_DL_API_KEY", KEY)
    monkeypatch.setenv("ANIWORLD_DL_PORT", "1")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:password@proxy.example:3128")
    bundle = tmp_path / "bundle.zip"
    ended = command("support-bundle", str(bundle))
    assert (ended.status, ended.output) == (0, f"{bundle}\n")
    texts = _texts(bundle)
    assert set(texts) == {
        "README.txt", "versions.json", "settings.json", "doctor.json", "queue.json", "service/none.txt"
    }  # fmt: skip
    whole = "\n".join(texts.values())
    assert [secret for secret in PLANTED if secret in whole] == []
    assert str(tmp_path / "home") not in whole
    settings = {item["name"]: item for item in json.loads(texts["settings.json"])}
    assert settings["data_dir"] == {"name": "data_dir", "value": "~/data", "is_set": True, "source": "environment"}
    assert (settings["api_key"]["value"], settings["api_key"]["is_set"]) == (None, True)
    queue: dict[str, Any] = json.loads(texts["queue.json"])
    assert queue["episodes_by_error"] == {"http_status": 1}
    assert queue["attempts_by_outcome"] == {"failed http_status": 1}
    assert json.loads(texts["versions.json"])["packages"]["httpx"]
    again = command("support-bundle", str(bundle))
    assert again.status == 1
    assert "there is something already: choose another name" in again.complaints


def test_a_bundle_of_a_service_that_runs(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: Callable[..., Any]
) -> None:
    monkeypatch.setenv("ANIWORLD_DL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ANIWORLD_DL_API_KEY", KEY)
    with start(api_key=KEY) as url:
        monkeypatch.setenv("ANIWORLD_DL_PORT", url.rpartition(":")[2])
        assert command("support-bundle", str(tmp_path / "bundle.zip")).status == 0
    texts = _texts(tmp_path / "bundle.zip")
    assert json.loads(texts["service/status.json"])["uptime_s"] >= 0
    assert {"items", "last"} == set(json.loads(texts["service/log.json"]))
    assert KEY not in "".join(texts.values())


def test_a_database_that_cannot_be_read(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / DATABASE_FILE).write_bytes(b"no database" * 500)
    monkeypatch.setenv("ANIWORLD_DL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ANIWORLD_DL_PORT", "1")
    monkeypatch.chdir(tmp_path)
    assert command("support-bundle").status == 0
    (bundle,) = tmp_path.glob("aniworld-dl-support-*.zip")
    assert json.loads(_texts(bundle)["queue.json"]) == {"unreadable": "file is not a database"}


def test_a_place_that_takes_no_bundle(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder gets one with a name of its own; of one for which there is no room nothing is left."""
    monkeypatch.setenv("ANIWORLD_DL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ANIWORLD_DL_PORT", "1")
    assert "No such file" in command("support-bundle", str(tmp_path / "none" / "bundle.zip")).complaints
    assert command("support-bundle", str(tmp_path)).status == 0
    (bundle,) = tmp_path.glob("aniworld-dl-support-*.zip")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    ended = command("support-bundle", str(tmp_path / "full.zip"))
    assert (ended.status, "No space left" in ended.complaints) == (1, True)
    assert list(tmp_path.glob("*.zip")) == [bundle]


def _texts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name).decode() for name in bundle.namelist()}
