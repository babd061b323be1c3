"""From how a representation's segments are addressed to the segments: templates and lists (ISO/IEC 23009-1 5.3.9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from aniworld_dl.errors import ManifestError
from aniworld_dl.media.dash.template import compile_template
from aniworld_dl.media.dash.timeline import SEGMENTS_LIMIT, MediaClock, equal_slots, timeline_slots, too_many
from aniworld_dl.media.dash.values import address, byte_range, unsigned
from aniworld_dl.model import InitSection, Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from aniworld_dl.media.dash.template import UrlTemplate
    from aniworld_dl.media.dash.timeline import Slot, Window
    from aniworld_dl.media.dash.xml import Node
    from aniworld_dl.model import ByteRange

ADDRESSES_LIMIT: Final = 64 * 1024 * 1024
"""Characters of all addresses of one track together: a template may make much of little."""


class Form(StrEnum):
    """What addresses the segments: the name of the element."""

    TEMPLATE = "SegmentTemplate"
    LIST = "SegmentList"
    BASE = "SegmentBase"
    """One file, with an index inside or none; also when there is a BaseURL and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressing:
    """The elements of one form that speak of a representation, its own first, then its set's, then its period's.

    What the nearest does not say the next one does (ISO/IEC 23009-1 5.3.9.1).
    """

    form: Form
    base_url: str
    line: int
    levels: tuple[Node, ...] = ()
    known: Mapping[str, str | int | None] = field(default_factory=lambda: MappingProxyType({}))
    """What templates may ask for: RepresentationID and Bandwidth."""

    def text(self, name: str) -> str | None:
        """Return an attribute."""
        return next((value for level in self.levels if (value := level.get(name)) is not None), None)

    def number(self, name: str, default: int) -> int:
        """Return an attribute that is a whole number.

        Raises:
            ManifestError: it is none.
        """
        value = self.text(name)
        return default if value is None else unsigned(value, self.line)

    def child(self, name: str) -> Node | None:
        """Return a child element."""
        return next((child for level in self.levels if (child := level.first(name)) is not None), None)

    def clock(self, window: Window) -> MediaClock:
        """Return the clock of the media in its period.

        Raises:
            ManifestError: the timescale or the presentationTimeOffset is no number.
        """
        timescale, offset = self.number("timescale", 1), self.number("presentationTimeOffset", 0)
        if not timescale:
            raise ManifestError(line=self.line, reason="a timescale is 0")
        return MediaClock(window=window, timescale=timescale, offset=offset)

    def whole(self, window: Window) -> Segment:
        """Return the file as one segment that lasts as long as the period.

        Raises:
            ManifestError: the timescale or the presentationTimeOffset is no number.
        """
        clock = self.clock(window)
        return Segment(index=0, uri=self.base_url, duration_s=clock.whole(0).duration_s, shift_s=clock.shift_s)

    def init(self) -> InitSection | None:
        """Return the init section that the manifest names.

        Raises:
            ManifestError: its address or its range is none.
        """
        template, element = self.text("initialization"), self.child("Initialization")
        if template is not None and self.form is Form.TEMPLATE:
            compiled = compile_template(template, self.base_url, self.known, self.line)
            if compiled.varies:
                raise ManifestError(line=self.line, reason="the template of an init section has a number or a time")
            return InitSection(uri=compiled.fill(number=0, time=0))
        if element is None:
            return None
        return InitSection(
            uri=address(self.base_url, element.get("sourceURL") or "", element.line),
            byte_range=_range(element, "range"),
        )


def addressed_segments(addressing: Addressing, window: Window, *, with_init: bool = True) -> list[Segment]:
    """Return what a template or a list stands for in one period.

    Raises:
        ManifestError: it is not valid, or stands for more segments than any episode has.
        UnsupportedMediaError: the segments come in several parts.
    """
    clock = addressing.clock(window)
    found = _templated(addressing, clock) if addressing.form is Form.TEMPLATE else _listed(addressing, clock)
    init, shift_s = addressing.init() if with_init else None, clock.shift_s
    segments: list[Segment] = []
    characters = 0
    for index, (uri, part, duration_s) in enumerate(found):
        characters += len(uri)
        if characters > ADDRESSES_LIMIT:
            raise ManifestError(line=addressing.line, reason="the addresses of a representation are too long together")
        segments.append(
            Segment(index=index, uri=uri, duration_s=duration_s, byte_range=part, init=init, shift_s=shift_s)
        )
    if not segments:
        raise ManifestError(line=addressing.line, reason="a representation has no segments")
    return segments


def segment_after(addressing: Addressing, window: Window, count: int) -> Segment | None:
    """Return what would follow the `count` segments of a template where only the end of all says that they are all.

    None where a timeline, a last number or another period says so too.
    """
    ticks, media = addressing.number("duration", 0), addressing.text("media")
    counted = addressing.child("SegmentTimeline") is not None or addressing.text("endNumber") is not None
    if addressing.form is not Form.TEMPLATE or media is None or not ticks or counted or window.followed:
        return None
    clock, template = addressing.clock(window), _media_template(addressing, media)
    time, number = clock.offset + count * ticks, addressing.number("startNumber", 1) + count
    uri = template.fill(number=number, time=time)
    following = Segment(index=count, uri=uri, duration_s=0.0, init=addressing.init(), shift_s=clock.shift_s)
    return following if template.varies else None


_Found: TypeAlias = "tuple[str, ByteRange | None, float | None]"


def _templated(addressing: Addressing, clock: MediaClock) -> Iterator[_Found]:
    media = addressing.text("media")
    if media is None:
        raise ManifestError(line=addressing.line, reason="a SegmentTemplate has no @media")
    template = _media_template(addressing, media)
    for order, slot in enumerate(_template_slots(addressing, clock)):
        if order and not template.varies:
            raise ManifestError(line=addressing.line, reason="a template gives all segments one address")
        yield template.fill(number=slot.number, time=slot.time), None, slot.duration_s


def _media_template(addressing: Addressing, media: str) -> UrlTemplate:
    return compile_template(media, addressing.base_url, addressing.known, addressing.line)


def _template_slots(addressing: Addressing, clock: MediaClock) -> Iterator[Slot]:
    first = addressing.number("startNumber", 1)
    last = addressing.number("endNumber", 0) if addressing.text("endNumber") else None
    timeline = addressing.child("SegmentTimeline")
    if timeline is not None:
        slots = timeline_slots(timeline, clock, first)
        return clock.shown(slot for slot in slots if last is None or slot.number <= last)
    ticks = addressing.number("duration", 0)
    if not ticks:
        return iter([clock.whole(first)])
    return clock.shown(equal_slots(clock, ticks, first, _count(addressing, clock, ticks, first, last)))


def _count(addressing: Addressing, clock: MediaClock, ticks: int, first: int, last: int | None) -> int:
    """Return how many segments of one duration there are: up to the last number or the period's end."""
    bounds = [clock.fitting(clock.offset, ticks), None if last is None else max(last - first + 1, 0)]
    known = [bound for bound in bounds if bound is not None]
    if not known:
        raise ManifestError(line=addressing.line, reason="nothing says how many segments a representation has")
    if min(known) > SEGMENTS_LIMIT:
        raise too_many(addressing.line)
    return min(known)


def _listed(addressing: Addressing, clock: MediaClock) -> Iterator[_Found]:
    owner = next((level for level in addressing.levels if level.first("SegmentURL") is not None), None)
    elements = list(owner.all("SegmentURL")) if owner else []
    first = addressing.number("startNumber", 1)
    for slot in clock.shown(_list_slots(addressing, clock, first, len(elements))):
        element = elements[slot.number - first]
        uri = address(addressing.base_url, element.get("media") or "", element.line)
        yield uri, _range(element, "mediaRange"), slot.duration_s


def _list_slots(addressing: Addressing, clock: MediaClock, first: int, count: int) -> Iterable[Slot]:
    if count > SEGMENTS_LIMIT:
        raise too_many(addressing.line)
    timeline, ticks = addressing.child("SegmentTimeline"), addressing.number("duration", 0)
    if timeline is not None:
        slots = list(timeline_slots(timeline, clock, first))
        if [slot.number for slot in slots] != list(range(first, first + count)):
            raise ManifestError(line=addressing.line, reason="a SegmentList and its timeline differ in their segments")
        return slots
    if ticks:
        return equal_slots(clock, ticks, first, count)
    if count == 1:
        return [clock.whole(first)]
    return [clock.whole(first + order)._replace(duration_s=None) for order in range(count)]


def _range(element: Node, name: str) -> ByteRange | None:
    text = element.get(name)
    return None if text is None else byte_range(text, element.line)
