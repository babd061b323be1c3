"""Which versions of an episode a request wishes for, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.chains import Chain, parse_chain
from aniworld_dl.errors import RequestInvalidError
from aniworld_dl.model import Wish

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.model import JobRequest


def check_wishes(request: JobRequest) -> None:
    """Check what a request wishes for.

    Raises:
        RequestInvalidError: it is no chain of names; the error says which part is bad.
    """
    for field in ("language", "provider"):
        text: str | None = getattr(request, field)
        try:
            if text is not None:
                parse_chain(text)
        except ValueError as error:
            raise RequestInvalidError(field=field, value=text, mend=str(error)) from error


def wish_of(settings: Settings, language: str | None, provider: str | None) -> Wish:
    """Return the wish of a request with this language and provider: what it does not say is the default."""
    return Wish(
        language=language or Chain(tuple(settings.languages)).text,
        provider=provider or Chain(tuple(settings.providers)).text,
    )
