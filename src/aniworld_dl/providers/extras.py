"""The libraries that come as extras: how to install and update them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from aniworld_dl.errors import ProviderFailedError, ProviderMissingError, ProviderOutdatedError
from aniworld_dl.net.address import without_query


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """The provider's name, which is the extra's too, and the library that it brings."""

    name: str
    library: str

    def missing(self) -> ProviderMissingError:
        """Return the error for a library that cannot be imported."""
        command = f'pip install "aniworld-dl[{self.name}]"'
        return ProviderMissingError(provider=self.name, library=self.library, command=command)

    def broken(self, error: ImportError) -> ProviderFailedError:
        """Return the error for a library that is there and cannot be imported."""
        return ProviderFailedError(provider=self.name, reason=f"{self.library} cannot be imported: {error}")

    def outdated(self, url: str) -> ProviderOutdatedError:
        """Return the error for a library that does not understand a page any more."""
        return ProviderOutdatedError(
            provider=self.name,
            library=self.library,
            version=self.version() or "",
            url=without_query(url),
            command=f'pip install --upgrade "aniworld-dl[{self.name}]"',
        )

    def version(self) -> str | None:
        """Return the installed version, None when it is not installed."""
        try:
            return version(self.library)
        except PackageNotFoundError:
            return None


YTDLP: Final = Extra(name="ytdlp", library="yt-dlp")
ANIWORLD: Final = Extra(name="aniworld", library="aniworld")
