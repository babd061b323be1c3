"""Addresses that expire while they are used: the playlist is read again, and the download goes on where it was."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.tokens import Tokens
from tests.acceptance.fault_runs import Runs
from tests.acceptance.kills import PLAYLIST, make_long_episode
from tests.media_recipes import NUMBERS
from tests.media_samples import AES, FMP4, TS, own_remux, streamhash

if TYPE_CHECKING:
    from pathlib import Path

    from tests.media_matrix import Matrix
    from tests.media_samples import Samples

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

EVERY: Final = 20
CONNECTIONS: Final = 24


async def test_tokens_that_expire_every_20_segments(tmp_path: Path) -> None:
    """Each reading of the playlist is for all who wait, and no segment that came is fetched again."""
    episode = tmp_path / "served"
    segments = make_long_episode(episode, 80)
    kinds = {"403": (403, False), "410, in the path": (410, True), "401": (401, False)}
    async with AsyncExitStack() as stack:
        origins = [await stack.enter_async_context(Origin()) for _ in kinds]
        runs = Runs(origin=origins[0], others=origins[1:], folder=tmp_path)
        guards = []
        for number, (name, (status, in_path)) in enumerate(kinds.items()):
            runs.add(name, episode, PLAYLIST)
            guard = Tokens(f"{number:03}", answers=EVERY, status=status, in_path=in_path)
            guards.append(origins[number].add_guard(guard))
        outcomes = await runs.get()
    own = streamhash(own_remux(episode / PLAYLIST, tmp_path / "own.mkv"))
    for outcome, tokens, origin in zip(outcomes.values(), guards, origins, strict=True):
        assert outcome.file is not None, outcome
        assert streamhash(outcome.file) == own
        came = Counter(tokens.plain_path(record.path) for record in origin.requests if record.status == 200)
        assert {count for path, count in came.items() if path.endswith(".ts")} == {1}
        assert len([path for path in came if path.endswith(".ts")]) == len(segments)
        assert tokens.issued <= len(segments) // EVERY + 2, "the playlist was read more often than tokens expired"
        assert tokens.refused <= tokens.issued * CONNECTIONS


async def test_tokens_of_keys_init_sections_and_manifests(samples: Samples, matrix: Matrix, tmp_path: Path) -> None:
    """What is no segment expires too."""
    dash = matrix.manifest(NUMBERS)
    async with Origin() as origin:
        runs = Runs(origin=origin, folder=tmp_path)
        for source in (TS, FMP4, AES):
            runs.add(source, samples.folder, source)
        runs.add(NUMBERS, dash.parent, dash.name)
        for number in range(4):
            origin.add_guard(Tokens(f"{number:03}", answers=3))
        outcomes = await runs.get()
    for name, outcome in outcomes.items():
        assert outcome.file is not None, outcome
        expected = matrix.streams(NUMBERS) if name == NUMBERS else samples.own_streams(name)
        assert streamhash(outcome.file) == expected, name


async def test_a_playlist_that_gives_nothing_but_expired_addresses(samples: Samples, tmp_path: Path) -> None:
    """It is not read for ever: the episode fails and says what the server answered."""
    async with Origin() as origin:
        runs = Runs(origin=origin, folder=tmp_path)
        runs.add("never", samples.folder, TS)
        tokens = origin.add_guard(Tokens("000", answers=0))
        outcome = (await runs.get())["never"]
    assert outcome.code in {"http_status", "incomplete"}
    assert tokens.issued < 20
