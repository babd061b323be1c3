"""The page as a whole: what it weighs, how it is installed, and words for what the service says about itself."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, Final

import pytest

from aniworld_dl.config import RUNTIME_SETTINGS, Settings
from aniworld_dl.doctor.finding import SENTENCES
from aniworld_dl.queue.tuning_views import HOST_SENTENCES, SLOT_SENTENCES
from aniworld_dl.setting_sources import Source
from scripts import check_weight, make_icons

FRONTEND: Final = Path(__file__).parents[2] / "frontend"
WORDS: Final[dict[str, str]] = json.loads((FRONTEND / "i18n" / "en.json").read_text(encoding="utf-8"))
MANIFEST: Final[dict[str, Any]] = json.loads((FRONTEND / "manifest.webmanifest").read_text(encoding="utf-8"))


def test_the_page_is_light(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_weight.main() == 0
    assert "kB compressed" in capsys.readouterr().out


def test_a_heavy_page_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_weight, "MOST_BYTES", 1000)
    assert check_weight.main() == 1


def test_the_player_does_not_count_and_of_the_catalogues_one(tmp_path: Path) -> None:
    for name in ("index.html", "vendor/hls.js", "vendor/VENDORED.json", "i18n/en.json", "i18n/de.json", "icon.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name * (50 if name == "i18n/de.json" else 1))
    assert check_weight.weights(tmp_path).keys() == {"index.html", "i18n/de.json"}


@pytest.mark.parametrize("name", sorted(make_icons.SIZES))
def test_icons_are_square_and_as_large_as_they_say(name: str) -> None:
    header = (FRONTEND / "icons" / name).read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", header[16:24]) == (make_icons.SIZES[name],) * 2


def test_the_manifest_names_only_what_is_there_and_works_below_any_path() -> None:
    addresses = [icon["src"] for icon in MANIFEST["icons"]]
    assert all((FRONTEND / address).is_file() for address in addresses)
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in MANIFEST["icons"]}
    assert "maskable" in {icon["purpose"] for icon in MANIFEST["icons"]}
    addresses += [MANIFEST["start_url"], MANIFEST["scope"], *(item["url"] for item in MANIFEST["shortcuts"])]
    assert [address for address in addresses if address.startswith("/") or ":" in address] == []
    for icon in MANIFEST["icons"]:
        size = make_icons.SIZES.get(Path(icon["src"]).name)
        assert size is None or icon["sizes"] == f"{size}x{size}"


def test_every_setting_has_a_name_and_what_can_be_changed_a_hint() -> None:
    assert [name for name in Settings.model_fields if f"settings.name.{name}" not in WORDS] == []
    assert [name for name in RUNTIME_SETTINGS if f"settings.hint.{name}" not in WORDS] == []
    assert [source for source in Source if f"settings.source.{source}" not in WORDS] == []


@pytest.mark.parametrize(
    ("prefix", "sentences"),
    [("doctor", SENTENCES), ("hostreason", HOST_SENTENCES), ("slotreason", SLOT_SENTENCES)],
)
def test_every_code_has_a_sentence(prefix: str, sentences: dict[str, str]) -> None:
    assert [code for code in sentences if f"{prefix}.{code}" not in WORDS] == []


def test_checks_and_outcomes_have_words() -> None:
    checks = ("download_dir", "data_dir", "work", "space", "ffmpeg", "database", "providers", "clock", "proxy")
    names = [*checks, "open_files", "address", "port"]
    assert [name for name in names if f"doctor.check.{name}" not in WORDS] == []
