"""Faults that never pass, and faults of what every segment needs: the error says what it is."""

from __future__ import annotations

from typing import Final

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.lab.kinds import (
    BROKEN,
    CUT_UP,
    DAMAGED,
    PLAIN,
    REFUSING,
    SILENT,
    TWICE,
    LabFault,
    Medium,
    Part,
    Right,
    codes_of,
)

LASTING: Final = (
    LabFault(
        name="always-404",
        what="404 for good",
        fault=Fault(kind=FaultKind.STATUS, times=None, status=404),
        right=Right.FAILED,
        codes=REFUSING,
    ),
    LabFault(
        name="always-503",
        what="503 for good",
        fault=Fault(kind=FaultKind.STATUS, times=None),
        right=Right.FAILED,
        codes=REFUSING,
    ),
    LabFault(
        name="always-cut",
        what="cut in the middle, for good",
        fault=Fault(kind=FaultKind.TRUNCATE, times=None),
        right=Right.FAILED,
        codes=BROKEN | DAMAGED,
    ),
    LabFault(
        name="always-short",
        what="cut and headers that agree, for good",
        fault=Fault(kind=FaultKind.SHORT_200, times=None, after_bytes=20_001),
        right=Right.FAILED,
        codes=DAMAGED,
    ),
    LabFault(
        name="always-reset",
        what="a reset within the body, for good",
        fault=Fault(kind=FaultKind.RESET, times=None),
        right=Right.FAILED,
        codes=BROKEN,
    ),
    LabFault(
        name="always-stall",
        what="silence within the body, for good",
        fault=Fault(kind=FaultKind.STALL, times=None),
        right=Right.FAILED,
        codes=SILENT,
    ),
    LabFault(
        name="always-silent",
        what="no answer, for good",
        fault=Fault(kind=FaultKind.GATE, times=None),
        right=Right.FAILED,
        codes=SILENT,
        lengthy=PLAIN,
    ),
    LabFault(
        name="always-page",
        what="a web page, for good",
        fault=Fault(kind=FaultKind.HTML, times=None),
        right=Right.FAILED,
        codes=DAMAGED,
    ),
    LabFault(
        name="always-swapped",
        what="the halves in the wrong order, for good",
        fault=Fault(kind=FaultKind.SWAPPED, times=None),
        media=CUT_UP,
        right=Right.FAILED,
        codes=DAMAGED,
    ),
)
"""What never passes: the error says what it is."""

MANIFESTS: Final = (
    LabFault(
        name="manifest-cut",
        what="the manifest is cut, the length says more",
        fault=Fault(kind=FaultKind.TRUNCATE, times=TWICE),
        part=Part.MANIFEST,
        codes=BROKEN,
    ),
    LabFault(
        name="manifest-short",
        what="half a manifest, and headers that agree",
        fault=Fault(kind=FaultKind.SHORT_200),
        part=Part.MANIFEST,
        media=CUT_UP,
        right=Right.EITHER,
        codes=codes_of("manifest_invalid", "not_media"),
    ),
    LabFault(
        name="manifest-500",
        what="500 for the manifest",
        fault=Fault(kind=FaultKind.STATUS, times=TWICE, status=500),
        part=Part.MANIFEST,
        codes=REFUSING,
    ),
    LabFault(
        name="manifest-silent",
        what="no answer for the manifest",
        fault=Fault(kind=FaultKind.GATE),
        part=Part.MANIFEST,
        codes=SILENT,
    ),
    LabFault(
        name="manifest-404",
        what="404 for the manifest, for good",
        fault=Fault(kind=FaultKind.STATUS, times=None, status=404),
        part=Part.MANIFESTS,
        right=Right.FAILED,
        codes=REFUSING,
    ),
    LabFault(
        name="manifest-page",
        what="a web page in place of the manifest, for good",
        fault=Fault(kind=FaultKind.HTML, times=None),
        part=Part.MANIFESTS,
        right=Right.FAILED,
        codes=codes_of("not_media", "manifest_invalid"),
    ),
    LabFault(
        name="manifest-garbage",
        what="bytes without sense in place of the manifest",
        fault=Fault(kind=FaultKind.OTHER_BODY, times=None, body=bytes(range(256)) * 8),
        part=Part.MANIFESTS,
        right=Right.FAILED,
        codes=codes_of("not_media", "manifest_invalid"),
    ),
    LabFault(
        name="wrong-key",
        what="another key",
        fault=Fault(kind=FaultKind.OTHER_BODY, times=None, body=b"sixteen bytes???"),
        part=Part.KEY,
        media=frozenset({Medium.HLS}),
        right=Right.FAILED,
        codes=codes_of("decrypt_failed", "segment_invalid"),
    ),
    LabFault(
        name="short-key",
        what="half a key",
        fault=Fault(kind=FaultKind.SHORT_200, times=None),
        part=Part.KEY,
        media=frozenset({Medium.HLS}),
        right=Right.FAILED,
        codes=codes_of("decrypt_failed", "segment_invalid"),
    ),
    LabFault(
        name="no-init",
        what="404 for an init section",
        fault=Fault(kind=FaultKind.STATUS, times=None, status=404),
        part=Part.INIT,
        media=frozenset({Medium.DASH}),
        right=Right.FAILED,
        codes=REFUSING,
    ),
)
"""What is wrong before the first segment, or with what all of them need."""
