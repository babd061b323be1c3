"""What clients are told of each setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aniworld_dl.config import RUNTIME_SETTINGS, Settings, changed_settings, load_settings
from aniworld_dl.engine.setting_details import OPTIONS, setting_details

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def by_name(settings: Settings, configured: Settings | None = None) -> dict[str, dict[str, Any]]:
    return {detail["name"]: detail for detail in setting_details(settings, configured or settings)}


def test_every_setting_is_there_with_where_to_set_it() -> None:
    details = by_name(load_settings())
    assert details.keys() == Settings.model_fields.keys()
    assert {name for name, detail in details.items() if detail["live"]} == set(RUNTIME_SETTINGS)
    assert details["port"]["variable"] == "ANIWORLD_DL_PORT"
    assert {name for name, detail in details.items() if detail["option"]} == OPTIONS.keys()


def test_bounds_are_those_of_the_settings() -> None:
    details = by_name(load_settings())
    picked = {key: details["max_concurrent_downloads"][key] for key in ("kind", "minimum", "maximum", "choices")}
    assert picked == {"kind": "integer", "minimum": 0, "maximum": 100, "choices": ["auto"]}
    assert (details["queue_order"]["kind"], details["queue_order"]["choices"]) == ("string", ["fair", "fifo"])
    limit = details["bandwidth_limit_bytes_per_s"]
    assert (limit["nullable"], limit["minimum"], limit["maximum"]) == (True, 1024, 2**50)
    assert details["bandwidth_schedule"]["kind"] == "array"


def test_sources_from_the_weakest_to_the_strongest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("RETRIES_PER_EPISODE", "CONTAINER", "PORT"):
        monkeypatch.setenv(f"ANIWORLD_DL_{name}", {"CONTAINER": "mp4"}.get(name, "7"))
    monkeypatch.setenv("ANIWORLD_DL_HOST", "")
    (tmp_path / "aniworld-dl.toml").write_text("container = 'mkv'\nport = 8\n")
    configured = load_settings(port=9)
    details = by_name(changed_settings(configured, {"queue_order": "fifo", "retries_per_episode": 7}), configured)
    found = {name: details[name]["source"] for name in ("retries_per_episode", "container", "port", "host")}
    assert found == {
        "retries_per_episode": "environment",
        "container": "file",
        "port": "command_line",
        "host": "default",
    }
    order = details["queue_order"]
    assert (order["source"], order["value"], order["configured"], order["default"]) == (
        "runtime",
        "fifo",
        "fair",
        "fair",
    )


def test_a_secret_is_never_shown() -> None:
    detail = by_name(load_settings(api_key="correct horse"))["api_key"]
    assert (detail["is_set"], detail["value"], detail["configured"], detail["secret"]) == (True, None, None, True)
    assert "horse" not in str(detail)
