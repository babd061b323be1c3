"""Keep files and functions short enough to be read at once.

Fails for a file of more than 300 lines or a function of more than 60; lists functions of more than 30. A function is
counted from its `def` to its last line, docstring included, decorators not; a nested one counts for itself as well.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parent.parent
LONGEST_FILE: Final = 300
LONGEST_FUNCTION: Final = 60
WISHED_FUNCTION: Final = 30
MEASURED: Final = "src"
"""The folder whose percentiles are printed; the others only keep the limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function and its length in lines."""

    place: str
    name: str
    lines: int


def main(root: Path = ROOT) -> int:
    """Print what was measured and return the exit status."""
    python = [path for folder in ("src", "tests", "scripts", "benchmarks") for path in (root / folder).rglob("*.py")]
    pages = list((root / "frontend" / "app").rglob("*.js"))
    functions = [function for path in sorted(python) for function in functions_of(path, root)]
    lengths = {path.relative_to(root): line_count(path) for path in sorted([*python, *pages])}

    measured = sorted(function.lines for function in functions if function.place.startswith(MEASURED))
    files = sorted(length for path, length in lengths.items() if path.parts[0] in {MEASURED, "frontend"})
    print(f"functions in {MEASURED}: {summary(measured)}")
    print(f"files in {MEASURED} and frontend: {summary(files)}")
    for function in functions:
        if WISHED_FUNCTION < function.lines <= LONGEST_FUNCTION and function.place.startswith(MEASURED):
            print(f"note: {function.place} {function.name}: {function.lines} lines, {WISHED_FUNCTION} wished")

    faults = [
        f"{path}: {lines} lines, {LONGEST_FILE} allowed" for path, lines in lengths.items() if lines > LONGEST_FILE
    ]
    faults += [
        f"{function.place} {function.name}: {function.lines} lines, {LONGEST_FUNCTION} allowed"
        for function in functions
        if function.lines > LONGEST_FUNCTION
    ]
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return 1 if faults else 0


def line_count(path: Path) -> int:
    """Count the lines of a text file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def functions_of(path: Path, root: Path) -> Iterator[Function]:
    """Yield the functions of a Python file, nested ones too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(place=f"{path.relative_to(root)}:{node.lineno}", name=node.name, lines=lines)


def summary(lengths: list[int]) -> str:
    """Describe sorted lengths by their percentiles."""
    if not lengths:
        return "none"
    median, p90, p99 = (lengths[min(len(lengths) * share // 100, len(lengths) - 1)] for share in (50, 90, 99))
    return f"{len(lengths)}, lines median {median}, p90 {p90}, p99 {p99}, longest {lengths[-1]}"


if __name__ == "__main__":
    sys.exit(main())
