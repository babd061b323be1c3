"""Faults on the way to a server: of TLS and of name servers."""

from __future__ import annotations

from typing import Final

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.lab.kinds import (
    BROKEN,
    DEAD,
    GUARDED,
    HERE,
    NAMELESS,
    REFUSED,
    SAME_NAME,
    SILENT,
    TWICE,
    UNREACHED,
    Certificate,
    LabFault,
    Part,
    Right,
)

HANDSHAKES: Final = (
    LabFault(
        name="tls",
        what="https, and nothing wrong",
        certificate=Certificate.GOOD,
    ),
    LabFault(
        name="slow-tls",
        what="TLS handshakes take a second",
        fault=Fault(kind=FaultKind.SLOW_TLS, times=None),
        part=Part.EVERYTHING,
        codes=SILENT,
        certificate=Certificate.GOOD,
    ),
    LabFault(
        name="cut-tls",
        what="two resets in TLS handshakes",
        fault=Fault(kind=FaultKind.CUT_TLS, times=TWICE),
        part=Part.EVERYTHING,
        codes=BROKEN,
        certificate=Certificate.GOOD,
    ),
    LabFault(
        name="silent-tls",
        what="TLS handshakes take for ever",
        fault=Fault(kind=FaultKind.SLOW_TLS, times=None, delay_s=3600.0),
        part=Part.EVERYTHING,
        right=Right.FAILED,
        codes=SILENT,
        certificate=Certificate.GOOD,
    ),
    LabFault(
        name="certificate-expired",
        what="a certificate of last week",
        right=Right.FAILED,
        codes=UNREACHED,
        certificate=Certificate.EXPIRED,
    ),
    LabFault(
        name="certificate-other-name",
        what="a certificate for another name",
        right=Right.FAILED,
        codes=UNREACHED,
        certificate=Certificate.OTHER_NAME,
    ),
    LabFault(
        name="certificate-stranger",
        what="a certificate that nobody vouches for",
        right=Right.FAILED,
        codes=UNREACHED,
        certificate=Certificate.STRANGER,
    ),
)
"""Faults of TLS."""

LOOKUPS: Final = (
    LabFault(
        name="dns-fails",
        what="the name server fails twice",
        codes=NAMELESS,
        answers=((), (), (HERE,)),
    ),
    LabFault(
        name="dns-none",
        what="the name has no address",
        right=Right.FAILED,
        codes=NAMELESS,
        answers=((),),
    ),
    LabFault(
        name="dns-moves",
        what="the name leads nowhere at first",
        codes=UNREACHED,
        answers=((DEAD,), (HERE,)),
    ),
    LabFault(
        name="dns-half-dead",
        what="the first of two addresses is dead",
        codes=UNREACHED,
        answers=((DEAD, HERE),),
    ),
    LabFault(
        name="dns-mixed",
        what="one of two addresses is refused",
        right=Right.FAILED,
        codes=GUARDED,
        answers=((HERE, REFUSED),),
    ),
    LabFault(
        name="dns-rebinds",
        what="the second look-up leads to an address that is refused",
        fault=Fault(kind=FaultKind.REDIRECT, times=None, to=f"{SAME_NAME}{{path}}"),
        part=Part.SEGMENTS,
        right=Right.FAILED,
        codes=GUARDED,
        answers=((HERE,), (REFUSED,)),
    ),
)
"""Faults of name servers."""
