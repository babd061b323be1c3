"""Says what is wrong with a setting: its name, its value and what would do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ConfigError
from aniworld_dl.notice_settings import is_shown

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
    in_notices = first["loc"][:1] == ("notices",)
    place = first["loc"][:2] + first["loc"][3:] if in_notices else first["loc"]  # the kind of a target is no place
    key = ".".join(map(str, place)) or "settings"
    if first["type"] == "extra_forbidden" and in_notices:
        mend = "unknown name; docs/after-a-job.md lists those of each kind"
    elif first["type"] == "extra_forbidden":
        mend = f"unknown name; known names are {', '.join(sorted(known))}"
    else:
        mend = first["msg"].removeprefix("Value error, ")
    return ConfigError(key=key, value=shown(key, first["input"]), mend=mend)


def shown(name: str, value: object) -> str:
    """Return a value as it may stand in a message: a secret never, nor a key whose name is misspelt."""
    named_secret = any(word in name.lower() for word in ("key", "secret")) and "tls" not in name.lower()
    if named_secret or (name.startswith("notices") and not is_shown(name)):
        return "***"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
