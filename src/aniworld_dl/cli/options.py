"""Options that several commands have."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup, TyperOption

if TYPE_CHECKING:
    from collections.abc import Mapping

DataDir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where the queue's database lives.", show_default=False)
]


class SharedOptions(TyperGroup):
    """A group whose options may stand behind its commands as well: `queue list --json` as `queue --json list`.

    Its callback makes `context.obj` a dictionary of them by name.
    """

    def get_command(self, *args: Any) -> Any:
        """Return a command that has the group's options besides its own."""
        command: Any = super().get_command(*args)
        if command is not None:
            own = {option.name for option in command.params}
            shared = [each for each in self.params if isinstance(each, TyperOption) and each.name not in own]
            command.params.extend(map(_behind, shared))
        return command


def _behind(option: TyperOption) -> Any:
    again: Any = copy(option)
    again.expose_value = False
    again.callback = _note
    return again


def _note(context: typer.Context, option: TyperOption, value: object) -> None:
    """Take what stands behind the command; what stands before it holds where nothing does."""
    given: Mapping[str, object] = {option.name: value} if option.name and value else {}
    context.obj = {**context.obj, **given}
