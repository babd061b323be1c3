"""What all errors have in common, and the one for our own defects."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from aniworld_dl.model import ErrorInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Param = str | int | float | None


class AniworldDlError(Exception):
    """Base of all errors of the product.

    `code` is stable and machine-readable, `params` fill the sentence `text` here and in the page's catalogues,
    `retryable` says whether the same request may succeed later without anyone changing anything.
    """

    code: ClassVar[str] = ""
    text: ClassVar[str] = ""
    retryable: bool = False

    def __init__(self, **params: Param) -> None:
        self.params: Mapping[str, Param] = params
        super().__init__(self.text.format_map(params))

    def info(self) -> ErrorInfo:
        """Return the error as data, to be stored and shown."""
        return ErrorInfo(code=self.code, params=dict(self.params), text=str(self))


class InternalError(AniworldDlError):
    """A defect of the product. Params: reason."""

    code = "internal"
    text = "an unexpected error: {reason} (the log has the details)"


def all_leaves() -> Iterator[type[AniworldDlError]]:
    """Yield every class that can be raised, for documentation and tests."""
    waiting: list[type[AniworldDlError]] = [AniworldDlError]
    while waiting:
        current = waiting.pop()
        waiting.extend(current.__subclasses__())
        if current.code:
            yield current
