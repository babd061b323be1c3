"""Manifests made by rules, and what they must stand for by the same rules written the long way round."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.media.dash_builders import BASE, element, of_video, shown, template, timeline

TIMESCALES: Final = st.sampled_from([1, 25, 1000, 12800, 30000, 48000, 90000])


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An S element, by how many segments it has in the end and whether it says so."""

    gap: int
    ticks: int
    count: int
    says_count: bool
    says_time: bool


runs = st.lists(
    st.builds(
        Run,
        gap=st.integers(0, 50),
        ticks=st.integers(1, 100_000),
        count=st.integers(1, 20),
        says_count=st.booleans(),
        says_time=st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


def milliseconds(fraction: Fraction) -> str:
    return f"PT{fraction.numerator // fraction.denominator}.{int(fraction % 1 * 1000):03}S"


@given(runs=runs, timescale=TIMESCALES, number=st.integers(0, 10**6), offset=st.integers(0, 10**6))
def test_timelines(runs: list[Run], timescale: int, number: int, offset: int) -> None:
    """Each run that leaves its count open lasts until the next one, which then has a time."""
    written: list[dict[str, str | int]] = []
    expected: list[tuple[str, float | None]] = []
    time = offset
    previous_open = False
    for order, run in enumerate(runs):
        is_last = order == len(runs) - 1
        leaves_open = not run.says_count and not is_last
        time += run.gap if run.says_time and not previous_open else 0
        one: dict[str, str | int] = {"d": run.ticks, "r": -1 if leaves_open else run.count - 1}
        if run.says_time or previous_open or not order:
            one["t"] = time
        written.append(one)
        for _ in range(run.count):
            expected.append((f"{number}/{time}", run.ticks / timescale))
            number, time = number + 1, time + run.ticks
        previous_open = leaves_open
    first = number - len(expected)
    attributes = {"timescale": timescale, "presentationTimeOffset": offset, "startNumber": first}

    found = of_video(template(timeline(*written), media="$Number$/$Time$", **attributes))

    assert shown(found) == expected
    assert {segment.shift_s for segment in found} == {float(-Fraction(offset, timescale))}


@given(
    milliseconds_total=st.integers(100, 10**6),
    ticks=st.integers(1, 10**6),
    timescale=TIMESCALES,
    number=st.integers(0, 10**6),
)
def test_equal_durations(milliseconds_total: int, ticks: int, timescale: int, number: int) -> None:
    """Segments are laid down one after another until the period is full, to the millisecond."""
    total = Fraction(milliseconds_total, 1000)
    length = max(Fraction(ticks, timescale), total / 500)
    ticks = -(-length.numerator * timescale // length.denominator)
    length = Fraction(ticks, timescale)
    starts = []
    start = Fraction()
    while start < total - Fraction(1, 1000):
        starts.append(start)
        start += length

    found = of_video(
        template(media="$Number$", duration=ticks, timescale=timescale, startNumber=number),
        mediaPresentationDuration=milliseconds(total),
    )

    assert [uri for uri, _ in shown(found)] == [str(number + order) for order in range(len(starts))]
    assert [segment.duration_s for segment in found[:-1]] == [float(length)] * (len(starts) - 1)
    assert found[-1].duration_s == float(min(length, total - starts[-1]))


@given(
    lengths=st.lists(st.integers(1, 10**6), min_size=1, max_size=20),
    head=st.integers(1, 5000),
    ticks=st.integers(1, 99),
)
def test_lists_of_ranges(lengths: list[int], head: int, ticks: int) -> None:
    ends = [head]
    urls = []
    for length in lengths:
        urls.append(element("SegmentURL", mediaRange=f"{ends[-1]}-{ends[-1] + length - 1}"))
        ends.append(ends[-1] + length)
    whole = milliseconds(Fraction(len(lengths) * ticks))

    found = of_video(
        element("SegmentList", element("Initialization", range=f"0-{head - 1}"), *urls, duration=ticks),
        mediaPresentationDuration=whole,
    )

    parts = [segment.byte_range for segment in found]
    assert [(part.start, part.stop) for part in parts if part] == list(pairwise(ends))
    assert {segment.duration_s for segment in found} == {float(ticks)}
    assert {segment.uri for segment in found} == {BASE + "index.mpd?token=1"}
