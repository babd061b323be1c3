"""Periods of a DASH manifest: when each plays, and what it has (ISO/IEC 23009-1 5.3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ManifestError, UnsupportedMediaError
from aniworld_dl.media.dash.descriptors import condition_of
from aniworld_dl.media.dash.sets import Refusal, Representation, completed, read_sets
from aniworld_dl.media.dash.timeline import Window
from aniworld_dl.media.dash.values import base_url_in, duration_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.media.dash.xml import Node

REPRESENTATIONS_LIMIT: Final = 10_000

_NOTHING: Final = "urn:mpeg:dash:resolve-to-zero:2013"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of the presentation with representations of its own."""

    window: Window
    representations: tuple[Representation, ...]
    refusals: tuple[Refusal, ...]


def read_periods(root: Node, url: str) -> tuple[Period, ...]:
    """Return the periods that last, at least one.

    Raises:
        ManifestError: an element is not valid, or there are more representations than any episode has.
        UnsupportedMediaError: periods or sets are kept elsewhere, or have a condition that is not understood.
    """
    base_url = base_url_in(root, url)
    nodes = [node for node in root.all("Period") if not _is_nothing(node, "period")]
    _refuse_many(nodes)
    periods: list[Period] = []
    for node, window in zip(nodes, _windows(root, nodes), strict=True):
        if window.duration_s == 0:
            continue
        periods.append(_period(node, window, base_url_in(node, base_url)))
    if not periods:
        raise ManifestError(line=root.line, reason="it has no period that lasts")
    return tuple(periods)


def _refuse_many(nodes: Sequence[Node]) -> None:
    count = 0
    for node in nodes:
        for owner in node.all("AdaptationSet"):
            count += sum(1 for _ in owner.all("Representation"))
            if count > REPRESENTATIONS_LIMIT:
                raise ManifestError(line=owner.line, reason=f"it has more than {REPRESENTATIONS_LIMIT} representations")


# ---------------------------------------------------------------------------------------------------------- times


def _windows(root: Node, nodes: Sequence[Node]) -> list[Window]:
    """Return when each period plays (ISO/IEC 23009-1 5.3.2.1).

    A start that is missing is the end of the period before; a duration that is missing lasts until the next start, or
    the end of all. A period never reaches into the next one. Times count from the start of the first one, which of what
    was live need not be 0.
    """
    starts = _starts(nodes)
    zero_s = starts[0] if starts else Fraction()
    whole_s = duration_of(root, "mediaPresentationDuration")
    windows = []
    for order, node in enumerate(nodes):
        is_last = order + 1 == len(nodes)
        end_s = whole_s if is_last else starts[order + 1]
        own_s = duration_of(node, "duration")
        until_s = None if end_s is None else end_s - starts[order]
        if not is_last:
            own_s = until_s if own_s is None or until_s is None else min(own_s, until_s)
        duration_s = until_s if own_s is None else own_s
        if duration_s is not None and duration_s < 0:
            raise ManifestError(line=node.line, reason="a period ends before it starts")
        windows.append(Window(start_s=starts[order] - zero_s, duration_s=duration_s, followed=not is_last))
    return windows


def _starts(nodes: Sequence[Node]) -> list[Fraction]:
    starts: list[Fraction] = []
    end_s: Fraction | None = Fraction()
    for node in nodes:
        start_s = duration_of(node, "start")
        if start_s is None:
            start_s = end_s
        if start_s is None:
            raise ManifestError(line=node.line, reason="nothing says when a period starts")
        own_s = duration_of(node, "duration")
        end_s = None if own_s is None else start_s + own_s
        starts.append(start_s)
    return starts


# ---------------------------------------------------------------------------------------------------------- content


def _period(node: Node, window: Window, base_url: str) -> Period:
    refuse_condition(node)
    sets = [child for child in node.all("AdaptationSet") if not _is_nothing(child, "set")]
    found = list(read_sets(node, sets, base_url))
    return Period(
        window=window,
        representations=completed([one for one in found if isinstance(one, Representation)]),
        refusals=tuple(one for one in found if isinstance(one, Refusal)),
    )


def refuse_condition(node: Node) -> None:
    """Refuse a manifest or a period with a condition that is not understood (ISO/IEC 23009-1 5.8.4.8).

    Raises:
        UnsupportedMediaError: it has one.
    """
    if condition := condition_of(node):
        raise UnsupportedMediaError(what=f"a DASH manifest with {condition}")


def _is_nothing(node: Node, what: str) -> bool:
    """Whether an element says of itself that it is to be left out (ISO/IEC 23009-1 5.5.3)."""
    href = node.get("xlink:href")
    if href is not None and href != _NOTHING:
        raise UnsupportedMediaError(what=f"a DASH manifest with a {what} that is kept elsewhere (xlink)")
    return href is not None
