"""Tells media servers to look at the folders that have new files, and at nothing else.

- Jellyfin: `POST /Library/Media/Updated` (https://api.jellyfin.org), with the API key in `Authorization: MediaBrowser`.
- Plex: `GET /library/sections/<id>/refresh?path=`, with `X-Plex-Token`
  (https://support.plex.tv/articles/201638786-plex-media-server-url-commands). Which library has a folder is read off
  `GET /library/sections`.
- Kodi: `VideoLibrary.Scan` with `directory` (https://kodi.wiki/view/JSON-RPC_API), with basic authentication. What it
  is given counts as the folder of one series, so that is what it gets, and not the folder of a season.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from aniworld_dl.errors import NoticeRefusedError
from aniworld_dl.net.errand import Request
from aniworld_dl.notices.senders import AGENT, encoded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aniworld_dl.net.errand import Errands
    from aniworld_dl.notice_settings import JellyfinTarget, KodiTarget, PlexTarget
    from aniworld_dl.notices.message import Message


def path_there(path: str, paths: Mapping[str, str]) -> str:
    """Return what a folder of ours is called where the server runs; the longest of the `paths` that holds it counts.

    What follows is written as the other side writes paths: with backslashes where its part has some.
    """
    ours = path.replace("\\", "/")
    for here in sorted(paths, key=len, reverse=True):
        start = here.replace("\\", "/").rstrip("/")
        if ours == start or ours.startswith(f"{start}/"):
            mark = _mark(paths[here])
            rest = ours[len(start) :].strip("/").replace("/", mark)
            return f"{paths[here].rstrip(mark)}{mark}{rest}" if rest else paths[here]
    return path


def _mark(path: str) -> str:
    return "\\" if "\\" in path else "/"


def _folders(message: Message, paths: Mapping[str, str]) -> Sequence[str]:
    return [path_there(folder, paths) for folder in message["data"].get("folders", ())]


class Jellyfin:
    """Tells Jellyfin; without new files it is only asked who it is."""

    def __init__(self, target: JellyfinTarget, errands: Errands) -> None:
        self._target = target
        self._errands = errands

    async def send(self, message: Message) -> None:
        """Tell it.

        Raises:
            NetError: it cannot be reached, or refuses the key.
        """
        token = quote(self._target.token.get_secret_value(), safe="")
        headers = {"authorization": f'MediaBrowser Token="{token}"', "user-agent": AGENT, "accept": "application/json"}
        folders = _folders(message, self._target.paths)
        if not folders:
            await self._errands.send(Request(method="GET", url=f"{self._target.url}/System/Info", headers=headers))
            return
        body = encoded({"Updates": [{"Path": folder, "UpdateType": "Created"} for folder in folders]})
        headers["content-type"] = "application/json"
        await self._errands.send(Request(url=f"{self._target.url}/Library/Media/Updated", headers=headers, body=body))


class Plex:
    """Tells Plex, for each folder the library that has it; without new files it is only asked for its libraries."""

    def __init__(self, name: str, target: PlexTarget, errands: Errands) -> None:
        self._name = name
        self._target = target
        self._errands = errands

    async def send(self, message: Message) -> None:
        """Tell it.

        Raises:
            NetError: it cannot be reached, or refuses the token.
            NoticeRefusedError: none of its libraries has the folder.
        """
        libraries = await self._libraries()
        for folder in _folders(message, self._target.paths):
            holding = [key for key, location in libraries if _holds(location, folder)]
            if not holding:
                reason = f"none of its libraries has {folder}: set paths to what it calls that folder"
                raise NoticeRefusedError(target=self._name, reason=reason)
            for key in dict.fromkeys(holding):
                await self._get(f"/library/sections/{quote(key, safe='')}/refresh?{urlencode({'path': folder})}")

    async def _libraries(self) -> Sequence[tuple[str, str]]:
        """Return each folder of each library, with the library's key."""
        answer = await self._get("/library/sections")
        try:
            return [
                (str(library["key"]), str(location["path"]))
                for library in json.loads(answer)["MediaContainer"].get("Directory", ())
                for location in library.get("Location", ())
            ]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NoticeRefusedError(target=self._name, reason="what answers is no Plex") from error

    async def _get(self, path: str) -> bytes:
        token = self._target.token.get_secret_value()
        headers = {"x-plex-token": token, "user-agent": AGENT, "accept": "application/json"}
        return await self._errands.send(Request(method="GET", url=f"{self._target.url}{path}", headers=headers))


def _holds(location: str, folder: str) -> bool:
    there, ours = location.replace("\\", "/").rstrip("/"), folder.replace("\\", "/").rstrip("/")
    return ours == there or ours.startswith(f"{there}/")


class Kodi:
    """Tells Kodi; without new files it is only asked whether it listens."""

    def __init__(self, name: str, target: KodiTarget, errands: Errands) -> None:
        self._name = name
        self._target = target
        self._errands = errands

    async def send(self, message: Message) -> None:
        """Tell it.

        Raises:
            NetError: it cannot be reached, or refuses the password.
            NoticeRefusedError: it answers with an error.
        """
        folders = _folders(message, self._target.paths)
        if not folders:
            await self._call("JSONRPC.Ping", {})
        for folder in folders:
            mark = _mark(folder)
            directory = folder.rstrip(mark) + mark
            await self._call("VideoLibrary.Scan", {"directory": directory, "showdialogs": False})

    async def _call(self, method: str, params: dict[str, Any]) -> None:
        body = encoded({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        headers = {"content-type": "application/json", "user-agent": AGENT, **self._authorization()}
        answer = await self._errands.send(Request(url=f"{self._target.url}/jsonrpc", headers=headers, body=body))
        try:
            document = json.loads(answer)
            refused = None if "result" in document else str(document["error"]["message"])
        except (ValueError, KeyError, TypeError) as error:
            raise NoticeRefusedError(target=self._name, reason="what answers is no Kodi") from error
        if refused is not None:
            raise NoticeRefusedError(target=self._name, reason=refused)

    def _authorization(self) -> dict[str, str]:
        if self._target.username is None:
            return {}
        password = "" if self._target.password is None else self._target.password.get_secret_value()
        known = base64.b64encode(f"{self._target.username}:{password}".encode()).decode("ascii")
        return {"authorization": f"Basic {known}"}
