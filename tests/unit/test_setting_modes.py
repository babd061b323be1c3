"""Permissions as settings: octal digits in quotes."""

from __future__ import annotations

from pathlib import Path

import pytest

from aniworld_dl.config import load_settings
from aniworld_dl.errors import ConfigError


@pytest.mark.parametrize("value", ["0664", "2775", "644"])
def test_permissions_are_octal_digits(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANIWORLD_DL_FILE_MODE", value)
    assert load_settings().file_mode == value


@pytest.mark.parametrize("value", ["rw-r--r--", "0888", "7", "12345"])
def test_what_are_no_permissions(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANIWORLD_DL_FOLDER_MODE", value)
    with pytest.raises(ConfigError, match="folder_mode"):
        load_settings()


def test_permissions_as_a_number_are_refused() -> None:
    """In a file `644` would be a decimal number."""
    Path("aniworld-dl.toml").write_text("file_mode = 644")
    with pytest.raises(ConfigError, match="in quotes"):
        load_settings()
