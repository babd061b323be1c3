"""What can be made to go wrong at the origin, and the one form of a rule for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FaultKind(StrEnum):
    """What happens to an answer."""

    STATUS = "status"
    """An error status, with Retry-After when the fault says so."""
    TRUNCATE = "truncate"
    """Content-Length promises everything; the connection is closed after some bytes."""
    SHORT_200 = "short_200"
    """The body is cut and the headers agree with what is left: only its structure tells, or, cut at a boundary, not
    even that."""
    WRONG_LENGTH = "wrong_length"
    """The body is whole and Content-Length is not its length. What was promised too much never comes, the connection is
    closed; what was promised too little follows the answer on the connection."""
    RESET = "reset"
    """The connection is reset (RST) after some bytes of the body."""
    RESET_HEAD = "reset_head"
    """The connection is reset after some bytes of the status line and the headers."""
    STALL = "stall"
    """Nothing more comes after some bytes until the rule is opened or the client has gone."""
    DRIP = "drip"
    """The body comes at a low rate of its own."""
    HTML = "html"
    """A page for people, with status 200."""
    OTHER_BODY = "other_body"
    """Other bytes than those that stand there, such as another key; type and validators stay."""
    CONTENT_TYPE = "content_type"
    """Another Content-Type."""
    NEW_ETAG = "new_etag"
    """Validators that no answer has had before, as of a content that changes all the time."""
    NO_RANGES = "no_ranges"
    """A range is ignored: everything comes, with status 200."""
    REDIRECT = "redirect"
    """302 to another address."""
    CROWDED = "crowded"
    """An error status like that of `status`, but only while more than `most` answers are under way."""
    GATE = "gate"
    """Not even the status comes until the rule is opened. Other faults may follow."""
    OTHER_RANGE = "other_range"
    """A range is answered with the one before it, and the headers say so."""
    MULTIPART = "multipart"
    """A range is answered in two parts (RFC 9110 15.3.7.2), the second half first."""
    SWAPPED = "swapped"
    """The halves of the body have changed places, and the headers know nothing of it."""
    REPEATED = "repeated"
    """The first half of the body comes twice, in place of the second too."""
    SLOW_TLS = "slow_tls"
    """A connection's TLS handshake is answered only after a while. Paths are of no account."""
    CUT_TLS = "cut_tls"
    """A connection is reset in its TLS handshake. Paths are of no account."""


HANDSHAKES: Final = frozenset({FaultKind.SLOW_TLS, FaultKind.CUT_TLS})
"""Kinds that strike connections, not answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A thing to go wrong for every path that fits a shell pattern (`*` crosses slashes)."""

    kind: FaultKind
    path: str = "*"
    times: int | None = 1
    """How many answers it hits; None means all."""
    skip: int = 0
    """How many answers that it fits it lets pass first."""
    every: int = 1
    """Of so many answers that it fits only the first `burst` are hit, then of the next so many, and so on."""
    burst: int = 1
    chance: float = 1.0
    """Which share of them is hit, drawn by `seed`, the path and how often it was asked for: the same in each run, in
    whatever order requests come."""
    seed: int = 0
    status: int = 503
    retry_after_s: int | None = None
    after_bytes: int | None = None
    """Where truncate, short_200, reset and stall strike, counted in the body, and reset_head, counted in the head; by
    default in the middle."""
    at_boundary: bool = False
    """Whether short_200 strikes there or before, between two packets of MPEG-TS or two fragments of MP4."""
    extra_bytes: int = 1
    """What wrong_length promises too much; below zero: too little."""
    bytes_per_s: float = 1024
    """How fast a drip is."""
    most: int = 1
    """How many answers at a time crowded lets pass, of those whose paths fit."""
    to: str = ""
    """Where redirect leads; `{path}` in it is the path that was asked for."""
    body: bytes = b""
    """What other_body sends."""
    content_type: str = ""
    """What content_type says."""
    delay_s: float = 1.0
    """How late slow_tls is."""
