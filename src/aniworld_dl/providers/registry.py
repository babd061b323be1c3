"""Which providers there are: those built in, and those that installed packages bring as entry points."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import NoProviderError
from aniworld_dl.logs import get_logger
from aniworld_dl.net.address import parse, without_query
from aniworld_dl.providers.base import Provider
from aniworld_dl.providers.demo import DemoProvider
from aniworld_dl.providers.direct import DirectProvider

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from importlib.metadata import EntryPoint

    from aniworld_dl.providers.base import ProviderContext

GROUP: Final = "aniworld_dl.providers"
"""The entry-point group that packages register their providers in."""

_log = get_logger(__name__)


class Registry:
    """Finds the provider for an address: first those of packages, by name, then the built-in ones, `direct` last."""

    def __init__(self, providers: Sequence[Provider], *, broken: Mapping[str, str] | None = None) -> None:
        self._providers = tuple(providers)
        self.broken: Mapping[str, str] = dict(broken or {})
        """Entry points that gave no provider, each with the reason."""

    @classmethod
    def load(cls, context: ProviderContext) -> Registry:
        """Make one of each provider there is. A package's that fails is named in `broken` and in the log."""
        built_in: list[Provider] = [DemoProvider(context), DirectProvider(context)]
        found: list[Provider] = []
        broken: dict[str, str] = {}
        for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
            made = _made(entry, context, taken={known.name for known in (*found, *built_in)})
            if isinstance(made, str):
                _log.warning("provider_broken", name=entry.name, reason=made)
                broken[entry.name] = made
            else:
                found.append(made)
        return cls([*found, *built_in], broken=broken)

    def names(self) -> list[str]:
        """Return the names of the providers, in the order they are asked."""
        return [provider.name for provider in self._providers]

    def for_url(self, url: str, wanted: str | None = None) -> Provider:
        """Return the provider that knows the address.

        A provider named by `wanted` is the only one asked. Any other name is a wish for a hoster, which the provider
        gets to see and this choice ignores.

        Raises:
            NoProviderError: none knows the address.
        """
        name = (wanted or "").strip().lower()
        forced = [provider for provider in self._providers if provider.name == name]
        for provider in forced or self._providers:
            if provider.matches(url):
                return provider
        raise NoProviderError(url=without_query(url))

    def series_among(self, urls: Iterable[str], wanted: str | None = None) -> frozenset[int]:
        """Check addresses and return the places of those that stand for several episodes; callable in any thread.

        Raises:
            UrlInvalidError: an address is none.
            NoProviderError: no provider knows one of the addresses.
        """
        series = set()
        for place, url in enumerate(urls):
            parse(url)
            if self.for_url(url, wanted).is_series(url):
                series.add(place)
        return frozenset(series)


def _made(entry: EntryPoint, context: ProviderContext, *, taken: set[str]) -> Provider | str:
    """Return the entry point's provider, or why there is none."""
    try:
        provider = entry.load()(context)
    except Exception as exc:  # noqa: BLE001 - what a package's code raises on import, nobody knows
        return repr(exc)
    if not isinstance(provider, Provider):
        return "it lacks something that every provider has"
    if provider.name in taken:
        return f"the name {provider.name!r} is taken"
    return provider
