"""Faults that strike once or twice, and oddities: where more attempts are made they leave no trace."""

from __future__ import annotations

from typing import Final

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.lab.kinds import (
    BROKEN,
    CUT_UP,
    DAMAGED,
    GUARDED,
    OTHER,
    PLAIN,
    REFUSED,
    REFUSING,
    SILENT,
    TWICE,
    LabFault,
    Part,
    Right,
    codes_of,
)

PASSING: Final = (
    LabFault(
        name="cut",
        what="the body ends in the middle, the length says more",
        fault=Fault(kind=FaultKind.TRUNCATE, times=TWICE),
        codes=BROKEN,
    ),
    LabFault(
        name="cut-late",
        what="the body ends after 30 kB, the length says more",
        fault=Fault(kind=FaultKind.TRUNCATE, times=TWICE, after_bytes=30_000),
        codes=BROKEN,
    ),
    LabFault(
        name="short-200",
        what="a cut body, and headers that agree",
        fault=Fault(kind=FaultKind.SHORT_200, times=TWICE, after_bytes=20_001),
        codes=DAMAGED,
    ),
    LabFault(
        name="short-clean",
        what="the same, cut between two packets or fragments",
        fault=Fault(kind=FaultKind.SHORT_200, times=TWICE, at_boundary=True),
        codes=DAMAGED,
    ),
    LabFault(
        name="empty-200",
        what="no body, and headers that agree",
        fault=Fault(kind=FaultKind.SHORT_200, times=TWICE, after_bytes=0),
        codes=DAMAGED,
        unlike=PLAIN,
    ),
    LabFault(
        name="length-more",
        what="the length says one byte more than comes",
        fault=Fault(kind=FaultKind.WRONG_LENGTH, times=TWICE),
        codes=BROKEN,
    ),
    LabFault(
        name="length-less",
        what="more comes than the length says",
        fault=Fault(kind=FaultKind.WRONG_LENGTH, times=TWICE, extra_bytes=-777),
        codes=BROKEN | DAMAGED,
    ),
    LabFault(
        name="reset-early",
        what="a reset before the head",
        fault=Fault(kind=FaultKind.RESET_HEAD, times=TWICE, after_bytes=0),
        codes=BROKEN,
    ),
    LabFault(
        name="reset-head",
        what="a reset within the head",
        fault=Fault(kind=FaultKind.RESET_HEAD, times=TWICE),
        codes=BROKEN,
    ),
    LabFault(
        name="reset-headed",
        what="a reset right after the head",
        fault=Fault(kind=FaultKind.RESET, times=TWICE, after_bytes=0),
        codes=BROKEN,
    ),
    LabFault(
        name="reset",
        what="a reset within the body",
        fault=Fault(kind=FaultKind.RESET, times=TWICE),
        codes=BROKEN,
    ),
    LabFault(
        name="silence",
        what="no answer",
        fault=Fault(kind=FaultKind.GATE),
        codes=SILENT,
    ),
    LabFault(
        name="stall-headed",
        what="silence after the head",
        fault=Fault(kind=FaultKind.STALL, after_bytes=0),
        codes=SILENT,
    ),
    LabFault(
        name="stall",
        what="silence within the body",
        fault=Fault(kind=FaultKind.STALL),
        codes=SILENT,
    ),
    LabFault(
        name="drip",
        what="60 kB/s",
        fault=Fault(kind=FaultKind.DRIP, times=TWICE, bytes_per_s=60_000),
        codes=SILENT,
    ),
    LabFault(
        name="429",
        what="429 without Retry-After",
        fault=Fault(kind=FaultKind.STATUS, times=TWICE, status=429),
        codes=REFUSING,
    ),
    LabFault(
        name="429-after",
        what="429 with Retry-After: 1",
        fault=Fault(kind=FaultKind.STATUS, times=TWICE, status=429, retry_after_s=1),
        codes=REFUSING,
    ),
    LabFault(
        name="503",
        what="503 without Retry-After",
        fault=Fault(kind=FaultKind.STATUS, times=TWICE),
        codes=REFUSING,
    ),
    LabFault(
        name="503-after",
        what="503 with Retry-After: 1",
        fault=Fault(kind=FaultKind.STATUS, times=TWICE, retry_after_s=1),
        codes=REFUSING,
    ),
    LabFault(
        name="500",
        what="500",
        fault=Fault(kind=FaultKind.STATUS, times=TWICE, status=500),
        codes=REFUSING,
    ),
    LabFault(
        name="expired",
        what="403 once, as of an address that has expired",
        fault=Fault(kind=FaultKind.STATUS, status=403),
        codes=REFUSING,
    ),
    LabFault(
        name="gone",
        what="404 once",
        fault=Fault(kind=FaultKind.STATUS, status=404),
        codes=REFUSING,
    ),
    LabFault(
        name="page",
        what="a web page with status 200",
        fault=Fault(kind=FaultKind.HTML, times=TWICE),
        codes=DAMAGED,
        unlike=PLAIN,
    ),
    LabFault(
        name="other-range",
        what="another range than asked for, and headers that say so",
        fault=Fault(kind=FaultKind.OTHER_RANGE, times=TWICE),
        media=PLAIN,
        codes=DAMAGED,
        unlike=PLAIN,
    ),
    LabFault(
        name="multipart",
        what="a range in two parts, the second first",
        fault=Fault(kind=FaultKind.MULTIPART, times=TWICE),
        media=PLAIN,
        codes=DAMAGED,
        unlike=PLAIN,
    ),
    LabFault(
        name="swapped",
        what="the halves of the body in the wrong order",
        fault=Fault(kind=FaultKind.SWAPPED, times=TWICE),
        media=CUT_UP,
        codes=DAMAGED,
    ),
    LabFault(
        name="repeated",
        what="the first half of the body twice",
        fault=Fault(kind=FaultKind.REPEATED, times=TWICE),
        part=Part.PICTURES,
        media=CUT_UP,
        codes=DAMAGED,
    ),
)
"""What strikes once or twice, where more attempts are made: it leaves no trace."""

ODD: Final = (
    LabFault(
        name="other-type",
        what="image/png",
        fault=Fault(kind=FaultKind.CONTENT_TYPE, times=None, content_type="image/png"),
        part=Part.EVERYTHING,
        codes=DAMAGED,
    ),
    LabFault(
        name="new-etag",
        what="a tag and a date of its own for every answer",
        fault=Fault(kind=FaultKind.NEW_ETAG, times=None),
        part=Part.SEGMENTS,
        codes=frozenset({"source_changed"}),
        unlike=PLAIN,
    ),
    LabFault(
        name="no-ranges",
        what="ranges are ignored",
        fault=Fault(kind=FaultKind.NO_RANGES, times=None),
        part=Part.MANIFEST,
        media=PLAIN,
        codes=frozenset({"source_changed"}),
        unlike=PLAIN,
    ),
    LabFault(
        name="crowded",
        what="429 for more than one answer at a time",
        fault=Fault(kind=FaultKind.CROWDED, times=None, status=429, most=1),
        part=Part.SEGMENTS,
        media=CUT_UP,
        codes=REFUSING,
    ),
    LabFault(
        name="redirect",
        what="302 to another host",
        fault=Fault(kind=FaultKind.REDIRECT, times=None, to=f"{OTHER}{{path}}"),
        part=Part.SEGMENTS,
        codes=BROKEN,
    ),
    LabFault(
        name="redirect-refused",
        what="302 to an address that is refused",
        fault=Fault(kind=FaultKind.REDIRECT, times=None, to=f"http://{REFUSED}{{path}}"),
        right=Right.FAILED,
        codes=GUARDED,
    ),
    LabFault(
        name="redirect-loop",
        what="302 to itself",
        fault=Fault(kind=FaultKind.REDIRECT, times=None, to="{path}"),
        right=Right.FAILED,
        codes=codes_of("too_many_redirects"),
    ),
    LabFault(
        name="tokens",
        what="addresses that expire after six answers",
        media=CUT_UP,
        codes=REFUSING,
        tokens=6,
    ),
)
"""What some servers always do."""
