"""Makes the page's texts small for the way: without their comments, compressed, once for each version of a file."""

from __future__ import annotations

import gzip
import re
from functools import lru_cache
from pathlib import Path  # noqa: TC003 - a named tuple's field
from typing import Final, NamedTuple

PACKED: Final = frozenset({".css", ".html", ".js", ".json", ".mjs", ".svg", ".txt", ".webmanifest"})
_COMMENTED: Final = frozenset({".css", ".js"})
_VENDOR: Final = "vendor"
"""What others wrote is sent to the letter."""
_BLOCK: Final = re.compile(r"/\*\*? [\s\S]*?\*/|/\*\*\n[\s\S]*?\*/")
_LINE: Final = re.compile(r"^[ \t]*//.*$", re.MULTILINE)


class Version(NamedTuple):
    """A file as it is now."""

    path: Path
    modified_ns: int
    size_bytes: int


@lru_cache(maxsize=512)
def packed(version: Version) -> bytes:
    """Return a file as it is sent to who takes gzip. Blocks: for threads."""
    return pack(version.path)


def pack(path: Path) -> bytes:
    """Return a file without its comments, compressed."""
    if path.suffix in _COMMENTED and _VENDOR not in path.parts:
        return compressed(without_comments(path.read_text(encoding="utf-8")).encode())
    return compressed(path.read_bytes())


def compressed(data: bytes) -> bytes:
    """Return it as small as gzip makes it. Blocks: for threads."""
    return gzip.compress(data, compresslevel=9, mtime=0)


def without_comments(text: str) -> str:
    """Return a script or stylesheet of ours with its lines at the same places, so that errors name the right ones.

    Comments begin with a space after the slash and star, or are whole lines: no string or pattern of ours does that,
    and a test compares what a compiler makes of both.
    """
    return _LINE.sub("", _BLOCK.sub(lambda found: "\n" * found[0].count("\n"), text))


def takes_gzip(accepted: str) -> bool:
    """Tell whether an `Accept-Encoding` header allows gzip (RFC 9110 12.5.3)."""
    for item in accepted.lower().split(","):
        name, _, quality = item.partition(";")
        if name.strip() in {"gzip", "*"}:
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
