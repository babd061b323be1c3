"""Addresses that expire, as hosters hand them out: a playlist gives a token, good for so many answers."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from aniworld_dl.demo.content import bytes_content

if TYPE_CHECKING:
    from aniworld_dl.demo.content import Content

_PLAYLISTS: Final = (".m3u8", ".mpd")
_URI: Final = re.compile(r'(?<=URI=")[^"]+')
_MPD: Final = re.compile(r"<MPD\b[^>]*>")
_MARK: Final = "~"
"""Begins the folder that is a token: no demo file begins so."""


class Tokens:
    """Guards a folder: playlists are free, whatever else stands there is read by the addresses in them alone.

    Each reading of a playlist hands out a new token, in the query or as a folder of the path; the ones before go on.
    A token gives `answers` answers, then `status` and nothing more.
    """

    def __init__(self, folder: str, *, answers: int, status: int = 403, in_path: bool = False) -> None:
        self.status = status
        self._folder = f"/{folder.strip('/')}/"
        self._answers = answers
        self._in_path = in_path
        self._used: Counter[str] = Counter()
        self._refused = 0

    @property
    def issued(self) -> int:
        """How many tokens were handed out."""
        return len(self._used)

    @property
    def refused(self) -> int:
        """How many requests came with a token that has expired, or with none."""
        return self._refused

    def covers(self, path: str) -> bool:
        """Tell whether the path lies in the folder."""
        return path.startswith(self._folder)

    def plain_path(self, path: str) -> str:
        """Return the path without the token in it."""
        return re.sub(rf"/{_MARK}[^/]*", "", path)

    def is_free(self, path: str) -> bool:
        """Tell whether the path is a playlist's."""
        return path.endswith(_PLAYLISTS)

    def admit(self, path: str, query: str) -> bool:
        """Use a token up by one answer; tell whether it was good for it."""
        inside = re.search(rf"/{_MARK}([^/]*)", path)
        given = inside[1] if inside else parse_qs(query).get("token", [""])[0]
        if given in self._used and self._used[given] < self._answers:
            self._used[given] += 1
            return True
        self._refused += 1
        return False

    async def issue(self, path: str, playlist: Content) -> Content:
        """Return the playlist with a new token in every address (of an MPD: in its base address, so in the path)."""
        body = playlist.body
        text = (await asyncio.to_thread(body.read_bytes) if isinstance(body, Path) else body).decode()
        token = secrets.token_hex(8)
        self._used[token] = 0
        written = self._into_mpd(text, token) if path.endswith(".mpd") else self._into_m3u8(text, token)
        return replace(bytes_content(path, written.encode()), headers={"Cache-Control": "no-store"})

    def _into_m3u8(self, text: str, token: str) -> str:
        lines = [
            _URI.sub(lambda match: self._with(match[0], token), line)
            if line.startswith("#")
            else (self._with(line, token) if line else line)
            for line in text.splitlines()
        ]
        return "\n".join([*lines, ""])

    def _into_mpd(self, text: str, token: str) -> str:
        return _MPD.sub(lambda match: f"{match[0]}<BaseURL>{_MARK}{token}/</BaseURL>", text, count=1)

    def _with(self, address: str, token: str) -> str:
        if self._in_path:
            return f"{_MARK}{token}/{address}"
        return f"{address}{'&' if '?' in address else '?'}token={token}"
