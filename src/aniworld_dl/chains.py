"""Wishes in order: `German Dub > German Sub > any` says what to take, and what instead where that is not on offer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

ANY: Final = "any"
"""Stands for everything that was not named before it."""
MARK: Final = ">"
MOST_NAMES: Final = 16
LONGEST_NAME: Final = 100
_NO_TEXT: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""Control characters, and halves of characters, which no database keeps."""
_EXAMPLE: Final = "write names with > between them, such as 'German Dub > German Sub > any'"


@dataclass(frozen=True, slots=True)
class Chain:
    """Names, best first, as they were written. No name at all means that anything will do."""

    names: tuple[str, ...] = ()

    def place(self, name: str | None) -> int | None:
        """Return where a name stands, 0 for the best, whatever its case; None where it is not wished for."""
        places = {each.casefold(): place for place, each in reversed(list(enumerate(self.names)))}
        return places.get(_plain(name or "").casefold(), places.get(ANY)) if places else 0

    @property
    def named(self) -> tuple[str, ...]:
        """The names without `any`."""
        return tuple(name for name in self.names if name.casefold() != ANY)

    @property
    def text(self) -> str | None:
        """How it is written, None when nothing is wished for."""
        return f" {MARK} ".join(self.names) or None

    def without(self, *names: str) -> Chain:
        """Return the chain without some names, whatever their case."""
        left_out = {name.casefold() for name in names}
        return Chain(tuple(name for name in self.names if name.casefold() not in left_out))


def parse_chain(text: str) -> Chain:
    """Read a chain that somebody writes; a plain name is one too.

    Raises:
        ValueError: it is none. It says which part is bad.
    """
    names = [_plain(part) for part in text.split(MARK)]
    for number, name in enumerate(names, start=1):
        if not name:
            raise ValueError(f"part {number} of {len(names)} is empty; {_EXAMPLE}")
        if len(name) > LONGEST_NAME:
            raise ValueError(f"part {number} ({name[:20]!r}...) is longer than {LONGEST_NAME} characters")
        if _NO_TEXT.search(name):
            raise ValueError(f"part {number} ({name!r}) has characters that are no text")
        if name.casefold() in {earlier.casefold() for earlier in names[: number - 1]}:
            raise ValueError(f"{name!r} is there twice; {_EXAMPLE}")
        if name.casefold() == ANY and number < len(names):
            raise ValueError(f"{names[number]!r} comes after {ANY!r}, which takes everything; put {ANY!r} last")
    if len(names) > MOST_NAMES:
        raise ValueError(f"there are {len(names)} parts, and at most {MOST_NAMES} are read")
    return Chain(tuple(names))


def chain_of(text: str | None) -> Chain:
    """Return the chain of what was accepted before, or of nothing, which means anything. Never raises."""
    return Chain(tuple(name for part in (text or "").split(MARK) if (name := _plain(part))))


def _plain(name: str) -> str:
    return " ".join(name.split())
