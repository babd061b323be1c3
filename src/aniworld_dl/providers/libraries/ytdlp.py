"""Asks yt-dlp what stands behind a page. It resolves, we download."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.errors import (
    AniworldDlError,
    ConnectError,
    HttpStatusError,
    NeedsPersonError,
    ProviderRefusedError,
    UnsupportedMediaError,
)
from aniworld_dl.net.address import parse, without_query
from aniworld_dl.providers.answers import LONGEST_TEXT, MOST_EPISODES, usable_poster
from aniworld_dl.providers.extras import YTDLP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_SOURCES: Final = 20
_LONGEST_REASON: Final = 300
_MANIFESTS: Final = frozenset({"m3u8", "m3u8_native", "http_dash_segments"})
_FILES: Final = frozenset({"http", "https"})
_HEADERS: Final = frozenset({"user-agent", "referer", "origin", "accept", "accept-language", "authorization"})
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_QUERY: Final = re.compile(r"\?[^\s\"')]*")
_PERSON: Final = re.compile(r"captcha|not a bot|cloudflare|are you (?:a )?human|anti-bot|challenge page", re.IGNORECASE)
_PROTECTED: Final = re.compile(r"\bDRM\b")


def episodes(url: str) -> list[dict[str, Any]]:
    """List what is behind an address: the entries of a playlist, or the one episode that it is.

    Raises:
        AniworldDlError: yt-dlp cannot tell; in its words.
    """
    found = _extract(url, {"extract_flat": "in_playlist"})
    if found.get("_type") not in {"playlist", "multi_video"}:
        return [_episode(found, url=url, series=found.get("series"))]
    series = found.get("series") or found.get("playlist_title") or found.get("title")
    listed = list(found.get("entries") or ())[:MOST_EPISODES]
    return [
        {
            **_episode(entry, url=_own_address(entry, url), place=place, series=entry.get("series") or series),
            "poster": _poster(found),
        }
        for place, entry in enumerate(listed, start=1)
        if entry
    ]


def sources(url: str, place: int | None) -> list[dict[str, Any]]:
    """Return where the episode's media is, best first. `place` says which of several on one page it is, from 1.

    Raises:
        AniworldDlError: yt-dlp cannot tell; in its words.
    """
    found = _extract(url, {"playlist_items": str(place)} if place else {})
    if found.get("_type") in {"playlist", "multi_video"}:
        entries = [entry for entry in found.get("entries") or () if entry]
        if len(entries) != 1:
            reason = f"it is a list of {len(entries)}: add it with the provider {YTDLP.name}"
            raise ProviderRefusedError(provider=YTDLP.name, url=without_query(url), reason=reason)
        (found,) = entries
    return _sources(found)


def _sources(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    formats = list(found.get("formats") or ([found] if found.get("url") else []))
    chosen: dict[str, dict[str, Any]] = {}
    for each in reversed(formats):  # yt-dlp's order is from the worst to the best
        address = _address(each)
        if address is not None and not each.get("has_drm"):
            chosen.setdefault(address, {"url": address, "headers": _headers(each), "poster": _poster(found)})
    if not chosen:
        locked = any(each.get("has_drm") for each in formats)
        raise UnsupportedMediaError(
            what="media that is locked by DRM" if locked else "picture and sound in files apart"
        )
    return list(chosen.values())[:_MOST_SOURCES]


def _address(found: Mapping[str, Any]) -> str | None:
    """Return what of a format we can download: its manifest, or a file that has both picture and sound."""
    protocol = found.get("protocol") or ("https" if str(found.get("url")).startswith("https:") else "http")
    if protocol in _MANIFESTS:
        manifest = found.get("manifest_url") or (found.get("url") if protocol != "http_dash_segments" else None)
        return str(manifest) if manifest else None
    if protocol in _FILES and "none" not in {found.get("vcodec"), found.get("acodec")}:
        return str(found["url"])
    return None


def _poster(found: Mapping[str, Any]) -> str | None:
    """Return the picture of a video or a playlist; of several the last, which yt-dlp says is the best."""
    several = [each.get("url") for each in found.get("thumbnails") or () if isinstance(each, dict)]
    return usable_poster(found.get("thumbnail")) or usable_poster(several[-1] if several else None)


def _headers(found: Mapping[str, Any]) -> dict[str, str]:
    headers = {
        name: str(value) for name, value in (found.get("http_headers") or {}).items() if name.lower() in _HEADERS
    }
    if found.get("cookies"):
        pairs = _cookie_pairs(str(found["cookies"]))
        headers |= {"Cookie": pairs} if pairs else {}
    return headers


def _cookie_pairs(kept: str) -> str:
    """Return the `Cookie` header of what yt-dlp keeps of cookies: each followed by its domain, path and the like."""
    parts = (part.strip() for part in kept.split(";"))
    known = {"domain", "path", "secure", "expires", "version", "port", "comment"}
    return "; ".join(part for part in parts if "=" in part and part.partition("=")[0].lower() not in known)


def _episode(found: Mapping[str, Any], *, url: str | None, series: Any, place: int | None = None) -> dict[str, Any]:
    return {
        "url": url,
        "series": _text(series),
        "season": _number(found.get("season_number")),
        "number": _number(found.get("episode_number")) or place,
        "title": _text(found.get("episode") or found.get("title")),
    }


def _own_address(entry: Mapping[str, Any], page: str) -> str | None:
    """Return the address that leads to one entry alone, None where it has none: several are on one page."""
    address = entry.get("url") if entry.get("_type") in {"url", "url_transparent"} else entry.get("webpage_url")
    if not isinstance(address, str) or "#__youtubedl_smuggle" in address:
        return None
    try:
        parse(address)
    except AniworldDlError:
        return None
    return None if address.partition("#")[0] == page.partition("#")[0] else address


def _text(value: Any) -> str | None:
    return str(value).strip()[:LONGEST_TEXT] or None if value is not None else None


def _number(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


class _Silence:
    """Takes what yt-dlp would print; its errors come as exceptions as well."""

    def debug(self, message: str) -> None:
        """Drop it."""

    warning = error = info = debug


def _extract(url: str, options: Mapping[str, Any]) -> dict[str, Any]:
    try:
        from yt_dlp import YoutubeDL  # noqa: PLC0415 - an extra, and slow to import
        from yt_dlp.utils import YoutubeDLError  # noqa: PLC0415
    except ImportError as error:
        raise YTDLP.missing() from error
    given = {
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "skip_download": True,
        "cachedir": False,
        "color": "no_color",
        "logger": _Silence(),
        "socket_timeout": 20,
        "retries": 1,
        "extractor_retries": 1,
        "playlistend": MOST_EPISODES,
        **options,
    }
    try:
        with YoutubeDL(given) as library:
            found = library.extract_info(url, download=False)
    except YoutubeDLError as error:
        raise _translated(error, url) from error
    if not found:
        raise ProviderRefusedError(provider=YTDLP.name, url=without_query(url), reason="it found nothing")
    return dict(found)


def _translated(error: Exception, url: str) -> AniworldDlError:
    """Return our error for one of yt-dlp's, which carries the one that caused it."""
    shown, words, causes = without_query(url), _words(error), _causes(error)
    if _PERSON.search(words):
        return NeedsPersonError(url=shown, provider=YTDLP.name)
    if _PROTECTED.search(words):
        return UnsupportedMediaError(what=f"media that is locked by DRM ({words})")
    if network := _of_network(causes, url, words):
        return network
    if not any(type(cause).__name__ == "UnsupportedError" for cause in causes):
        if any(getattr(cause, "expected", None) is False for cause in causes):
            return YTDLP.outdated(url)
        return ProviderRefusedError(provider=YTDLP.name, url=shown, reason=words)
    return ProviderRefusedError(provider=YTDLP.name, url=shown, reason="Unsupported URL")


def _of_network(causes: Sequence[BaseException], url: str, words: str) -> AniworldDlError | None:
    for cause in causes:
        name = type(cause).__name__
        if name == "HTTPError":
            status = int(getattr(cause, "status", 0))
            return HttpStatusError(host=parse(url).host, status=status, url=without_query(url))
        if name in {"TransportError", "IncompleteRead", "SSLError"}:
            return ConnectError(host=parse(url).host, reason=words)
    return None


def _causes(error: BaseException | None) -> list[BaseException]:
    """Return an error with those that it carries, as far as they are known."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is None or any(each is known for known in found):
            continue
        found.append(each)
        carried = getattr(each, "exc_info", None)
        waiting += [getattr(each, "cause", None), each.__cause__, carried[1] if carried else None]
    return found


def _words(error: Exception) -> str:
    text = _COLOURS.sub("", str(error)).removeprefix("ERROR: ").partition("; please report")[0]
    return _QUERY.sub("", text)[:_LONGEST_REASON]
