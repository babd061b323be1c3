"""Which providers there are: those built in, and those that installed packages bring as entry points."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from aniworld_dl.chains import chain_of
from aniworld_dl.errors import NoProviderError
from aniworld_dl.logs import get_logger
from aniworld_dl.net.address import check, without_query
from aniworld_dl.providers.aniworld import ENVIRONMENT_FOLDER, AniworldProvider
from aniworld_dl.providers.base import Provider, ProviderContext
from aniworld_dl.providers.demo import DemoProvider
from aniworld_dl.providers.direct import DirectProvider
from aniworld_dl.providers.feed import FeedProvider, looks_like_feed
from aniworld_dl.providers.guarded import Guarded
from aniworld_dl.providers.local import LocalProvider, is_local
from aniworld_dl.providers.ytdlp import YtDlpProvider

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from importlib.metadata import EntryPoint

    from aniworld_dl.net.client import HttpClient
    from aniworld_dl.providers.child.nursery import Nursery

GROUP: Final = "aniworld_dl.providers"
"""The entry-point group that packages register their providers in."""

_BY_NAME: Final[Mapping[str, Callable[[str], bool]]] = {
    LocalProvider.name: is_local,
    FeedProvider.name: looks_like_feed,
    YtDlpProvider.name: lambda _: False,
}
"""Those that could try any address, with what tells which are theirs without being named."""

_log = get_logger(__name__)


class Registry:
    """Finds the provider for an address: first those of packages, by name, then the built-in ones, `direct` last.

    Each is contained (`Guarded`). Those `by_name` could try any address: they are asked when they are named, and about
    what looks like theirs.
    """

    def __init__(
        self,
        providers: Sequence[Provider],
        *,
        foreign: Collection[str] = (),
        by_name: Mapping[str, Callable[[str], bool]] | None = None,
        broken: Mapping[str, str] | None = None,
        nursery: Nursery | None = None,
    ) -> None:
        self._providers = tuple(
            each if isinstance(each, Guarded) else Guarded(each, foreign=each.name in foreign) for each in providers
        )
        self._local = next((each for each in self._providers if each.name == LocalProvider.name), None)
        self._by_name = dict(by_name or {})
        self._broken = dict(broken or {})
        self._nursery = nursery

    @classmethod
    def load(cls, http: HttpClient, nursery: Nursery, *, local_folders: Sequence[str] = ()) -> Self:
        """Make one of each provider there is. A package's that fails is named in `broken` and in the log."""
        folders = [Path(each).expanduser() for each in local_folders]

        def context(name: str) -> ProviderContext:
            return ProviderContext(http=http, child=nursery.child(name), local_folders=folders)

        built_in = _built_in(http, nursery, folders)
        found: list[Provider] = []
        broken: dict[str, str] = {}
        for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
            made = _made(entry, context(entry.name), taken={known.name for known in (*found, *built_in)})
            if isinstance(made, str):
                _log.warning("provider_broken", name=entry.name, reason=made)
                broken[entry.name] = made
            else:
                found.append(made)
        return cls(
            [*found, *built_in],
            foreign={each.name for each in found},
            by_name=_BY_NAME,
            broken=broken,
            nursery=nursery,
        )

    async def aclose(self) -> None:
        """End what providers have left running."""
        for provider in self._providers:
            await provider.aclose()
        if self._nursery is not None:
            await self._nursery.aclose()

    @property
    def broken(self) -> Mapping[str, str]:
        """Entry points that gave no provider, and providers that fail to tell what they know, with the reasons."""
        return {**self._broken, **{each.name: each.fault for each in self._providers if each.fault is not None}}

    def names(self) -> list[str]:
        """Return the names of the providers, in the order they are asked."""
        return [provider.name for provider in self._providers]

    def for_url(self, url: str, wanted: str | None = None) -> Provider:
        """Return the provider that knows the address.

        The providers that `wanted` names are asked in its order, and nobody else if it names nobody else. Any other
        name is a wish for a hoster, which the provider gets to see and this choice ignores.

        Raises:
            NoProviderError: none knows the address.
        """
        return _first_of(self._asked(wanted), url)

    def _asked(self, wanted: str | None) -> list[_Asked]:
        """Return who is asked, in order, each with what must hold of an address before."""
        by_name = {provider.name.casefold(): provider for provider in self._providers}
        names = [name.casefold() for name in chain_of(wanted).names]
        asked: list[_Asked] = [(by_name[name], None) for name in names if name in by_name]
        if not names or len(asked) < len(names):
            asked += [(provider, self._by_name.get(provider.name)) for provider in self._providers]
        return asked

    def series_among(self, urls: Iterable[str], wanted: str | None = None) -> frozenset[int]:
        """Check addresses and return the places of those that stand for several episodes; callable in any thread.

        Raises:
            UrlInvalidError: an address is none.
            NoProviderError: no provider knows one of the addresses.
        """
        series = set()
        asked = self._asked(wanted)
        for place, url in enumerate(urls):
            if not (is_local(url) and self._local is not None and self._local.matches(url)):
                check(url)
            if _first_of(asked, url).is_series(url):
                series.add(place)
        return frozenset(series)


_Asked = tuple[Guarded, "Callable[[str], bool] | None"]


def _first_of(asked: Sequence[_Asked], url: str) -> Guarded:
    for provider, claims in asked:
        if (claims is None or claims(url)) and provider.matches(url):
            return provider
    raise NoProviderError(url=without_query(url))


def _built_in(http: HttpClient, nursery: Nursery, folders: Sequence[Path]) -> list[Provider]:
    home = {ENVIRONMENT_FOLDER: str(nursery.home(AniworldProvider.name))}
    site = nursery.child(AniworldProvider.name, home)
    page = nursery.child(YtDlpProvider.name, may_start_programs=True)
    ytdlp = Guarded(YtDlpProvider(ProviderContext(http=http, child=page)))
    plain = ProviderContext(http=http, child=nursery.child(DirectProvider.name), local_folders=folders)
    direct = DirectProvider(plain, otherwise=ytdlp)
    return [
        DemoProvider(plain),
        AniworldProvider(ProviderContext(http=http, child=site)),
        LocalProvider(plain, media=direct),
        FeedProvider(plain, media=direct),
        ytdlp,
        direct,
    ]


def _made(entry: EntryPoint, context: ProviderContext, *, taken: set[str]) -> Provider | str:
    """Return the entry point's provider, or why there is none."""
    try:
        provider: Provider = entry.load()(context)
        known = isinstance(provider, Provider)
    except (Exception, SystemExit) as exc:  # noqa: BLE001 - what a package's code raises on import, nobody knows
        return repr(exc)
    if not known:
        return "it lacks something that every provider has"
    name: Any = provider.name
    if not isinstance(name, str) or not name:
        return f"its name is {name!r}"
    return f"the name {name!r} is taken" if name in taken else provider
