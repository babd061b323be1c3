"""The page as a whole: what it weighs, how it is installed, and words for what the service says about itself."""

from __future__ import annotations

import json
import struct
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from aniworld_dl.api.packing import without_comments
from aniworld_dl.config import RUNTIME_SETTINGS, Settings
from aniworld_dl.doctor.finding import SENTENCES
from aniworld_dl.queue.tuning_views import HOST_SENTENCES, SLOT_SENTENCES
from aniworld_dl.setting_sources import Source
from scripts import check_weight, make_icons, preload_modules
from tests.tools import TSC

FRONTEND: Final = Path(__file__).parents[2] / "frontend"
WORDS: Final[dict[str, str]] = json.loads((FRONTEND / "i18n" / "en.json").read_text(encoding="utf-8"))
MANIFEST: Final[dict[str, Any]] = json.loads((FRONTEND / "manifest.webmanifest").read_text(encoding="utf-8"))


def test_the_page_is_light(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_weight.main() == 0
    assert "before anything is shown" in capsys.readouterr().out


def test_the_page_names_every_module_that_it_needs_at_first() -> None:
    """Else a browser finds them one import after the other, a way to the service and back for each step."""
    page = preload_modules.PAGE.read_text(encoding="utf-8")
    assert page == preload_modules.with_preloads(page)
    assert page.count("modulepreload") > 40


def test_a_heavy_page_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_weight, "MOST_BYTES", 1000)
    assert check_weight.main() == 1


def test_what_is_fetched_later_is_told_apart_and_the_player_nowhere(tmp_path: Path) -> None:
    files = {
        "index.html": '<link href="a.css"><script src="app/main.js">',
        "a.css": "/* words */ a {}",
        "app/main.js": "import { a } from './first.js';\nimport('./later.js');",
        "app/first.js": "export const a = 1;",
        "app/later.js": "import Hls from '../vendor/hls.js';",
        "app/unused.js": "",
        "vendor/hls.js": "",
        "vendor/icons.svg": "<svg/>",
        "i18n/en.json": "{}",
        "i18n/de.json": '{"a": "länger"}',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    first, later = check_weight.loaded(tmp_path)
    assert sorted(first) == ["a.css", "app/first.js", "app/main.js", "i18n/de.json", "index.html", "vendor/icons.svg"]
    assert later.keys() == {"app/later.js"}


def test_without_comments_the_page_is_the_same_program(tmp_path: Path) -> None:
    """A compiler makes the same of every module with its comments and without."""
    for kind in ("whole", "sent"):
        for path in FRONTEND.glob("app/**/*.js"):
            text = path.read_text(encoding="utf-8")
            target = tmp_path / kind / path.relative_to(FRONTEND)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text if kind == "whole" else without_comments(text), encoding="utf-8")
        options = [
            "--ignoreConfig",
            "--allowJs",
            "--noCheck",
            "--noResolve",
            "--removeComments",
            "--target",
            "esnext",
            "--module",
            "esnext",
        ]
        files = [str(path) for path in (tmp_path / kind).rglob("*.js")]
        command = [TSC.path(), *options, "--rootDir", str(tmp_path / kind), "--outDir", str(tmp_path / f"{kind}-made")]
        subprocess.run([*command, *files], check=True, timeout=60)
    made = {path.relative_to(tmp_path / "whole-made"): path for path in (tmp_path / "whole-made").rglob("*.js")}
    assert len(made) > 40
    assert [
        name for name, path in made.items() if path.read_text() != (tmp_path / "sent-made" / name).read_text()
    ] == []


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
    names = [*checks, "confinement", "open_files", "address", "port"]
    assert [name for name in names if f"doctor.check.{name}" not in WORDS] == []
