"""What is shipped beside the program: locked versions, an image, a unit for systemd."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from aniworld_dl.config import Settings
from scripts.check_image import first_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
UNIT = ROOT / "packaging" / "aniworld-dl.service"


def _locked(name: str) -> dict[str, Version]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    found = re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", text, re.MULTILINE)
    assert text.count("==") >= len(found)
    return {canonicalize_name(package): Version(version) for package, version in found}


def _wanted(*extras: str) -> Iterator[Requirement]:
    for line in [*PROJECT["project"]["dependencies"], *(line for extra in extras for line in EXTRAS[extra])]:
        requirement = Requirement(line)
        if canonicalize_name(requirement.name) != PROJECT["project"]["name"]:
            yield requirement


@pytest.mark.parametrize(
    ("name", "extras"),
    [("base", ()), ("runtime", sorted(EXTRAS.keys() - {"test", "bench"})), ("test", sorted(EXTRAS))],
)
def test_what_is_locked_is_what_the_project_wants(name: str, extras: tuple[str, ...]) -> None:
    """`make lock` mends it."""
    locked = _locked(name)
    wrong = [
        str(requirement)
        for requirement in _wanted(*extras)
        if canonicalize_name(requirement.name) not in locked
        or locked[canonicalize_name(requirement.name)] not in requirement.specifier
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["base", "build", "runtime", "test"])
def test_every_archive_has_its_digest(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"\n(?=[a-z0-9])", text) if "==" in entry.splitlines()[0]]
    assert len(entries) >= 3
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_what_makes_a_wheel_is_locked_too() -> None:
    locked = _locked("build")
    for line in PROJECT["build-system"]["requires"]:
        requirement = Requirement(line)
        assert locked[canonicalize_name(requirement.name)] in requirement.specifier


def test_the_image_is_built_of_what_is_there() -> None:
    copied = [word for name, words in first_stage((ROOT / "Dockerfile").read_text()) for word in words[:-1]
              if name == "COPY"]  # fmt: skip
    allowed = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"}
    assert set(copied) == allowed
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert {"pyproject.toml", "src", "frontend", "requirements", "packaging"} <= set(copied)


def test_the_dockerfile_is_clean() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        pytest.skip("there is no hadolint for this system")
    done = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_unit_is_one_and_gives_little_away(tmp_path: Path) -> None:
    systemd = shutil.which("systemd-analyze")
    if systemd is None:
        pytest.skip("there is no systemd here")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/aniworld-dl/bin/aniworld-dl", "/bin/true"))
    for command in (["verify"], ["security", "--offline=true", "--threshold=25"]):
        done = subprocess.run([systemd, *command, unit], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_has_ended_with_an_error_is_started_again_however_often() -> None:
    """The service counts on it where a new start is what helps."""
    unit = UNIT.read_text(encoding="utf-8").splitlines()
    assert {"StartLimitIntervalSec=0", "Restart=on-failure", "RestartSec=5"} <= set(unit)
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert "\n    restart: unless-stopped\n" in compose
    folders = re.findall(r"^ +- \./\w+:(/\w+)$", compose, re.MULTILINE)
    assert f"VOLUME {json.dumps(folders)}" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    names = {name.lower() for name in re.findall(r"^ +ANIWORLD_DL_(\w+):", compose, re.MULTILINE)}
    assert names <= Settings.model_fields.keys()


# -------------------------------------------------------------------------------------------------- the entry point


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user may look into."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def entry(place: Path) -> Any:
    """Run the entry point before a program that says who it is; as another user where that can be tried."""
    fake = place / "aniworld-dl"
    fake.write_text('#!/bin/sh\necho "$(id -u):$(id -g) $(umask) $*"\n')
    fake.chmod(0o755)

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": f"{place}:{os.environ['PATH']}",
            "ANIWORLD_DL_DATA_DIR": str(place / "data"),
            "ANIWORLD_DL_DOWNLOAD_DIR": str(place / "downloads"),
            **variables,
        }
        command = ["sh", str(ROOT / "packaging" / "entrypoint.sh"), *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    return run


def test_the_entry_point_passes_on_what_it_was_given(entry: Any) -> None:
    done = entry("serve", "--port", "1", UMASK="027", PUID=str(os.getuid()), PGID=str(os.getgid()))
    assert done.stdout == f"{os.getuid()}:{os.getgid()} 0027 serve --port 1\n"


@pytest.mark.parametrize(("name", "value"), [("UMASK", "o+w"), ("UMASK", "088")])
def test_the_entry_point_names_what_is_wrong(entry: Any, name: str, value: str) -> None:
    done = entry("serve", **{name: value})
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {name}={value} is no ")


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("setpriv") is None, reason="only root can become somebody else")
def test_the_entry_point_becomes_who_it_is_told(entry: Any, place: Path) -> None:
    """A folder that is empty is given to them; one that holds files stays as it is."""
    (place / "downloads").mkdir()
    (place / "downloads" / "film.mkv").touch()
    done = entry("serve", PUID="1234", PGID="1235")
    assert done.stdout == "1234:1235 0022 serve\n"
    assert ((place / "data").stat().st_uid, (place / "downloads").stat().st_uid) == (1234, 0)
    assert (
        entry("serve", PUID="me").stderr == "error: PUID=me is no number: give the one that 'id' prints for your user\n"
    )


# ------------------------------------------------------------------------------------------------------- its health


class _Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path in {"/readyz", "/under/readyz"} else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(("prefix", "status"), [("", 0), ("/under/", 0), ("/elsewhere", 1)])
def test_the_health_of_a_container(prefix: str, status: int) -> None:
    with HTTPServer(("127.0.0.1", 0), _Ready) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        env = {**os.environ, "ANIWORLD_DL_PORT": str(server.server_port), "ANIWORLD_DL_BASE_PATH": prefix}
        command = [sys.executable, "-I", str(ROOT / "packaging" / "health.py")]
        done = subprocess.run(command, env=env, capture_output=True, check=False)
        server.shutdown()
    assert done.returncode == status
