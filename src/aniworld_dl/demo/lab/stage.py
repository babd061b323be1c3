"""Plays a fault: an origin of its own for an episode, with the rule, certificate and names that belong to it."""

from __future__ import annotations

import itertools
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.demo.authority import Authority
from aniworld_dl.demo.lab.kinds import HERE, OTHER, SAME_NAME, Certificate, Medium, Part
from aniworld_dl.demo.names import Names
from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.series import KUPFERWALD, NACHTZUG, STERNENHAFEN
from aniworld_dl.demo.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from aniworld_dl.demo.faults import Fault
    from aniworld_dl.demo.lab.kinds import LabFault
    from aniworld_dl.demo.rules import Rule
    from aniworld_dl.demo.series import Catalogue

_DOMAIN: Final = "lab.example"
_SERIES: Final = {Medium.HLS: KUPFERWALD, Medium.DASH: STERNENHAFEN, Medium.FILE: NACHTZUG}
_NUMBER: Final = 1
_VARIANTS: Final = ("low.m3u8", "high.m3u8")
"""Playlists that are made apart; other media know none of them."""
_PATHS: Final = {
    (Medium.HLS, Part.SEGMENT): "*/high-003.ts",
    (Medium.HLS, Part.SEGMENTS): "*.ts",
    (Medium.HLS, Part.PICTURES): "*.ts",
    (Medium.HLS, Part.MANIFEST): "*/high.m3u8",
    (Medium.HLS, Part.MANIFESTS): "*.m3u8",
    (Medium.HLS, Part.KEY): "*.key",
    (Medium.DASH, Part.SEGMENT): "*/1-003.m4s",
    (Medium.DASH, Part.SEGMENTS): "*.m4s",
    (Medium.DASH, Part.PICTURES): "*/[01]-*.m4s",
    (Medium.DASH, Part.MANIFEST): "*.mpd",
    (Medium.DASH, Part.MANIFESTS): "*.mpd",
    (Medium.DASH, Part.INIT): "*/1-init.mp4",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """An episode at `url`, while its origin runs."""

    url: str
    rules: tuple[Rule, ...]
    tokens: Tokens | None = None

    @property
    def struck(self) -> int:
        """How many answers and handshakes have been struck, and how many addresses had expired."""
        return sum(rule.taken for rule in self.rules) + (self.tokens.refused if self.tokens else 0)


class Lab:
    """Stages for faults, over episodes of a catalogue. `names` and `ca_pem` are what the client must go by.

    The certificates are kept in `folder`. Making a lab blocks for a moment.
    """

    def __init__(self, catalogue: Catalogue, folder: Path) -> None:
        self.names = Names()
        self._catalogue = catalogue
        authority, stranger = Authority.create(folder), Authority.create(folder / "stranger")
        own = [_DOMAIN, f"*.{_DOMAIN}"]
        self.ca_pem = authority.pem
        """The authority that vouches for all good certificates."""
        self._contexts = {
            Certificate.GOOD: authority.context(own),
            Certificate.EXPIRED: authority.context(own, expired=True),
            Certificate.OTHER_NAME: authority.context(["elsewhere.example"]),
            Certificate.STRANGER: stranger.context(own),
        }
        self._numbers = itertools.count(1)

    async def prepare(self) -> None:
        """Make the episodes: who asks for one on stage is in a hurry.

        Raises:
            AniworldDlError: they cannot be made.
        """
        for series in _SERIES.values():
            entry = series.media(_NUMBER)
            for name in (entry.rpartition("/")[2], *_VARIANTS):
                await self._catalogue.find(f"{entry.rpartition('/')[0]}/{name}")

    @asynccontextmanager
    async def stage(
        self, fault: LabFault, medium: Medium, *, total_bytes_per_s: float | None = None, extra: Iterable[LabFault] = ()
    ) -> AsyncIterator[Stage]:
        """Serve an episode with a fault; of `extra` only the rules count, and come after its own."""
        host = f"stage-{next(self._numbers)}.{_DOMAIN}"
        tls = self._contexts[fault.certificate] if fault.certificate else None
        async with AsyncExitStack() as stack:
            origin, other = [
                await stack.enter_async_context(Origin(tls=tls, total_bytes_per_s=total_bytes_per_s)) for _ in range(2)
            ]
            for each in (origin, other):
                each.add_shelf(self._catalogue)
            self.names.put(host, *fault.answers)
            stack.callback(self.names.drop, host)
            self.names.put(f"other-{host}", (HERE,))
            stack.callback(self.names.drop, f"other-{host}")
            targets = {OTHER: other.url("", f"other-{host}")[:-1], SAME_NAME: other.url("", host)[:-1]}
            placed = [
                _placed(each.fault, each.part, medium, targets) for each in (fault, *extra) if each.fault is not None
            ]
            rules = tuple(origin.faults.add(rule) for rule in placed)
            path = _SERIES[medium].media(_NUMBER)
            tokens = Tokens(path.rpartition("/")[0], answers=fault.tokens) if fault.tokens else None
            if tokens:
                origin.add_guard(tokens)
            yield Stage(url=origin.url(path, host), rules=rules, tokens=tokens)


def _placed(fault: Fault, part: Part, medium: Medium, targets: dict[str, str]) -> Fault:
    """Return the rule for the addresses of a medium."""
    to = fault.to
    for sign, address in targets.items():
        to = to.replace(sign, address)
    after_first = medium is Medium.FILE and part in {Part.SEGMENT, Part.SEGMENTS}
    return replace(fault, to=to, path=_PATHS.get((medium, part), "*"), skip=1 if after_first else 0)
