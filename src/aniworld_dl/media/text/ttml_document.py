"""TTML as XML: a document's root element, and whether bytes are such a document while they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from aniworld_dl.media.formats.structure_error import StructureError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from aniworld_dl.media.formats.spans import StreamSpan

_XML_ERRORS: Final = (ParseError, DefusedXmlException, ValueError, LookupError)
"""What parsing raises: syntax, something refused, a character that cannot be, an unknown encoding."""


def ttml_root(document: bytes) -> Element:
    """Return the root element of a TTML document.

    Raises:
        StructureError: it is none, or no whole one, or has entities of its own.
    """
    parser = XMLParser()
    try:
        parser.feed(document)
        root = parser.close()
    except _XML_ERRORS as error:
        raise _fault(error) from error
    _check_root(root.tag)
    return root


def local_name(name: str) -> str:
    """Return the name of an element or attribute without its namespace: drafts and profiles have many."""
    return name.rpartition("}")[2]


class TtmlCheck:
    """A TTML document is XML, well-formed to its end, without entities of its own; its root is `tt` (TTML2 8.1.1)."""

    def __init__(self) -> None:
        self._target = _Root()
        self._parser = XMLParser(target=self._target)

    def feed(self, piece: bytes) -> None:
        """Parse the next bytes without keeping them."""
        try:
            self._parser.feed(piece)
        except _XML_ERRORS as error:
            raise _fault(error) from error

    def finish(self) -> None:
        """See that the document ends here and is one of subtitles."""
        try:
            self._parser.close()
        except _XML_ERRORS as error:
            raise _fault(error) from error
        _check_root(self._target.name)

    def spans(self) -> tuple[StreamSpan, ...]:
        """Know of none: text plays only where something is said."""
        return ()

    def doubts(self) -> tuple[str, ...]:
        """Have none."""
        return ()


def _check_root(name: str) -> None:
    if local_name(name) != "tt":
        raise StructureError("it is an XML document, but none of subtitles: its root is not tt")


def _fault(error: Exception) -> StructureError:
    """Return a parser's error as one about the segment."""
    if isinstance(error, DefusedXmlException):
        return StructureError("it is an XML document with entities of its own, which are not read")
    return StructureError(f"it is no whole XML document: {str(error)[:100]}")


class _Root:
    """What the parser tells about elements: only the name of the first is kept."""

    def __init__(self) -> None:
        self.name = ""

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        self.name = self.name or tag

    def end(self, tag: str) -> None:
        """Need nothing of it."""

    def data(self, data: str) -> None:
        """Need nothing of it."""

    def close(self) -> None:
        """Have nothing to return."""
