"""Texts as they may stand in names on ext4, APFS, NTFS, exFAT and SMB, so that different texts stay different.

What Windows forbids is written with the full-width form of the same character, which Unicode's compatibility
normalisation (NFKC) turns back: whoever looks a title up, finds it. What cannot be kept leaves a mark.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2s
from typing import Final

from pathvalidate import is_valid_filename

COMPONENT_LIMIT_BYTES: Final = 255
"""The longest name that ext4, APFS, NTFS and exFAT all take."""
PATH_LIMIT_UNITS: Final = 230
"""The longest path below the library, in UTF-16 units as Windows counts them: 29 of its 259 are left for the library's
own path. In bytes that is 690 at most, of the 4095 that Linux takes."""

_WIDE: Final = str.maketrans('"*/:<>?\\|', "＂＊／：＜＞？＼｜")
_WIDE_AT_ENDS: Final = str.maketrans(".-", "．－")
_JOINERS: Final = "\u200c\u200d"
"""Without them words and emoji fall apart; everything else of their kind cannot be seen, or turns the text around."""
_UNSEEN: Final = frozenset({"Cc", "Cf"})
_UNSAFE: Final = frozenset({"Cs", "Co", "Cn"})
"""Halves of characters, and those that macOS refuses or that SMB clients write for forbidden ones."""
_ENDS: Final = re.compile(r"^[.\-]+|[.\-]+$")
_MARKED: Final = re.compile(r"~[0-9a-f]{8}$")
_ALSO_RESERVED: Final = ("CONIN$", "CONOUT$")
NAMELESS: Final = "Untitled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Portable:
    """A text that may stand in a name. `mark` tells it from whatever else would be written like it."""

    text: str
    mark: str
    is_lossy: bool
    """Whether something is missing, so that the mark must be shown."""

    def cut(self, length: int) -> str:
        """Return at most so many characters of it, with the mark where that is less than all."""
        if length >= len(self.text):
            return f"{self.text}{self.mark}" if self.is_lossy else self.text
        return f"{self.text[:length].rstrip(f' .-{_JOINERS}')}{self.mark}"


@lru_cache(maxsize=1024)
def portable(text: str) -> Portable:
    """Return a text as one line of legal characters, composed (Unicode NFC). Never raises, never empty."""
    seen = _seen(text)
    kept = "".join(character for character in seen if unicodedata.category(character) not in _UNSAFE)
    plain = unicodedata.normalize("NFC", kept).translate(_WIDE).strip()
    plain = _ENDS.sub(lambda ends: ends[0].translate(_WIDE_AT_ENDS), plain)
    is_lossy = not plain or _key(plain) != _key(seen) or bool(_MARKED.search(plain))
    digest = blake2s(_key(seen).encode(errors="surrogatepass"), digest_size=4).hexdigest()
    return Portable(text=plain or NAMELESS, mark=f"~{digest}", is_lossy=is_lossy)


def name_key(text: str) -> str:
    """Return what texts have in common that are one and the same to people and to file systems.

    Case, width, the way accents are written and what cannot be seen make no difference.
    """
    return _key(_seen(text))


def unreserved(name: str) -> str:
    """Keep away from the names of devices: on Windows `NUL`, `nul.txt` and `NUL .txt` are all the same.

    Different names stay different: `NUL` becomes `NUL_`, and `NUL_` becomes `NUL__`.
    """
    stem, dot, rest = name.partition(".")
    device = stem.rstrip("_ ")
    if is_valid_filename(device, platform="universal", additional_reserved_names=_ALSO_RESERVED):
        return name
    return f"{stem}_{dot}{rest}"


def _seen(text: str) -> str:
    """Return what can be seen of a text, in one line."""
    spaced = (" " if character.isspace() else character for character in text)
    seen = (c for c in spaced if c in _JOINERS or unicodedata.category(c) not in _UNSEEN)
    return " ".join("".join(seen).split()).strip(_JOINERS + " ")


def _key(seen: str) -> str:
    folded = unicodedata.normalize("NFKC", seen).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())
