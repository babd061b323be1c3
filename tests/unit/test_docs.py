"""The documentation keeps up with the program. Settings and errors have tests of their own beside their modules."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import aniworld_dl
from aniworld_dl import BlockingDownloadQueueManager
from aniworld_dl.api.app import create_app
from aniworld_dl.model import Phase, Status
from tests.fakes.engine import FakeEngine

if TYPE_CHECKING:
    from aniworld_dl.config import Settings

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
]
PAGES_BY_NAME = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def _target(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("name", PAGES_BY_NAME)
def test_links_lead_somewhere(name: str) -> None:
    """Links inside the project, pictures too, name files and headings that exist."""
    for link in re.findall(r"\]\(([^)\s]+)\)", PAGES_BY_NAME[name]):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), f"{name} links to {link}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(_target, headings), f"{name} links to {link}"


@pytest.mark.parametrize("name", PAGES_BY_NAME)
def test_python_examples_are_python(name: str) -> None:
    for block in _blocks(PAGES_BY_NAME[name], "python"):
        compile(block, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("name", PAGES_BY_NAME)
def test_examples_import_what_exists(name: str) -> None:
    for block in _blocks(PAGES_BY_NAME[name], "python"):
        for imported in re.findall(r"^from aniworld_dl import (.+)$", block, re.MULTILINE):
            assert set(imported.split(", ")) <= set(aniworld_dl.__all__)


def test_python_page_knows_every_method() -> None:
    """Every method of the blocking manager is in the table."""
    methods = {name for name, _ in inspect.getmembers(BlockingDownloadQueueManager, inspect.isfunction)}
    page = PAGES_BY_NAME["docs/python.md"]
    documented = {
        name for row in re.findall(r"^\| (`.+?) \| ", page, re.MULTILINE) for name in re.findall(r"(\w+)\(", row)
    }
    assert documented == {name for name in methods if not name.startswith("_")}


def _documented_routes(page: str) -> set[tuple[str, str]]:
    """Read `GET|PATCH /api/a`, and `POST /api/a/pause`, `resume` as two routes that differ in their last part."""
    routes: set[tuple[str, str]] = set()
    for line in page.splitlines():
        base = ""
        for token in re.findall(r"`([^`]+)`", line):
            if match := re.fullmatch(r"([A-Z]+) (/[^?\s]*)(\?\S*)?", token):
                routes.add((match[1], re.sub(r"\{\w+\}", "{id}", match[2])))
                base = match[2].rpartition("/")[0] if match[1] == "POST" else ""
            elif base and re.fullmatch(r"[a-z]+", token):
                routes.add(("POST", f"{base}/{token}"))
    return routes


def test_every_route_is_documented(settings: Settings) -> None:
    """Every route of the OpenAPI document is on the page about the API, and none that does not exist."""
    app = create_app(FakeEngine(settings), settings)
    described = {
        (method.upper(), re.sub(r"\{\w+\}", "{id}", path))
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }
    assert _documented_routes(PAGES_BY_NAME["docs/api.md"]) == described


def test_every_status_and_phase_is_explained() -> None:
    page = PAGES_BY_NAME["docs/api.md"]
    assert [word for word in [*Status, *Phase] if f"`{word}`" not in page] == []


def test_every_decision_is_listed() -> None:
    listed = set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", PAGES_BY_NAME["docs/decisions/README.md"]))
    assert listed == {path.name for path in (ROOT / "docs" / "decisions").glob("0*.md")}


def test_changelog_has_a_section_for_what_comes() -> None:
    assert re.search(r"^## \[Unreleased\]$", PAGES_BY_NAME["CHANGELOG.md"], re.MULTILINE)
