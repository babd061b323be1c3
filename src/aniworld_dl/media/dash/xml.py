"""The XML of a DASH manifest as a small tree, read through defusedxml: no DTD, no entities, bounded in every way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from aniworld_dl.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEXT_LIMIT: Final = 16 * 1024 * 1024
"""Bytes (or characters) of a manifest."""
ELEMENTS_LIMIT: Final = 300_000
DEPTH_LIMIT: Final = 32

_ROOT: Final = "MPD"
_XLINK: Final = "{http://www.w3.org/1999/xlink}"
_PIECE: Final = 65_536


@dataclass(slots=True, kw_only=True, eq=False)
class Node:
    """An element. `name` is the local one in the manifest's own namespace, `{namespace}local` in every other.

    It is filled while the text is read; later only `mirrors` leaves something out. `line` is where it begins, from 1.
    """

    name: str
    attributes: Mapping[str, str]
    line: int
    children: dict[str, list[Node]] = field(default_factory=dict)
    """By name, so that an element with many costs nothing to those who look for few."""
    text: str = ""

    def all(self, name: str) -> Sequence[Node]:
        """Return the children of this name in their order."""
        return self.children.get(name, ())

    def first(self, name: str) -> Node | None:
        """Return the first child of this name."""
        return next(iter(self.all(name)), None)

    def get(self, name: str) -> str | None:
        """Return an attribute without blanks at its ends, None where it is missing or empty."""
        return self.attributes.get(name, "").strip() or None


def read_xml(text: str | bytes) -> Node:
    """Return the root of a manifest's tree.

    Raises:
        ManifestError: it is not well-formed, has a DTD or entities, its root is not MPD, or it is larger, deeper or of
            more elements than any episode's.
    """
    if len(text) > TEXT_LIMIT:
        raise ManifestError(line=1, reason=f"it is larger than {TEXT_LIMIT} bytes")
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    builder.expat = parser.parser
    try:
        for start in range(0, len(text), _PIECE):
            parser.feed(text[start : start + _PIECE])
        parser.close()
    except DefusedXmlException as error:
        raise ManifestError(
            line=builder.line, reason="it has a document type or entities, which are refused"
        ) from error
    except (ParseError, ValueError, LookupError) as error:  # the latter two from what cannot be decoded
        raise ManifestError(line=builder.line, reason=f"it is no well-formed XML: {error}") from error
    assert builder.root is not None
    return builder.root


class _Builder:
    """Takes what the parser meets, and makes nodes of it."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.expat: object = None
        self._open: list[Node] = []
        self._texts: list[list[str]] = []
        self._namespace = ""
        self._count = 0

    @property
    def line(self) -> int:
        """Where the parser is."""
        return int(getattr(self.expat, "CurrentLineNumber", 1))

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element."""
        self._count += 1
        if self._count > ELEMENTS_LIMIT:
            self._refuse(f"it has more than {ELEMENTS_LIMIT} elements")
        if len(self._open) >= DEPTH_LIMIT:
            self._refuse(f"its elements are nested more than {DEPTH_LIMIT} deep")
        if self.root is None:
            self._namespace = tag.removesuffix(_ROOT)
        found = {name.replace(_XLINK, "xlink:"): value for name, value in attributes.items()}
        node = Node(name=tag.removeprefix(self._namespace), attributes=found, line=self.line)
        if self._open:
            self._open[-1].children.setdefault(node.name, []).append(node)
        elif node.name == _ROOT:
            self.root = node
        else:
            self._refuse("its root is not MPD")
        self._open.append(node)
        self._texts.append([])

    def data(self, text: str) -> None:
        """Take characters."""
        self._texts[-1].append(text)

    def end(self, _tag: str) -> None:
        """Close the element that was opened last."""
        self._open.pop().text = "".join(self._texts.pop()).strip()

    def close(self) -> None:
        """Take the end."""

    def _refuse(self, reason: str) -> NoReturn:
        raise ManifestError(line=self.line, reason=reason)
