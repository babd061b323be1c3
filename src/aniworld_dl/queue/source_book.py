"""How sources do: each failure with its reason by episode, and over all episodes a health that outlives restarts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.errors import HostCoolingError, StorageError
from aniworld_dl.logs import get_logger
from aniworld_dl.model import FailedSource, Health
from aniworld_dl.queue.database import fetch
from aniworld_dl.queue.rows import error_columns, error_of_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import aiosqlite

    from aniworld_dl.errors import AniworldDlError
    from aniworld_dl.model import Episode
    from aniworld_dl.queue.database import Database
    from aniworld_dl.queue.queries import Row

_HALF_LIFE_S: Final = 86_400.0
"""After so long half of what a source has to its discredit is forgiven."""
_FORGOTTEN_AFTER_S: Final = 30 * 86_400.0
MOST_SOURCES: Final = 500
"""Servers whose names change each time are no use to remember."""
MOST_FAILURES: Final = 100
"""Of an episode."""

_log = get_logger(__name__)


class SourceBook:
    """Notes what becomes of sources. Without a database it is not kept. `now` is in seconds since the epoch.

    A failure halves the health of a source, a success halves what it lacks. What cannot be written is left out: an
    episode never fails for it.
    """

    def __init__(self, database: Database | None = None) -> None:
        self._database = database
        self._known: dict[tuple[str, str], Health] = {}

    async def load(self, now: float) -> None:
        """Read what was noted before.

        Raises:
            StorageError: the database refuses.
        """
        if self._database is not None:
            await self._database.change("forget_source_health", before=now - _FORGOTTEN_AFTER_S)
            found = map(_health_of, await self._database.read("source_health"))
            self._known = {(health.provider, health.source): health for health in found}

    def health(self, provider: str, now: float) -> Mapping[str, float]:
        """Return how the sources of a provider do, by their names in lower case."""
        return {each.source: each.score for each in self.all_health(now) if each.provider == provider}

    def all_health(self, now: float) -> list[Health]:
        """Return how all sources do, those of each provider that do worst first."""
        known = [replace(each, score=_score(each, now)) for each in self._known.values()]
        return sorted(known, key=lambda each: (each.provider, each.score, each.source))

    async def failed(self, episode: Episode, failure: FailedSource, error: AniworldDlError) -> None:
        """Note that a source failed. A server that only wants to be left alone for a while is none the worse for it."""
        known = None if isinstance(error, HostCoolingError) else self._halved(failure)
        await self._write(episode.id, failure, known)

    async def worked(self, provider: str, source: str, now: float) -> None:
        """Note that a source gave what it promised."""
        before = self._before(provider, source)
        score = (_score(before, now) + 1) / 2
        known = replace(before, score=score, at=now, worked_at=now, successes=before.successes + 1)
        await self._write(None, None, known)

    async def failures(self, episode_id: int) -> Sequence[FailedSource]:
        """Return the sources of an episode that failed, the latest first.

        Raises:
            StorageError: the database refuses.
        """
        if self._database is None:
            return ()
        return tuple(map(_failure_of, await self._database.read("source_failures", episode_id=episode_id)))

    def _halved(self, failure: FailedSource) -> Health:
        before = self._before(failure.provider, failure.source)
        return replace(
            before,
            score=_score(before, failure.at) / 2,
            at=failure.at,
            failed_at=failure.at,
            failures=before.failures + 1,
            error=failure.error,
        )

    def _before(self, provider: str, source: str) -> Health:
        name = source.casefold()
        return self._known.get((provider, name), Health(provider=provider, source=name))

    async def _write(self, episode_id: int | None, failure: FailedSource | None, health: Health | None) -> None:
        if health is not None:
            self._known[health.provider, health.source] = health
        oldest = self._forget_oldest()

        async def change(connection: aiosqlite.Connection) -> None:
            if failure is not None:
                await fetch(connection, "note_source_failure", episode_id=episode_id, **_failure_columns(failure))
                await fetch(connection, "drop_old_source_failures", episode_id=episode_id, most=MOST_FAILURES)
            if health is not None:
                await fetch(connection, "keep_source_health", **_health_columns(health))
            if oldest is not None:
                await fetch(connection, "forget_source_health", before=oldest)

        try:
            if self._database is not None:
                await self._database.write(change)
        except StorageError as error:
            _log.warning("source_not_noted", code=error.code, reason=str(error))

    def _forget_oldest(self) -> float | None:
        """Forget what was noted first when there is too much; return the time from which on everything stays."""
        if len(self._known) <= MOST_SOURCES:
            return None
        kept = sorted(self._known.values(), key=lambda each: each.at)[-MOST_SOURCES:]
        self._known = {(each.provider, each.source): each for each in kept}
        return kept[0].at


def _score(health: Health, now: float) -> float:
    return float(1 - (1 - health.score) * 0.5 ** (max(now - health.at, 0.0) / _HALF_LIFE_S))


def _failure_columns(failure: FailedSource) -> dict[str, Any]:
    return {
        "attempt": failure.attempt,
        "at": failure.at,
        "provider": failure.provider,
        "source": failure.source,
        "language": failure.language,
        **error_columns(failure.error),
    }


def _failure_of(row: Row) -> FailedSource:
    error = error_of_columns(row)
    assert error is not None  # the column says so
    return FailedSource(
        attempt=row["attempt"],
        at=row["at"],
        provider=row["provider"],
        source=row["source"],
        language=row["language"],
        error=error,
    )


_PLAIN: Final = ("provider", "source", "score", "at", "successes", "failures", "worked_at", "failed_at")


def _health_columns(health: Health) -> dict[str, Any]:
    return {**{name: getattr(health, name) for name in _PLAIN}, **error_columns(health.error)}


def _health_of(row: Row) -> Health:
    return Health(**{name: row[name] for name in _PLAIN}, error=error_of_columns(row))
