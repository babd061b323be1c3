"""A pass to play one episode's file: a cookie for that one path, since the browser's own player sends no header."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Final

from starlette.requests import cookie_parser

if TYPE_CHECKING:
    from starlette.datastructures import Headers

COOKIE: Final = "aniworld-dl-watch"
_FILE: Final = re.compile(r"/api/episodes/(\d{1,19})/watch/[0-9a-f]{1,64}/file")


def watch_pass(key: bytes, episode_id: int) -> str:
    """Return the pass for an episode. It says nothing of the key and lasts as long as that."""
    return hmac.new(key, f"watch:{episode_id}".encode(), "sha256").hexdigest()


def admits(key: bytes, method: str, path: str, headers: Headers) -> bool:
    """Tell whether a request is for an episode's file and carries the pass for it."""
    match = _FILE.fullmatch(path)
    if match is None or method not in {"GET", "HEAD"}:
        return False
    offered = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    return hmac.compare_digest(offered.encode("utf-8", "replace"), watch_pass(key, int(match[1])).encode())
