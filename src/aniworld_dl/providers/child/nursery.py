"""Makes the child processes of all providers, each with a folder and rules of its own, and ends them together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aniworld_dl.providers.child.keeper import Child

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aniworld_dl.providers.child.rules import Rules


class Nursery:
    """`folder` holds the home folders of the children, by the names of their providers."""

    def __init__(self, folder: Path, rules: Rules) -> None:
        self._folder = folder
        self._rules = rules
        self._children: list[Child] = []

    def child(self, name: str, environment: Mapping[str, str] | None = None, **changes: Any) -> Child:
        """Return a child for a provider, under the common rules with `changes`. Nothing is started yet."""
        rules = replace(self._rules, **changes)
        child = Child(name, self.home(name), rules, environment=environment)
        self._children.append(child)
        return child

    def home(self, name: str) -> Path:
        """Return the home folder of a provider's child process."""
        return self._folder / "".join(each if each.isalnum() else "-" for each in name)

    async def aclose(self) -> None:
        """End all child processes."""
        for child in self._children:
            await child.aclose()
