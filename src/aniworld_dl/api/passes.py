"""A pass to play one episode's file: a cookie for that one path, since the browser's own player sends no header."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Final

from starlette.requests import cookie_parser

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import Headers

    from aniworld_dl.access import Caller

COOKIE: Final = "aniworld-dl-watch"
_FILE: Final = re.compile(r"/api/episodes/(\d{1,19})/watch/[0-9a-f]{1,64}/file")
_PASS: Final = re.compile(r"(\d{1,19})\.([0-9a-f]{64})")


def watch_pass(caller: Caller, episode_id: int) -> str:
    """Return the pass of somebody with a key for an episode. It says nothing of the key and lasts as long as that."""
    return f"{caller.key_id}.{_signature(caller.digest, episode_id)}"


def admitted(find_key: Callable[[int], Caller | None], method: str, path: str, headers: Headers) -> Caller | None:
    """Return whose pass a request carries, if it is for an episode's file and the pass is for that; else None."""
    match = _FILE.fullmatch(path)
    if match is None or method not in {"GET", "HEAD"}:
        return None
    offered = _PASS.fullmatch(cookie_parser(headers.get("cookie", "")).get(COOKIE, ""))
    caller = find_key(int(offered[1])) if offered else None
    if caller is None or offered is None:
        return None
    return caller if hmac.compare_digest(offered[2], _signature(caller.digest, int(match[1]))) else None


def _signature(digest: bytes, episode_id: int) -> str:
    return hmac.new(digest, f"watch:{episode_id}".encode(), "sha256").hexdigest()
