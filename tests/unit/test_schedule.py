"""The weekly schedule as pure functions: its rules, which of them holds, and until when."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aniworld_dl.config import changed_settings, load_settings
from aniworld_dl.errors import ConfigError
from aniworld_dl.schedule import Effect, Rule, Wall, machine_wall, parse_rule, spell_at

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"]
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _wall(zone: str) -> Wall:
    info = ZoneInfo(zone)

    def wall(now: float) -> float:
        offset = datetime.fromtimestamp(now, info).utcoffset()
        assert offset is not None
        return now + offset.total_seconds()

    return wall


def _at(text: str, zone: str = "UTC", *, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def _text(moment: float | None, zone: str = "UTC") -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, ZoneInfo(zone)).isoformat(timespec="minutes")


@pytest.mark.parametrize(
    ("text", "days", "minutes", "effect"),
    [
        ("daily 08:00-18:00 2M", {0, 1, 2, 3, 4, 5, 6}, (480, 1080), Effect(limit_bytes_per_s=2 << 20)),
        ("mon 0:00-24:00 stop", {0}, (0, 1440), Effect(stopped=True)),
        ("Mon-Fri 22:30-06:15 NONE", {0, 1, 2, 3, 4}, (1350, 375), Effect()),
        ("sat+sun 22:00-00:00 1.5M", {5, 6}, (1320, 0), Effect(limit_bytes_per_s=1_572_864)),
        ("fri-mon+wed 01:00-02:00 1024", {4, 5, 6, 0, 2}, (60, 120), Effect(limit_bytes_per_s=1024)),
    ],
)
def test_rules_are_read(text: str, days: set[int], minutes: tuple[int, int], effect: Effect) -> None:
    rule = parse_rule(f"  {text.replace(' ', '   ')} ")
    assert (rule.text, set(rule.days), (rule.start_min, rule.stop_min), rule.effect) == (text, days, minutes, effect)


@pytest.mark.parametrize(
    ("rule", "mend"),
    [
        ("", "is no rule: write days, times and a limit"),
        ("daily 08:00-18:00", "is no rule"),
        ("daily 08:00 - 18:00 2M", "is no rule"),
        ("mo 08:00-18:00 2M", "names no days"),
        ("mon- 08:00-18:00 2M", "names no days"),
        ("mon+ 08:00-18:00 2M", "names no days"),
        ("mon-tue-wed 08:00-18:00 2M", "names no days"),
        ("daily+mon 08:00-18:00 2M", "names no days"),
        ("daily 8-18 2M", "has no times"),
        ("daily 08:60-18:00 2M", "has no times"),
        ("daily 24:00-06:00 2M", "has no times"),
        ("daily 08:00-24:01 2M", "has no times"),
        ("daily 08:00-08:00 2M", "ends when it begins"),
        ("daily 08:00-18:00 fast", "has no limit"),
        ("daily 08:00-18:00 0", "has no limit"),
        ("daily 08:00-18:00 1023", "has no limit"),
    ],
)
def test_a_bad_rule_is_named_and_mended(rule: str, mend: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_settings(bandwidth_schedule=["daily 00:00-01:00 stop", rule])
    assert raised.value.params["key"] == "bandwidth_schedule"
    assert repr(rule) in str(raised.value.params["mend"])
    assert mend in str(raised.value.params["mend"])


def test_it_is_a_live_setting_and_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANIWORLD_DL_BANDWIDTH_SCHEDULE", "mon-fri 8:00-18:00  500K, sat+sun 22:00-06:00 stop")
    loaded = load_settings()
    assert loaded.bandwidth_schedule == ["mon-fri 8:00-18:00 500K", "sat+sun 22:00-06:00 stop"]
    assert changed_settings(loaded, {"bandwidth_schedule": []}).bandwidth_schedule == []


@pytest.mark.parametrize(
    ("moment", "holds", "until"),
    [
        ("2026-11-23T07:59:59", None, "2026-11-23T08:00+00:00"),  # a Monday
        ("2026-11-23T08:00:00", "mon-fri 08:00-18:00 2M", "2026-11-23T18:00+00:00"),
        ("2026-11-23T17:59:59.9", "mon-fri 08:00-18:00 2M", "2026-11-23T18:00+00:00"),
        ("2026-11-23T18:00:00", None, "2026-11-24T08:00+00:00"),
        ("2026-11-27T18:00:00", None, "2026-11-27T22:00+00:00"),
        ("2026-11-27T23:59:00", "fri 22:00-06:00 stop", "2026-11-28T06:00+00:00"),
        ("2026-11-28T05:59:00", "fri 22:00-06:00 stop", "2026-11-28T06:00+00:00"),
        ("2026-11-28T06:00:00", None, "2026-11-30T08:00+00:00"),
        ("2026-11-29T23:00:00", None, "2026-11-30T08:00+00:00"),
    ],
)
def test_what_holds_and_until_when(moment: str, holds: str | None, until: str) -> None:
    rules = [parse_rule("mon-fri 08:00-18:00 2M"), parse_rule("fri 22:00-06:00 stop")]
    spell = spell_at(rules, _at(moment), _wall("UTC"))
    assert (spell.rule and spell.rule.text, _text(spell.until)) == (holds, until)
    assert spell.stopped == (holds is not None and "stop" in holds)


def test_the_first_rule_wins() -> None:
    rules = [
        parse_rule("daily 12:00-13:00 none"),
        parse_rule("daily 08:00-18:00 1M"),
        parse_rule("daily 12:00-19:00 stop"),
    ]
    seen, moment = [], _at("2026-11-23T00:00:00")
    while moment < _at("2026-11-24T00:00:00"):
        spell = spell_at(rules, moment, _wall("UTC"))
        seen.append(spell.rule.text.split()[-1] if spell.rule else None)
        assert spell.until is not None
        moment = spell.until
    assert seen == [None, "1M", "none", "1M", "stop", None]


def test_rules_with_one_effect_that_follow_each_other_are_one_spell() -> None:
    """`until` is when it goes on, not when another rule stops the same."""
    rules = [parse_rule("daily 20:00-24:00 stop"), parse_rule("daily 00:00-06:00 stop")]
    spell = spell_at(rules, _at("2026-11-23T21:00:00"), _wall("UTC"))
    assert (spell.stopped, _text(spell.until)) == (True, "2026-11-24T06:00+00:00")


@pytest.mark.parametrize("rules", [[], ["daily 00:00-24:00 1M"], ["daily 12:00-24:00 1M", "daily 00:00-12:00 1M"]])
def test_what_never_changes_has_no_end(rules: list[str]) -> None:
    assert spell_at([parse_rule(rule) for rule in rules], _at("2026-11-23T21:00:00"), _wall("UTC")).until is None


@pytest.mark.parametrize(
    ("rule", "moment", "holds", "until"),
    [
        # 29 March 2026: 02:00 becomes 03:00
        ("daily 01:00-05:00 stop", "2026-03-29T01:30", True, "2026-03-29T05:00+02:00"),
        ("daily 02:30-04:00 stop", "2026-03-29T01:59", False, "2026-03-29T03:00+02:00"),
        ("daily 02:10-02:50 stop", "2026-03-29T01:59", False, "2026-03-30T02:10+02:00"),
        ("daily 01:00-02:30 stop", "2026-03-29T01:30", True, "2026-03-29T03:00+02:00"),
        # 25 October 2026: 03:00 becomes 02:00
        ("daily 01:00-05:00 stop", "2026-10-25T01:30", True, "2026-10-25T05:00+01:00"),
        ("daily 02:10-02:50 stop", "2026-10-25T02:20", True, "2026-10-25T02:50+02:00"),
        ("daily 02:10-02:50 stop", "2026-10-25T02:55", False, "2026-10-25T02:10+01:00"),
        ("daily 02:30-04:00 stop", "2026-10-25T02:40", True, "2026-10-25T02:00+01:00"),
    ],
)
def test_the_days_on_which_the_clock_is_changed(rule: str, moment: str, until: str, *, holds: bool) -> None:
    """An hour that is skipped never comes; one that comes twice counts twice."""
    spell = spell_at([parse_rule(rule)], _at(moment, "Europe/Berlin"), _wall("Europe/Berlin"))
    assert (spell.stopped, _text(spell.until, "Europe/Berlin")) == (holds, until)


_RULES = st.builds(
    lambda days, start, length, limit: Rule(
        text="", days=frozenset(days), start_min=start, stop_min=(start + length) % 1440, effect=limit
    ),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(1, 1439),
    st.sampled_from([Effect(), Effect(stopped=True), Effect(limit_bytes_per_s=5000)]),
)
_MOMENTS = st.integers(int(_at("2026-01-01T00:00")), int(_at("2027-06-01T00:00")))
_NEAR_CHANGES = st.builds(
    lambda day, seconds: int(_at(day)) + seconds,
    st.sampled_from(
        ["2026-03-28T00:00", "2026-10-24T00:00", "2026-03-07T00:00", "2026-10-31T00:00", "2026-04-04T00:00"]
    ),
    st.integers(0, 2 * 86_400),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rules=st.lists(_RULES, max_size=3), now=_MOMENTS | _NEAR_CHANGES, zone=st.sampled_from(ZONES))
def test_until_then_nothing_changes_and_then_something_does(rules: list[Rule], now: int, zone: str) -> None:
    """In every zone: the effect is the same at every moment before the end, and another at the end."""
    wall = _wall(zone)
    spell = spell_at(rules, now, wall)
    effect = spell.rule and spell.rule.effect
    end = now + 8 * 86_400 if spell.until is None else spell.until
    assert end > now
    for moment in {now, end - 1, *(now + (end - now) * part / 97 for part in range(97))}:
        assert _effect(rules, moment, zone) == effect
    if spell.until is not None:
        assert _effect(rules, spell.until, zone) != effect


def _effect(rules: list[Rule], moment: float, zone: str) -> Effect | None:
    """Tell by datetime's own arithmetic what holds."""
    local = datetime.fromtimestamp(moment, ZoneInfo(zone)).replace(tzinfo=UTC)
    for rule in rules:
        for days_ago in (0, 1):
            midnight = (local - timedelta(days=days_ago)).replace(hour=0, minute=0, second=0, microsecond=0)
            stop_min = rule.stop_min + (1440 if rule.stop_min <= rule.start_min else 0)
            start, stop = (midnight + timedelta(minutes=minutes) for minutes in (rule.start_min, stop_min))
            if midnight.weekday() in rule.days and start <= local < stop:
                return rule.effect
    return None


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a running process cannot be changed here")
@pytest.mark.parametrize("zone", ZONES)
def test_the_machine_has_a_zone(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for moment in (_at("2026-03-29T00:59:59.5"), _at("2026-03-29T01:00:00.5"), _at("2026-10-25T00:30:00")):
            assert machine_wall(moment) == pytest.approx(_wall(zone)(moment), abs=1e-3)
    finally:
        os.environ.pop("TZ")
        time.tzset()
