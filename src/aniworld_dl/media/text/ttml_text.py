"""Text of TTML as WebVTT's: white space, and italics, bold and underlining where they are styled (TTML2 10.2)."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from aniworld_dl.media.text.ttml_document import local_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from xml.etree.ElementTree import Element

_LINE_BREAKS: Final = re.compile(r"[\r\n]+")
_BLANKS: Final = re.compile(r"[ \t]+")
_BLANK_LINES: Final = re.compile(r"[ ]*[\r\n][ \r\n]*")
_STYLED: Final = frozenset({"fontStyle", "fontWeight", "textDecoration"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStyle:
    """What is kept of how a text looks; the names of the fields are those of WebVTT's tags."""

    i: bool = False
    b: bool = False
    u: bool = False

    def changed_by(self, found: Mapping[str, str]) -> TextStyle:
        """Return the style with what the attributes of an element say."""
        style = self
        if "fontStyle" in found:
            style = replace(style, i=found["fontStyle"].strip() in {"italic", "oblique"})
        if "fontWeight" in found:
            style = replace(style, b=found["fontWeight"].strip() == "bold")
        if "textDecoration" in found:
            words = found["textDecoration"].split()
            style = replace(style, u="underline" in words or (style.u and "noUnderline" not in words))
        return style


_TAGS: Final = ("i", "b", "u")


PLAIN: Final = TextStyle()


class Styles:
    """The styles in the head of a document; one may refer to those before it (TTML2 10.4.1.3)."""

    def __init__(self, root: Element) -> None:
        self._styles: dict[str, dict[str, str]] = {}
        # step by step: Element.iter would recurse as deep as the document goes
        elements = [root]
        for name in ("head", "styling", "style"):
            elements = [child for element in elements for child in element if local_name(child.tag) == name]
        for element in elements:
            found = {local_name(name): value for name, value in element.attrib.items()}
            self._styles[found.get("id", "")] = self._styled(found)

    def apply(self, found: Mapping[str, str], inherited: TextStyle) -> TextStyle:
        """Return the style of an element with these attributes: its own ones win over those that it refers to."""
        return inherited.changed_by(self._styled(found))

    def _styled(self, found: Mapping[str, str]) -> dict[str, str]:
        styled: dict[str, str] = {}
        for name in found.get("style", "").split():
            styled |= self._styles.get(name, {})
        return styled | {name: value for name, value in found.items() if name in _STYLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Text of one style as it stands in a document, and when it is shown."""

    text: str
    start_s: float
    end_s: float
    style: TextStyle


def collapsed(text: str) -> str:
    """Return a text whose line breaks are blanks, as they are unless `xml:space` says otherwise (TTML2 8.2.7)."""
    return _LINE_BREAKS.sub(" ", text)


def markup(pieces: Iterable[Piece]) -> str:
    """Return pieces as one text with WebVTT's tags and entities (W3C WebVTT 4.2.2), empty when nothing can be seen.

    Runs of blanks become one, and blanks and empty lines at the edges of lines go.
    """
    groups = groupby(pieces, key=lambda piece: piece.style)
    text = "".join(_tagged("".join(piece.text for piece in group), style) for style, group in groups)
    return _BLANK_LINES.sub("\n", _BLANKS.sub(" ", text)).strip()


def _tagged(text: str, style: TextStyle) -> str:
    # white space stays outside, or it could no longer be told from a line with something in it
    seen = text.strip()
    if not seen:
        return text
    before, _, after = text.partition(seen)
    tags = [tag for tag in _TAGS if getattr(style, tag)]
    opened, closed = "".join(f"<{tag}>" for tag in tags), "".join(f"</{tag}>" for tag in reversed(tags))
    return f"{before}{opened}{html.escape(seen, quote=False)}{closed}{after}"
