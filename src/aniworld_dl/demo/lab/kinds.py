"""What the fault lab knows of a fault: what it does, for which media it makes sense, and what is right then."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.demo.faults import Fault


class Medium(StrEnum):
    """How an episode is offered."""

    HLS = "hls"
    DASH = "dash"
    FILE = "file"


class Part(StrEnum):
    """Which addresses of an episode a fault is about."""

    SEGMENT = "segment"
    """One segment; of a plain file, all answers after the first."""
    SEGMENTS = "segments"
    PICTURES = "pictures"
    """Segments whose bytes say by themselves whether they are in their places: sound in fMP4 does not."""
    MANIFEST = "manifest"
    """The playlist or manifest; of a plain file, its first answers."""
    MANIFESTS = "manifests"
    """All playlists: where one of several is lacking, the product takes another variant."""
    KEY = "key"
    INIT = "init"
    EVERYTHING = "everything"


class Right(StrEnum):
    """Which outcome of an episode is right."""

    PROVEN = "proven"
    """The file, with the streams that it has without the fault."""
    FAILED = "failed"
    """An error whose code names the reason."""
    EITHER = "either"


class Certificate(StrEnum):
    """What a server shows in its TLS handshake."""

    GOOD = "good"
    EXPIRED = "expired"
    OTHER_NAME = "other_name"
    STRANGER = "stranger"
    """Nobody vouches for it."""


ALL: Final = frozenset(Medium)
CUT_UP: Final = frozenset({Medium.HLS, Medium.DASH})
PLAIN: Final = frozenset({Medium.FILE})
HERE: Final = "127.0.0.1"
DEAD: Final = "::1"
"""Where nothing listens."""
REFUSED: Final = "10.99.0.1"
OTHER: Final = "{other}"
"""In the target of a redirect: the origin's twin on another port, under another name."""
SAME_NAME: Final = "{same_name}"
"""The twin under the same name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabFault:
    """One way in which things go wrong. `codes` are the errors that name it truly."""

    name: str
    what: str
    fault: Fault | None = None
    part: Part = Part.SEGMENT
    media: frozenset[Medium] = ALL
    right: Right = Right.PROVEN
    codes: frozenset[str] = frozenset()
    unlike: frozenset[Medium] = frozenset()
    """Media for which either outcome is right."""
    lengthy: frozenset[Medium] = frozenset()
    """Media for which it takes a minute until it is found that nothing helps."""
    certificate: Certificate | None = None
    """Not None: the origin speaks https."""
    answers: Sequence[Sequence[str]] = ((HERE,),)
    """What look-ups of the origin's name give, one after the other."""
    tokens: int | None = None
    """For how many answers an address is good."""

    def right_for(self, medium: Medium) -> Right:
        """Return which outcome is right for a medium."""
        return Right.EITHER if medium in self.unlike else self.right

    def accepts(self, medium: Medium, code: str | None) -> bool:
        """Tell whether an outcome is right: the code of an error, or None for a proven file."""
        right = self.right_for(medium)
        if code is None:
            return right is not Right.FAILED
        return right is not Right.PROVEN and code in self.codes


def codes_of(*codes: str) -> frozenset[str]:
    """Return codes of errors, and that of an episode which lacks a part for one of these reasons."""
    return frozenset({"incomplete", *codes})


BROKEN: Final = codes_of("body_truncated", "connection_lost", "connect_failed")
DAMAGED: Final = codes_of("segment_invalid", "body_truncated", "source_changed", "decrypt_failed", "not_media")
SILENT: Final = codes_of("stalled", "connect_failed")
REFUSING: Final = codes_of("http_status", "host_cooling")
GUARDED: Final = codes_of("address_refused")
UNREACHED: Final = frozenset({"connect_failed"})
NAMELESS: Final = frozenset({"name_not_resolved"})
TWICE: Final = 2
