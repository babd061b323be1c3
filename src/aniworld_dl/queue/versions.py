"""Which versions of an episode are wished for, which one was taken, and for which it still waits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.chains import Chain, chain_of, parse_chain
from aniworld_dl.errors import RequestInvalidError
from aniworld_dl.media.choice.wish import version_taken
from aniworld_dl.model import Standing, Status, Taken, Wish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aniworld_dl.config import Settings
    from aniworld_dl.model import Episode, ErrorInfo, Job, JobRequest, Source, Track

_DAY_S: Final = 86_400.0
_LONGEST_PAUSE_S: Final = 7 * _DAY_S


def check_wishes(request: JobRequest) -> None:
    """Check what a request wishes for.

    Raises:
        RequestInvalidError: it is no chain of names; the error says which part is bad.
    """
    for field in ("language", "provider"):
        text: str | None = getattr(request, field)
        try:
            if text is not None:
                parse_chain(text)
        except ValueError as error:
            raise RequestInvalidError(field=field, value=text, mend=str(error)) from error


def wish_of(settings: Settings, language: str | None, provider: str | None) -> Wish:
    """Return the wish of a request with this language and provider: what it does not say is the default."""
    return Wish(
        language=language or Chain(tuple(settings.languages)).text,
        provider=provider or Chain(tuple(settings.providers)).text,
    )


def taken_of(wish: Wish, source: Source, tracks: Iterable[Track], *, providers: Iterable[str]) -> Taken:
    """Return which version a source's tracks are, and what of the wish they stand in for.

    How the source is labelled counts more than how its tracks are. `providers` are names in a wish that choose who is
    asked, so that they say nothing about who hosts an episode.
    """
    languages, hosters = chain_of(wish.language), chain_of(wish.provider).without(*providers)
    language = source.language or version_taken(languages.named, tracks)
    return Taken(
        language=language,
        provider=source.provider,
        instead_of_language=_missed(languages, language),
        instead_of_provider=_missed(hosters, source.provider),
    )


def _missed(chain: Chain, name: str | None) -> str | None:
    """Return the best that was wished for, if that is not what it is."""
    return chain.named[0] if name and chain.named and chain.place(name) != 0 else None


def is_better(wanted: Chain, name: str | None) -> bool:
    """Tell whether a language is one of those that are wanted."""
    return name is not None and wanted.place(name) is not None


def standing_wish(settings: Settings, job: Job, taken: Taken | None, *, now: float, chance: float) -> Standing | None:
    """Return what an episode of a job that has come in this version waits for; None when it waits for nothing.

    `now` is in seconds since the epoch, `chance` a random number of [0, 1).
    """
    days = days_of(settings, job)
    if not days or taken is None or taken.instead_of_language is None:
        return None
    until = now + days * _DAY_S
    wanted = better_than(wish_of(settings, job.language, job.provider), taken)
    first = Standing(wanted=wanted.text or taken.instead_of_language, since=now, until=until, next_at=now)
    return replace(first, next_at=min(now + pause_s(settings, 0, chance), until))


def better_than(wish: Wish, taken: Taken) -> Chain:
    """Return the languages of a wish that are better than the one that was taken."""
    chain = chain_of(wish.language)
    place = chain.place(taken.language)
    return Chain(chain.named if place is None else chain.named[:place])


def days_of(settings: Settings, job: Job) -> int:
    """Return for how many days a job's episodes wait for better ones; 0 for not at all."""
    wanted = settings.standing_wishes if job.standing is None else job.standing
    return settings.standing_days if wanted is True else int(wanted)


def after_look(
    standing: Standing, settings: Settings, error: ErrorInfo | None, *, now: float, chance: float
) -> Standing | None:
    """Return a standing wish after it was looked for in vain; None when its time is over."""
    if now >= standing.until:
        return None
    looks = standing.looks + 1
    next_at = min(now + pause_s(settings, looks, chance), standing.until)
    return replace(standing, looks=looks, next_at=next_at, error=error)


def pause_s(settings: Settings, looks: int, chance: float) -> float:
    """Return how long to wait for the next look: twice as long each time, up to a week, less a quarter at random."""
    first_s = settings.standing_check_hours * 3600.0
    return float(min(first_s * 2.0 ** min(looks, 16), longest_pause_s(settings)) * (1 - chance / 4))


def longest_pause_s(settings: Settings) -> float:
    """Return what no pause is longer than."""
    return max(_LONGEST_PAUSE_S, settings.standing_check_hours * 3600.0)


def waiting_again(settings: Settings, job: Job, episode: Episode, *, now: float) -> Standing | None:
    """Return what a completed episode waits for from now on because a user wants it to; None when nothing is better.

    It is looked for at once.
    """
    taken = episode.taken
    if episode.standing is not None:
        return replace(episode.standing, next_at=now)
    if episode.status is not Status.COMPLETED or taken is None or taken.instead_of_language is None:
        return None
    better = better_than(wish_of(settings, job.language, job.provider), taken)
    days = days_of(settings, job) or settings.standing_days
    return Standing(wanted=better.text or taken.instead_of_language, since=now, until=now + days * _DAY_S, next_at=now)
