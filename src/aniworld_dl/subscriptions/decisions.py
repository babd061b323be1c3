"""What becomes of each episode that an address lists: a pure function of the list, what is known, and the wishes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from aniworld_dl.media.shelf.place import place_of
from aniworld_dl.model import Offer, Wish
from aniworld_dl.providers.preference import preferred
from aniworld_dl.queue.keys import address_key
from aniworld_dl.subscriptions.subscription import FINAL, Seen, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aniworld_dl.model import EpisodeRef
    from aniworld_dl.subscriptions.filters import Filter

_Place: TypeAlias = "tuple[int, int]"
"""Season and number."""
_SPECIALS: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An entry of a list. `key` is that of its address; `place` what the list or the address says, None if neither."""

    ref: EpisodeRef
    key: int
    place: _Place | None

    @property
    def languages(self) -> tuple[str, ...]:
        """Those on offer, as far as the list says, each once."""
        return tuple(dict.fromkeys(offer.language for offer in self.ref.offers if offer.language))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is wished for. `first` says that nothing was ever listed; `handled` are keys that others stand for."""

    wanted: Filter
    language: str | None = None
    only_new: bool = False
    first: bool = False
    tells_languages: bool = False
    handled: Mapping[int, Handled] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """Where an episode is that need not be queued: in the queue, or in the library."""

    verdict: Verdict
    job_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An entry, with the season and number that it is given, and what becomes of it.

    `counted` says that the number is only the order of appearance.
    """

    listed: Listed
    ref: EpisodeRef
    counted: bool
    verdict: Verdict
    job_id: int | None = None


def listed_of(refs: Iterable[EpisodeRef]) -> list[Listed]:
    """Return the entries of a list, each address once. Takes time, with many of them."""
    found: dict[int, Listed] = {}
    for ref in refs:
        key = address_key(None, ref.url)
        found.setdefault(key, Listed(ref=ref, key=key, place=_place(ref)))
    return list(found.values())


def tells_languages(listing: Iterable[Listed]) -> bool:
    """Tell whether a list says of any episode in which languages it is there: then it does so of each."""
    return any(each.languages for each in listing)


def decide(listing: Sequence[Listed], seen: Mapping[int, Seen], rules: Rules) -> list[Decision]:
    """Say of each entry what becomes of it, in the order of the list.

    `seen` is what was listed before, by its key. What the subscription, the queue or the library has once had is never
    taken again. An episode is recognised by its address, and by its season and number when its address has changed.
    """
    numbers = _Numbers(listing, seen)
    decisions = []
    settled = {
        place
        for each in seen.values()
        if (place := _place_of_seen(each))
        and (each.state in FINAL or (rules.only_new and each.state is Verdict.BEFORE))
    }
    rules = replace(rules, tells_languages=rules.tells_languages or tells_languages(listing))
    for each in listing:
        known = seen.get(each.key)
        ref, counted = numbers.placed(each, known)
        outcome = _outcome(each, ref, known, settled, rules)
        if outcome.verdict in {Verdict.TAKE, *FINAL} and ref.season is not None and ref.number is not None:
            settled.add((ref.season, ref.number))
        decisions.append(
            Decision(listed=each, ref=ref, counted=counted, verdict=outcome.verdict, job_id=outcome.job_id)
        )
    return decisions


def _outcome(each: Listed, ref: EpisodeRef, known: Seen | None, settled: set[_Place], rules: Rules) -> Handled:
    if known is not None and known.state in FINAL:
        return Handled(verdict=known.state, job_id=known.job_id)
    if (obstacle := _obstacle(each, ref, known, settled, rules)) is not None:
        return Handled(verdict=obstacle)
    return rules.handled.get(each.key, Handled(verdict=Verdict.TAKE))


def _obstacle(each: Listed, ref: EpisodeRef, known: Seen | None, settled: set[_Place], rules: Rules) -> Verdict | None:
    """Return why an episode is not to be had, None where nothing speaks against it."""
    if rules.only_new and (rules.first if known is None else known.state is Verdict.BEFORE):
        return Verdict.BEFORE
    if (ref.season, ref.number) in settled:
        return Verdict.REPEATED
    if not rules.wanted.wants(ref.season, ref.number):
        return Verdict.FILTERED
    if rules.tells_languages and not _is_on_offer(each, rules.language):
        return Verdict.WAITING
    return None


def _is_on_offer(each: Listed, language: str | None) -> bool:
    offers = [Offer(language=name) for name in each.languages]
    return bool(preferred(offers, Wish(language=language)))


# -------------------------------------------------------------------------------------------------------------- numbers


class _Numbers:
    """Gives each episode a season and a number that no other has, and the same ones each time.

    Some lists number nothing; others number by the place in the list, which changes when something new is put first.
    """

    def __init__(self, listing: Sequence[Listed], seen: Mapping[int, Seen]) -> None:
        self._places = {each.key: each.place for each in listing}
        self._owners = {place: each for each in seen.values() if (place := _place_of_seen(each))}
        self._mixed = any(each.place and each.place[0] != _SPECIALS for each in listing)
        self._last: dict[int, int] = {}
        for season, number in (*self._owners, *filter(None, self._places.values())):
            self._last[season] = max(self._last.get(season, 0), number)

    def placed(self, each: Listed, known: Seen | None) -> tuple[EpisodeRef, bool]:
        """Return the entry's episode with its season and number, and whether that was counted.

        A film of its own has no number.
        """
        if known is not None:
            return replace(each.ref, season=known.season, number=known.number), known.counted
        if each.place is not None and not self._is_anothers(each.place):
            return replace(each.ref, season=each.place[0], number=each.place[1]), False
        if each.place is None and each.ref.season == _SPECIALS:
            return each.ref, False
        season = each.place[0] if each.place else self._season_of(each.ref)
        self._last[season] = self._last.get(season, 0) + 1
        return replace(each.ref, season=season, number=self._last[season]), True

    def _season_of(self, ref: EpisodeRef) -> int:
        """Return where an episode without a number goes: among numbered ones it is a special."""
        if ref.season is not None:
            return ref.season
        return _SPECIALS if self._mixed else 1

    def _is_anothers(self, place: _Place) -> bool:
        """Tell whether a place is surely another episode's: it was counted, or is listed at another place now."""
        owner = self._owners.get(place)
        return owner is not None and (owner.counted or self._places.get(owner.key, place) != place)


def _place(ref: EpisodeRef) -> _Place | None:
    read = place_of(ref.url)
    number = read.number if ref.number is None else ref.number
    season = read.season if ref.season is None else ref.season
    return None if number is None else (1 if season is None else season, number)


def _place_of_seen(seen: Seen) -> _Place | None:
    return None if seen.season is None or seen.number is None else (seen.season, seen.number)
