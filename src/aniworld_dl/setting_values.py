"""How settings are written: lists with commas, languages as tags, a number or a word."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from aniworld_dl.chains import MARK, parse_chain
from aniworld_dl.languages import language_tag

LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Between whom and this machine nobody listens, so that encryption adds nothing."""
MOST_CONCURRENT_DOWNLOADS: Final = 100
AUTO: Final = "auto"
"""In place of a number: it is found by measuring."""


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _split_lower(value: object) -> object:
    split = _split(value)
    return (
        [part.strip().lower() if isinstance(part, str) else part for part in split]
        if isinstance(split, list)
        else split
    )


def _number_or_auto(value: object) -> object:
    text = value.strip().lower() if isinstance(value, str) else value
    if text == AUTO:
        return AUTO
    number = int(text) if isinstance(text, str) and text.isascii() and text.isdecimal() else text
    if type(number) is not int or not 0 <= number <= MOST_CONCURRENT_DOWNLOADS:
        raise ValueError(f"give a whole number from 0 to {MOST_CONCURRENT_DOWNLOADS}, or {AUTO}")
    return number


def _octal(value: object) -> object:
    if isinstance(value, int):
        raise ValueError('write it in quotes, as in "0664"')  # noqa: TRY004 - pydantic wants a ValueError
    return value


def _issuer(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError("it cannot be taken apart") from error
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK_HOSTS):
        raise ValueError("give an address with https://, or with http:// on this machine")
    if not host or parts.username or re.search(r"[\s?#\\]", text):
        raise ValueError("give an address without user name, query and fragment")
    return text


def _scopes(text: str) -> str:
    words = text.split()
    if "openid" not in words or not all(re.fullmatch(r"[\x21\x23-\x5B\x5D-\x7E]+", word) for word in words):
        raise ValueError("give words with spaces between them, openid among them")
    return " ".join(words)


def _chain(names: list[str]) -> list[str]:
    return list(parse_chain(MARK.join(names)).names) if names else []


Slots = Annotated[
    Annotated[int, Field(ge=0, le=MOST_CONCURRENT_DOWNLOADS)] | Literal["auto"], BeforeValidator(_number_or_auto)
]
StrList = Annotated[list[str], NoDecode, BeforeValidator(_split)]
ChainList = Annotated[StrList, AfterValidator(_chain)]
"""Names, best first, as a list or as a chain."""
Mode = Annotated[Annotated[str, Field(pattern=r"^[0-7]{3,4}$")] | None, BeforeValidator(_octal)]
"""Permissions as octal digits."""
Groups = Annotated[
    list[Annotated[str, Field(pattern=r"^.+=(read|download|admin)$")]], NoDecode, BeforeValidator(_split)
]
"""Groups and the scope of each."""
Issuer = Annotated[str, AfterValidator(_issuer)]
"""Address of a login provider: `https`, or `http` on this machine."""
Scopes = Annotated[str, AfterValidator(_scopes)]
"""Words of OAuth 2.0, RFC 6749 3.3, `openid` among them."""
CodecList = Annotated[list[Literal["h264", "hevc", "av1", "vp9"]], NoDecode, BeforeValidator(_split_lower)]


def tags(languages: list[str], words: set[str]) -> list[str]:
    """Return languages as tags, each once, and `words` as they are.

    Raises:
        ValueError: one of them names no language.
    """
    known = [item.lower() if item.lower() in words else language_tag(item) for item in languages]
    unknown = [item for item, tag in zip(languages, known, strict=True) if tag is None]
    if unknown:
        raise ValueError(f"{', '.join(unknown)} names no language; use tags such as de, or {', '.join(sorted(words))}")
    return [tag for tag in dict.fromkeys(known) if tag is not None]
