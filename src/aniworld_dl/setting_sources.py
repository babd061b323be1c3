"""Where a setting's value comes from."""

from __future__ import annotations

import os
import tomllib
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path


class Source(StrEnum):
    """From the weakest to the strongest."""

    DEFAULT = "default"
    ENVIRONMENT = "environment"
    FILE = "file"
    RUNTIME = "runtime"
    COMMAND_LINE = "command_line"


def sources_of(prefix: str, file: Path | None, given: Collection[str]) -> Mapping[str, Source]:
    """Return for each setting that is not left at its default where it stands; the stronger wins."""
    variables = [
        name.removeprefix(prefix).lower() for name, value in os.environ.items() if name.startswith(prefix) and value
    ]
    in_file = tomllib.loads(file.read_text(encoding="utf-8")) if file else {}
    return {
        **dict.fromkeys(variables, Source.ENVIRONMENT),
        **dict.fromkeys(in_file, Source.FILE),
        **dict.fromkeys(given, Source.COMMAND_LINE),
    }
