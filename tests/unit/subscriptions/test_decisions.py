"""What becomes of each entry of a list, whatever lists follow one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from aniworld_dl.subscriptions.check import _kept
from aniworld_dl.subscriptions.decisions import Handled, Rules, decide, listed_of
from aniworld_dl.subscriptions.filters import parse_filter
from aniworld_dl.subscriptions.subscription import Seen, Verdict
from tests.unit.subscriptions.following import entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aniworld_dl.model import EpisodeRef

DUB, SUB = "German Dub", "German Sub"
Place = tuple[int | None, int | None]


class Ledger:
    """What a store would keep, from check to check."""

    def __init__(
        self, text: str = "", *, specials: bool = False, language: str | None = None, only_new: bool = False
    ) -> None:
        self.rules = Rules(wanted=parse_filter(text, specials=specials), language=language, only_new=only_new)
        self.seen: dict[int, Seen] = {}
        self.taken: list[tuple[str, Place]] = []
        self.checks = 0

    def check(self, refs: Sequence[EpisodeRef], **changes: object) -> list[tuple[Place, str]]:
        """Check a list, keep what comes of it, and return it by season and number."""
        fields = {name: getattr(self.rules, name) for name in ("wanted", "language", "only_new")}
        rules = Rules(**{**fields, "first": self.checks == 0, **changes})
        decisions = decide(listed_of(refs), self.seen, rules)
        self.checks += 1
        for each in decisions:
            self.seen[each.listed.key] = _kept(each, 7)
            if each.verdict is Verdict.TAKE:
                self.taken.append((each.ref.url, (each.ref.season, each.ref.number)))
        return [((each.ref.season, each.ref.number), each.verdict.value) for each in decisions]


def test_verdicts() -> None:
    """One of each: filtered, waiting, taken, known elsewhere."""
    ledger = Ledger("S01", language=DUB)
    refs = [entry(1, DUB), entry(2, SUB), entry(3, SUB, DUB), entry(4), entry(1, DUB, season=2), entry(5, DUB)]
    key = listed_of(refs)[-1].key
    found = ledger.check(refs, handled={key: Handled(verdict=Verdict.EXISTS)})
    assert found == [
        ((1, 1), "take"),
        ((1, 2), "waiting"),
        ((1, 3), "take"),
        ((1, 4), "waiting"),
        ((2, 1), "filtered"),
        ((1, 5), "exists"),
    ]
    assert [verdict for _, verdict in ledger.check(refs)] == [
        "taken",
        "waiting",
        "taken",
        "waiting",
        "filtered",
        "exists",
    ]


def test_a_list_that_never_speaks_of_languages_gives_everything() -> None:
    assert Ledger(language=DUB).check([entry(1), entry(2)]) == [((1, 1), "take"), ((1, 2), "take")]


def test_what_is_not_out_yet_waits_whatever_the_language() -> None:
    """An entry without any language, in a list that names them, is announced and not there."""
    assert Ledger().check([entry(1, SUB), entry(2)]) == [((1, 1), "take"), ((1, 2), "waiting")]
    assert Ledger().check([entry(1)], tells_languages=True) == [((1, 1), "waiting")]


def test_the_same_season_and_number_at_another_address_is_the_same_episode() -> None:
    """It has moved, or is another version: taken once; of two versions the one that is there."""
    ledger = Ledger(language=DUB)
    assert ledger.check([entry(1, DUB), entry(1, SUB, name="sub")]) == [((1, 1), "take"), ((1, 1), "repeated")]
    assert ledger.check([entry(1, DUB, name="moved")]) == [((1, 1), "repeated")]
    ledger = Ledger(language=DUB)
    assert ledger.check([entry(1, SUB), entry(1, DUB, name="dub")]) == [((1, 1), "waiting"), ((1, 1), "take")]
    assert ledger.check([entry(1, DUB), entry(1, DUB, name="dub")]) == [((1, 1), "repeated"), ((1, 1), "taken")]


def test_entries_without_numbers_are_numbered_as_they_appear() -> None:
    """Each gets a number of its own and keeps it, though only the latest entries stay in the list."""
    ledger = Ledger()
    names = ["alpha", "beta", "gamma", "delta", "omega"]
    refs = [entry(None, season=None, url=f"https://example.org/{name}") for name in names]
    assert ledger.check(refs[:2]) == [((1, 1), "take"), ((1, 2), "take")]
    assert ledger.check(refs[1:4]) == [((1, 2), "taken"), ((1, 3), "take"), ((1, 4), "take")]
    assert ledger.check([*refs[4:], entry(2)]) == [((0, 1), "filtered"), ((1, 5), "take")]


def test_entries_without_numbers_among_numbered_ones_are_specials() -> None:
    ledger = Ledger(specials=True)
    trailer = entry(None, season=None, url="https://example.org/trailer")
    film = entry(None, season=0, url="https://example.org/film")
    bonus = entry(None, season=2, url="https://example.org/bonus")
    found = ledger.check([entry(1), trailer, film, bonus])
    assert [place for place, _ in found] == [(1, 1), (0, 1), (0, None), (2, 1)]


def test_numbers_that_shift_are_not_believed() -> None:
    """Where the number is the place in a list, something new in front does not hide behind the one that was there."""
    ledger = Ledger()
    assert ledger.check([entry(1, url="https://example.org/old")]) == [((1, 1), "take")]
    shifted = [entry(1, url="https://example.org/new"), entry(2, url="https://example.org/old")]
    assert ledger.check(shifted) == [((1, 3), "take"), ((1, 1), "taken")]


ENTRIES = st.builds(
    lambda number, languages, season, name: entry(number, *languages, season=season, name=name),
    st.one_of(st.none(), st.integers(1, 6)),
    st.sets(st.sampled_from([DUB, SUB, "English Sub"])),
    st.one_of(st.none(), st.integers(0, 2)),
    st.sampled_from(["alpha", "beta"]),
)
LISTS = st.lists(st.lists(ENTRIES, max_size=8), min_size=1, max_size=6)


@settings(max_examples=30)
@given(LISTS, st.sampled_from([None, DUB, f"{DUB} > {SUB}"]), st.booleans(), st.sampled_from(["", "S01", "2-4"]))
def test_nothing_is_taken_twice_or_without_being_wanted(
    lists: list[list[EpisodeRef]], language: str | None, only_new: bool, text: str
) -> None:
    """Over any lists: each address and each place once, only what is wanted and there, and nothing of the first."""
    ledger = Ledger(text, language=language, only_new=only_new)
    wished = [each.strip() for each in (language or "").split(">") if each.strip()]
    told = False
    for refs in lists:
        offered = {ref.url: {offer.language for offer in ref.offers} for ref in reversed(refs)}
        told = told or any(offered.values())
        before = list(ledger.taken)
        found = ledger.check(refs, tells_languages=told)
        for url, place in ledger.taken[len(before) :]:
            assert ledger.rules.wanted.wants(*place)
            assert not told or (offered[url] & set(wished) if wished else offered[url])
            assert not (only_new and ledger.checks == 1)
        again = ledger.check(refs, tells_languages=told)
        assert "take" not in {verdict for _, verdict in again}, "the same list again has nothing new"
        assert [place for place, _ in again] == [place for place, _ in found], "places stay"
    urls, places = [url for url, _ in ledger.taken], [place for _, place in ledger.taken if None not in place]
    assert len(set(urls)) == len(urls)
    assert len(set(places)) == len(places)


@settings(max_examples=30)
@given(LISTS)
def test_what_is_there_is_taken_in_the_end(lists: list[list[EpisodeRef]]) -> None:
    """Each address that was listed is taken, or one that stands for the same place; nothing is lost."""
    ledger = Ledger(specials=True)
    for refs in lists:
        ledger.check([entry(ref.number, season=ref.season, url=ref.url) for ref in refs])
    places = {place for _, place in ledger.taken}
    for seen in ledger.seen.values():
        assert seen.state in {Verdict.TAKEN, Verdict.REPEATED}
        assert (seen.season, seen.number) in places
