"""Where the reader of an HLS playlist stands: the line, the address, and the variables in force (EXT-X-DEFINE)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from aniworld_dl.errors import ManifestError
from aniworld_dl.media.hls.tags import absolute, attributes, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPANSION_LIMIT_CHARACTERS: Final = 50_000_000
"""What variables may add to a playlist: as much as it may have itself."""
ADDRESSES_LIMIT_CHARACTERS: Final = 200_000_000
"""All addresses together: those of the most segments there may be, 1000 characters each."""

_REFERENCE: Final = re.compile(r"\{\$([A-Za-z0-9_-]++)\}")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_QUERY: Final = r"(?:\?[\w.~=&%+/:,-]++)?"
_BELOW: Final = re.compile(rf"[\w~-][\w.~-]*+(?:/[\w~-][\w.~-]*+)*+{_QUERY}", re.ASCII)
"""An address below the playlist's own folder, without anything in it that has to be resolved."""
_WHOLE: Final = re.compile(rf"https?://[\w.-]++(?::[0-9]++)?(?:/[\w.~%+,=-]*+)++{_QUERY}", re.ASCII)
"""An address that is absolute already."""
_SOURCES: Final = ("NAME", "IMPORT", "QUERYPARAM")


class Scope:
    """What every line of a playlist is read against. `imported` are the variables of the multivariant playlist."""

    def __init__(self, url: str, imported: Mapping[str, str] | None) -> None:
        self.line = 1
        self.variables: dict[str, str] = {}
        self._url = url
        self._folder = _folder(url)
        self._imported = imported or {}
        self._query: dict[str, str] | None = None
        self._expansion_room = EXPANSION_LIMIT_CHARACTERS
        self._address_room = ADDRESSES_LIMIT_CHARACTERS

    def error(self, reason: str) -> ManifestError:
        """Return the error for what is wrong in this line."""
        return ManifestError(line=self.line, reason=reason)

    def attributes(self, text: str) -> dict[str, str]:
        """Read an attribute list, with the variables in its values replaced.

        Raises:
            ManifestError: it is none, or a variable is unknown.
        """
        found = attributes(text, self.line)
        return {name: self._replaced(value) for name, value in found.items()} if "{$" in text else found

    def absolute(self, uri: str) -> str:
        """Return the absolute address for one of the playlist, with the variables in it replaced.

        Raises:
            ManifestError: it is no http or https address, a variable is unknown, or all addresses are too much.
        """
        uri = self._replaced(uri)
        if self._folder is not None and _BELOW.fullmatch(uri):  # as most are, and this takes a third of the time
            url = self._folder + uri
        elif self._folder is not None and _WHOLE.fullmatch(uri):
            url = uri
        else:
            url = absolute(self._url, uri, self.line)
        self._address_room -= len(url)
        if self._address_room < 0:
            raise self.error(f"its addresses have more than {ADDRESSES_LIMIT_CHARACTERS} characters")
        return url

    def define(self, text: str) -> None:
        """Take an EXT-X-DEFINE (draft-pantos-hls-rfc8216bis 4.4.2.3); it holds from the next line on.

        Raises:
            ManifestError: it does not define one new variable, or the value cannot be had.
        """
        found = self.attributes(text)
        sources = [source for source in _SOURCES if source in found]
        if len(sources) != 1:
            raise self.error("EXT-X-DEFINE needs one of NAME, IMPORT and QUERYPARAM")
        name = found[sources[0]]
        if not _NAME.fullmatch(name):
            raise self.error(f"{shown(name)} is no name of a variable")
        if name in self.variables:
            raise self.error(f"the variable {shown(name)} is defined twice")
        value = self._value_from(sources[0], name, found)
        if value is None:
            raise self.error(f"there is no value for the variable {shown(name)} ({sources[0]})")
        self.variables[name] = value

    def _value_from(self, source: str, name: str, found: Mapping[str, str]) -> str | None:
        if source == "NAME":
            return found.get("VALUE")
        return self._imported.get(name) if source == "IMPORT" else self._query_value(name)

    def _query_value(self, name: str) -> str | None:
        """Return a parameter of the playlist's own address; an empty one is none."""
        if self._query is None:
            query = self._url.partition("#")[0].partition("?")[2]
            self._query = dict(reversed(parse_qsl(query)))  # the first of several
        return self._query.get(name)

    def _replaced(self, text: str) -> str:
        """Replace variable references, once: what stands in a value is not looked at again."""
        return _REFERENCE.sub(self._value, text) if "{$" in text else text

    def _value(self, reference: re.Match[str]) -> str:
        value = self.variables.get(reference[1])
        if value is None:
            raise self.error(f"the variable {shown(reference[1])} is not defined")
        self._expansion_room -= len(value)
        if self._expansion_room < 0:
            raise self.error(f"its variables add more than {EXPANSION_LIMIT_CHARACTERS} characters")
        return value


def _folder(url: str) -> str | None:
    """Return what addresses below the playlist's own folder begin with, None when it is no usable address."""
    try:
        return absolute(url, "x", 1)[:-1]
    except ManifestError:
        return None
