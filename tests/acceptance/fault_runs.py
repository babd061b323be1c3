"""Many downloads with a fault each, by one run of the real program: starting it would take longer than they do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from tests.acceptance.service import run_command
from tests.commands import LOOPBACK, Json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.demo.faults import Fault
    from aniworld_dl.demo.origin import Origin
    from aniworld_dl.demo.rules import Rule

HASTY: Final = {
    **LOOPBACK,
    "ANIWORLD_DL_ATTEMPTS_PER_SEGMENT": "3",
    "ANIWORLD_DL_READ_TIMEOUT_S": "2",
    "ANIWORLD_DL_CONNECTIONS_PER_HOST": "64",
}
"""Three attempts, and a server that sends nothing is not waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one address: its file, or the code and the words of its error."""

    file: Path | None
    code: str | None = None
    text: str = ""
    struck: int | None = None
    """How many answers its fault has struck, None where there was none."""


@dataclass(slots=True, kw_only=True)
class Runs:
    """Addresses that are to be downloaded together, each below a path of its own, by turns on the origin and `others`.

    A server that does wrong gets fewer connections: several of them share the blame for many faults.
    """

    origin: Origin
    folder: Path
    others: Sequence[Origin] = ()
    _entries: list[tuple[str, str, Rule | None]] = field(default_factory=list)

    def add(self, name: str, served: Path, manifest: str, spoilt: str = "", fault: Fault | None = None) -> None:
        """Serve a folder once more, where the fault strikes what fits the pattern `spoilt`."""
        prefix = f"/{len(self._entries):03}"
        origins = (self.origin, *self.others)
        origin = origins[len(self._entries) % len(origins)]
        origin.add_folder(prefix, served)
        rule = origin.faults.add(replace(fault, path=f"{prefix}/{spoilt}")) if fault else None
        self._entries.append((name, origin.url(f"{prefix}/{manifest}"), rule))

    async def get(self, *options: str, env: Mapping[str, str] = HASTY) -> dict[str, Outcome]:
        """Download all of them, and check that what the program says is what there is."""
        urls = [url for _, url, _ in self._entries]
        out = self.folder / "out"
        options = ("-o", str(out), "--title", "Sturm", "--json", *options)
        ended = await run_command("get", *urls, *options, cwd=self.folder, env=env)
        assert ended.complaints == ""
        episodes = ended.lines()[-1]["episodes"]
        outcomes = [_outcome(out, rule, episode) for (_, _, rule), episode in zip(self._entries, episodes, strict=True)]
        assert ended.status == any(outcome.file is None for outcome in outcomes)
        _assert_only_what_is_completed(out, outcomes)
        return {name: outcome for (name, _, _), outcome in zip(self._entries, outcomes, strict=True)}


def _outcome(out: Path, rule: Rule | None, episode: Json) -> Outcome:
    struck = rule.taken if rule else None
    if episode["status"] == "completed":
        return Outcome(file=out / episode["path"], struck=struck)
    assert episode["status"] == "failed", episode
    return Outcome(file=None, code=episode["error"]["code"], text=episode["error_message"], struck=struck)


def _assert_only_what_is_completed(out: Path, outcomes: Sequence[Outcome]) -> None:
    """Files stand under their final names for what is completed and for nothing else; then no work is left either."""
    assert set(out.glob("Sturm/*/*.mkv")) == {outcome.file for outcome in outcomes} - {None}
    if all(outcome.file for outcome in outcomes):
        assert not (out / ".aniworld-dl").exists()
