"""Asks the `aniworld` library about the two sites that it calls AniWorld and SerienStream.

Its browser, which would pass by CAPTCHAs, is switched off, and so is the client with which it would pass for one: where
they would be needed, a person is.
"""

from __future__ import annotations

import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NoReturn

from aniworld_dl.errors import (
    AniworldDlError,
    ConnectError,
    HttpStatusError,
    NeedsPersonError,
    NoEpisodesError,
    ProviderRefusedError,
)
from aniworld_dl.model import Offer, Wish
from aniworld_dl.net.address import parse, without_query
from aniworld_dl.providers.answers import LONGEST_TEXT, MOST_EPISODES, usable_poster
from aniworld_dl.providers.extras import ANIWORLD
from aniworld_dl.providers.pages import is_wall
from aniworld_dl.providers.preference import preferred

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_SITES: Final = frozenset({"AniWorld", "SerienStream"})
_LANGUAGES: Final = ("German Dub", "German Sub", "English Sub", "English Dub")
_ENOUGH_SOURCES: Final = 2
"""One to download from, and one to stand in for it: finding more takes seconds each."""
_HEADERS: Final = frozenset({"user-agent", "referer", "origin", "accept-language"})
_BAD: Final = 400
_LONGEST_REASON: Final = 300

_loading = threading.Lock()
_loaded: list[Any] = []


class _Wall(BaseException):
    """A page wants to see a person."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


def episodes(url: str) -> list[dict[str, Any]]:
    """List the episodes of a series, a season or the films, or the one episode that an address is.

    Raises:
        AniworldDlError: the library cannot tell.
    """
    return _translated(url, lambda: list(_episodes(url)))


def sources(url: str, language: str | None, provider: str | None, health: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return where an episode's media is, in the order of the wish; of what could not be got why.

    Raises:
        AniworldDlError: the library cannot tell, or nothing of what the site has is wished for.
    """
    return _translated(url, lambda: _sources(url, Wish(language=language, provider=provider, health=health)))


def _episodes(url: str) -> Iterator[dict[str, Any]]:
    site = _site(url)
    if site.episode_pattern.match(url):
        episode = site.episode_cls(url=url)
        series = episode.series
        yield _listed(episode, episode.season.season_number, series.title, _offers(episode), _poster(series))
        return
    seasons = [site.season_cls(url=url)] if site.season_pattern.match(url) else site.series_cls(url=url).seasons
    count = 0
    for season in seasons:
        title, poster = season.series.title, _poster(season.series)
        if title is None:  # every page of a series has one
            raise ANIWORLD.outdated(url)
        languages = getattr(season, "episode_languages", {})
        for episode in season.episodes:
            known = tuple(Offer(language=each) for each in languages.get(episode.episode_number, ()))
            yield _listed(episode, season.season_number, title, known, poster)
            count += 1
            if count > MOST_EPISODES:
                return


def _listed(episode: Any, season: int, series: Any, offers: tuple[Offer, ...], poster: str | None) -> dict[str, Any]:
    has_titles = _site(episode.url).name == "AniWorld"  # elsewhere each title is a page to be read
    titles = {"de": _text(episode.title_de), "en": _text(episode.title_en)} if has_titles else {}
    known = {language: title for language, title in titles.items() if title}
    return {
        "url": episode.url,
        "series": _text(series),
        "season": season,
        "number": episode.episode_number,
        "title": next(iter(known.values()), None),
        "titles": known,
        "poster": poster,
        "offers": [{"language": offer.language, "provider": offer.provider} for offer in offers],
    }


def _poster(series: Any) -> str | None:
    """Return the picture of a series, which its page has."""
    try:
        return usable_poster(series.poster_url)
    except Exception:  # noqa: BLE001 - nothing depends on it
        return None


def _offers(episode: Any) -> tuple[Offer, ...]:
    found = []
    for language in _LANGUAGES:
        try:
            hosters = episode.available_providers(language)
        except ValueError:  # the site knows no such language
            continue
        found += [Offer(language=language, provider=hoster) for hoster in hosters]
    return tuple(found)


def _sources(url: str, wish: Wish) -> list[dict[str, Any]]:
    site = _site(url)
    offers = _offers(site.episode_cls(url=url))
    if not offers:
        raise NoEpisodesError(url=without_query(url))
    wished = preferred(offers, wish, not_hosters=[ANIWORLD.name])
    if not wished:
        there = ", ".join(f"{offer.language} ({offer.provider})" for offer in offers)
        raise _refused(
            url, f"{wish.language or 'any language'} by {wish.provider or 'anyone'} is not there, but {there}"
        )
    found: list[dict[str, Any]] = []
    failures: list[dict[str, Any]] = []
    wall: _Wall | None = None
    for offer in wished:
        episode = site.episode_cls(url=url, selected_language=offer.language, selected_provider=offer.provider)
        try:
            found.append(_source(episode.stream_url, offer))
        except _Wall as error:
            wall = error
            failures.append(_fault(url, offer, "its page wants to see a person"))
        except Exception as exc:  # noqa: BLE001 - another hoster may do
            failures.append(_fault(url, offer, _words(exc)))
        if len(found) == _ENOUGH_SOURCES:
            break
    if not found and wall is not None:
        raise wall
    return [*found, *failures]


def _fault(url: str, offer: Offer, reason: str) -> dict[str, Any]:
    return {"url": url, "language": offer.language, "provider": offer.provider, "fault": reason}


def _source(stream: str, offer: Offer) -> dict[str, Any]:
    from aniworld.config import PROVIDER_HEADERS_D  # noqa: PLC0415 - an extra

    headers = {
        name: value for name, value in PROVIDER_HEADERS_D.get(offer.provider, {}).items() if name.lower() in _HEADERS
    }
    return {"url": stream, "headers": headers, "language": offer.language, "provider": offer.provider}


def _site(url: str) -> Any:
    for site in _library().PROVIDERS:
        patterns = (site.series_pattern, site.season_pattern, site.episode_pattern)
        if site.name in _SITES and any(pattern and pattern.match(url) for pattern in patterns):
            return site
    raise ANIWORLD.outdated(url)


def _library() -> Any:
    """Return the library's table of sites, imported and with its browser switched off."""
    with _loading:
        if not _loaded:
            _withhold("curl_cffi", "requests")
            try:
                from aniworld import providers  # noqa: PLC0415 - an extra, and slow to import
                from aniworld.config import GLOBAL_SESSION  # noqa: PLC0415
                from aniworld.playwright import captcha  # noqa: PLC0415
            except ImportError as error:
                raise ANIWORLD.missing() if ANIWORLD.version() is None else ANIWORLD.broken(error) from error
            captcha._solve = captcha._browser = _no_browser  # noqa: SLF001 - whatever opens one goes through these
            GLOBAL_SESSION.hooks["response"].append(_look_at)
            _loaded.append(providers)
        return _loaded[0]


class _Withheld(ModuleType):
    """A module that can be imported, and of which nothing can be used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ImportError(f"{self.__name__} would pass for a browser, and is kept from the library")


def _withhold(package: str, module: str) -> None:
    """Keep a package from whatever imports it from now on."""
    outer, inner = _Withheld(package), _Withheld(f"{package}.{module}")
    setattr(outer, module, inner)
    sys.modules.update({package: outer, inner.__name__: inner})


def _no_browser(url: str, *_arguments: Any, **_options: Any) -> NoReturn:
    raise _Wall(url)


def _look_at(response: Any, *_arguments: Any, **_options: Any) -> Any:
    """Look at each answer before the library does, which would take a wall for an empty page."""
    if "html" in str(response.headers.get("content-type", "")) and is_wall(response.text or ""):
        raise _Wall(str(response.url))
    host = parse(str(response.url)).host
    if (response.status_code or 0) >= _BAD and host.endswith("aniworld.to"):
        raise HttpStatusError(host=host, status=response.status_code, url=without_query(str(response.url)))
    return response


def _translated(url: str, work: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    try:
        found = work()
    except _Wall as wall:
        raise NeedsPersonError(url=without_query(wall.url), provider=ANIWORLD.name) from wall
    except AniworldDlError:
        raise
    except Exception as exc:
        if "challenge page" in str(exc):
            raise NeedsPersonError(url=without_query(url), provider=ANIWORLD.name) from exc
        if _is_of_network(exc):
            raise ConnectError(host=parse(url).host, reason=_words(exc)) from exc
        if isinstance(exc, ValueError):
            raise _refused(url, str(exc)) from exc
        raise ANIWORLD.outdated(url) from exc
    if not found:
        raise NoEpisodesError(url=without_query(url))
    return found


def _is_of_network(exc: Exception) -> bool:
    requests = sys.modules.get("niquests")
    return requests is not None and isinstance(exc, requests.RequestException)


def _refused(url: str, reason: str) -> ProviderRefusedError:
    return ProviderRefusedError(provider=ANIWORLD.name, url=without_query(url), reason=reason[:_LONGEST_REASON])


def _words(exc: Exception) -> str:
    return f"{type(exc).__name__}: {exc}"[:_LONGEST_REASON]


def _text(value: Any) -> str | None:
    return str(value).strip()[:LONGEST_TEXT] or None if value is not None else None
