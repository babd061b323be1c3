"""The setting `notices`: what it takes, and that a mistake is named by its place and never repeats a secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.config import changed_settings, load_settings
from aniworld_dl.engine.setting_details import setting_details
from aniworld_dl.errors import ConfigError
from aniworld_dl.notice_settings import HookTarget, KodiTarget, WebhookTarget, signing_key
from aniworld_dl.queue.views import settings_view

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "whsec_" + "c2VjcmV0" * 6
TOML = f"""
public_url = "https://nas.example/dl/"

[notices.move]
kind = "hook"
command = ["/bin/true", "--x"]
events = ["job.completed"]

[notices.home]
kind = "webhook"
url = "https://home.example/hook/t0ken?x=1"
secret = "{SECRET}"

[notices.tv]
kind = "kodi"
url = "http://tv:8080/"
username = "kodi"
password = "s3cret"
paths = {{"/downloads" = "smb://nas/anime"}}
"""


def test_a_file_names_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "aniworld-dl.toml").write_text(TOML)
    settings = load_settings()
    assert settings.public_url == "https://nas.example/dl"
    assert settings.notices is not None
    move, home, tv = settings.notices.values()
    assert isinstance(move, HookTarget)
    assert isinstance(home, WebhookTarget)
    assert isinstance(tv, KodiTarget)
    assert (move.timeout_s, move.events) == (60.0, ("job.completed",))
    assert (tv.url, tv.paths) == ("http://tv:8080", {"/downloads": "smb://nas/anime"})
    assert signing_key(home.secret) == b"secret" * 6
    changed = changed_settings(settings, {"queue_order": "fifo"})
    assert changed.notices == settings.notices
    shown = json.dumps([settings_view(settings), setting_details(settings, settings)]) + repr(settings)
    assert [each for each in ("t0ken", SECRET, "s3cret") if each in shown] == []
    (detail,) = (each for each in setting_details(settings, settings) if each["name"] == "notices")
    assert (detail["value"], detail["is_set"], detail["secret"], detail["kind"]) == (None, True, True, "object")


def test_the_environment_has_it_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANIWORLD_DL_NOTICES", '{"move": {"kind": "hook", "command": ["/bin/true"]}}')
    targets = load_settings().notices
    assert targets is not None
    assert list(targets) == ["move"]


WEBHOOK = {"kind": "webhook", "url": "https://home.example/s3cret", "secret": SECRET}


@pytest.mark.parametrize(
    ("table", "key", "mend"),
    [
        ({"kind": "fax"}, "notices.x", "'hook'"),
        ({"command": ["x"]}, "notices.x", "kind"),
        ({"kind": "hook", "command": []}, "notices.x.command", "at least 1 item"),
        ({"kind": "hook", "command": "rm -rf s3cret"}, "notices.x.command", "tuple"),
        ({"kind": "hook", "command": ["x"], "timeout_s": 9999}, "notices.x.timeout_s", "3600"),
        ({"kind": "hook", "command": ["x"], "events": ["job.done"]}, "notices.x.events.0", "job.completed"),
        ({"kind": "hook", "command": ["x"], "shell": "s3cret"}, "notices.x.shell", "unknown name"),
        ({**WEBHOOK, "url": "ftp://home.example/s3cret"}, "notices.x.url", "http or https"),
        ({**WEBHOOK, "url": "https://[s3cret"}, "notices.x.url", "http or https"),
        ({**WEBHOOK, "secret": "s3cret"}, "notices.x.secret", "openssl rand -base64 32"),
        ({**WEBHOOK, "secret": "whsec_s3cret"}, "notices.x.secret", "24 to 64"),
        ({**WEBHOOK, "secret": "whsec_!"}, "notices.x.secret", "24 to 64"),
        ({"kind": "jellyfin", "url": "http://tv?api_key=s3cret", "token": "x"}, "notices.x.url", "without a query"),
        ({"kind": "plex", "url": "http://tv", "token": ""}, "notices.x.token", "at least 1"),
    ],
)
def test_a_mistake_is_named_by_its_place(table: dict[str, Any], key: str, mend: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(notices={"x": table})
    assert caught.value.params["key"] == key
    assert mend in str(caught.value.params["mend"])
    assert "s3cret" not in str(caught.value)


def test_values_that_are_no_secret_are_repeated() -> None:
    with pytest.raises(ConfigError, match="9999"):
        load_settings(notices={"x": {"kind": "hook", "command": ["x"], "timeout_s": 9999}})


def test_names_are_plain() -> None:
    hook = {"kind": "hook", "command": ["x"]}
    for name in ("", "Living Room", "../x", "x" * 33):
        with pytest.raises(ConfigError, match=r"notices\."):
            load_settings(notices={name: hook})
    with pytest.raises(ConfigError, match="at most 20"):
        load_settings(notices={f"x{number}": hook for number in range(21)})
