"""Several BaseURLs of one element are the same on several servers, one of which is used (ISO/IEC 23009-1 5.6.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aniworld_dl.media.dash.xml import Node

MIRRORS_LIMIT: Final = 8
"""More servers than these are not asked for one episode."""

_BASE_URL: Final = "BaseURL"
_INSIDE: Final = {"MPD": "Period", "Period": "AdaptationSet", "AdaptationSet": "Representation"}


def take_mirror(root: Node, number: int) -> int:
    """Leave each element of a manifest the BaseURL of this number, from 0, or its last one where it has fewer.

    Return how many further numbers there are for it: 0 where no element has more than one.
    """
    most = 1
    for node in _with_addresses(root):
        found = node.all(_BASE_URL)
        if len(found) > 1:
            most = max(most, len(found))
            node.children[_BASE_URL] = [found[min(number, len(found) - 1)]]
    return min(most, MIRRORS_LIMIT) - 1


def _with_addresses(node: Node) -> Iterator[Node]:
    yield node
    if node.name in _INSIDE:
        for child in node.all(_INSIDE[node.name]):
            yield from _with_addresses(child)
