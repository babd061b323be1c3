"""Says what is wrong with a setting: its name, its value and what would do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection

    from pydantic import ValidationError

_LONGEST: Final = 80
"""One line of a terminal."""


def refuse_unknown_variables(prefix: str, known: Collection[str]) -> None:
    """Look at the environment.

    Raises:
        ConfigError: a variable begins with `prefix` and names no setting.
    """
    for variable in os.environ:
        name = variable.removeprefix(prefix).lower()
        if variable.startswith(prefix) and name not in known:
            mend = f"known names are {', '.join(sorted(known))}"
            raise ConfigError(key=variable, value=shown(name, os.environ[variable]), mend=mend)


def config_error(error: ValidationError, known: Collection[str]) -> ConfigError:
    """Return the first of the things that are wrong."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"]) or "settings"
    if first["type"] == "extra_forbidden":
        mend = f"unknown name; known names are {', '.join(sorted(known))}"
    else:
        mend = first["msg"]
    return ConfigError(key=key, value=shown(key, first["input"]), mend=mend)


def shown(name: str, value: object) -> str:
    """Return a value as it may stand in a message: a key never, also when its name is misspelt."""
    if "key" in name and "tls" not in name.lower():  # that one is a path
        return "***"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
