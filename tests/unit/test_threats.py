"""The threat model is true: every threat has a defence, and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
_TEST = re.compile(r"^\s*(?:async )?def (test_\w+)\(", re.MULTILINE)
_NAME = re.compile(r"`(test_\w+)`")
LEAST_THREATS = 30


def rows(page: str) -> list[tuple[str, str, list[str]]]:
    """Return threat, defence and tests of each row of the table."""
    table = page.partition("## Threats\n")[2].partition("\n## ")[0]
    cells = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    assert all(len(each) == 3 for each in cells), "a row has three cells"
    return [(threat, defence, _NAME.findall(tests)) for threat, defence, tests in cells[2:]]


def known_tests() -> set[str]:
    return {
        name for path in (ROOT / "tests").rglob("test_*.py") for name in _TEST.findall(path.read_text(encoding="utf-8"))
    }


def faults(page: str) -> list[str]:
    """Return what is wrong with the table."""
    known = known_tests()
    missing = [f"{name} does not exist" for _, _, tests in rows(page) for name in tests if name not in known]
    untested = [f"{threat}: no test" for threat, _, tests in rows(page) if not tests]
    undefended = [f"{threat}: no defence" for threat, defence, _ in rows(page) if not defence.strip()]
    return missing + untested + undefended


def test_every_threat_has_a_defence_and_tests_that_exist() -> None:
    assert faults(PAGE) == []
    assert len(rows(PAGE)) >= LEAST_THREATS
    assert len({threat for threat, _, _ in rows(PAGE)}) == len(rows(PAGE))


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("| A | b | `test_that_is_not_there` |", "test_that_is_not_there does not exist"),
        ("| A | b | later |", "A: no test"),
        ("| A |  | `test_links_lead_somewhere` |", "A: no defence"),
    ],
)
def test_a_row_that_promises_too_much_is_found(row: str, fault: str) -> None:
    page = f"## Threats\n\n| Threat | Defence | Tests |\n| --- | --- | --- |\n{row}\n\n## What remains\n"
    assert faults(page) == [fault]


def test_everything_named_as_a_test_is_one() -> None:
    """Outside of the table too."""
    assert set(_NAME.findall(PAGE)) <= known_tests()
    assert "](docs/threats.md)" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
