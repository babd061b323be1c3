"""What is true of a choice whatever is on offer and whatever is wished for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.choice.candidates import Candidate
from aniworld_dl.media.choice.choose import choose
from aniworld_dl.media.choice.offer import language_of
from aniworld_dl.media.choice.wish import TrackWish, Version
from aniworld_dl.model import TrackKind

if TYPE_CHECKING:
    from collections.abc import Sequence

PICTURES = {TrackKind.MUXED, TrackKind.VIDEO}
TAGS = st.sampled_from(["de", "de-AT", "ger", "en", "ja", "German", "nonsense", ""]) | st.none()
GROUPS = st.sampled_from(["a", "b"]) | st.none()
MARKS = st.lists(st.sampled_from(["dub", "commentary", "caption", "public.original-content", "x"]), max_size=2)
CODECS = st.sampled_from(["avc1.4d401f,mp4a.40.2", "hvc1", "stpp.ttml.im1i", "ac-4", ",", ""]) | st.none()
SMALL = st.integers(0, 3) | st.none()


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    """Anything a manifest might say, plausible or not."""
    kinds = draw(st.lists(st.sampled_from(list(TrackKind)), max_size=12))
    return [
        Candidate(
            id=str(index),
            kind=kind,
            language=draw(TAGS),
            name=draw(TAGS),
            codecs=draw(CODECS),
            bandwidth_bps=draw(SMALL),
            width=draw(SMALL),
            height=draw(st.sampled_from([360, 720, 1080]) | st.none()),
            frame_rate=draw(SMALL),
            channels=draw(SMALL),
            default=draw(st.booleans()),
            forced=draw(st.booleans()),
            characteristics=tuple(draw(MARKS)),
            group=draw(GROUPS),
            audio_group=draw(GROUPS),
            subtitles_group=draw(GROUPS),
        )
        for index, kind in enumerate(kinds)
    ]


WISHED = st.lists(st.sampled_from(["de", "de-AT", "en", "fr", "all", "original"]), max_size=3).map(tuple)
VERSIONS = st.builds(Version, sound=st.sampled_from(["de", "original"]), subtitles=st.sampled_from(["de", None]))
WISHES = st.builds(
    TrackWish,
    max_height=st.sampled_from([None, 1, 480, 720]),
    video_codecs=st.lists(st.sampled_from(["h264", "hevc"]), max_size=2).map(tuple),
    versions=st.lists(VERSIONS, max_size=2).map(tuple),
    audio_languages=WISHED,
    subtitle_languages=st.lists(st.sampled_from(["de", "en", "all"]), max_size=2).map(tuple),
)


@given(candidates(), WISHES)
def test_every_candidate_is_judged_and_some_are_taken(offered: list[Candidate], wish: TrackWish) -> None:
    choice = choose(offered, wish)
    assert [judged.candidate for judged in choice.judged] == offered
    assert all(judged.reason for judged in choice.judged)
    assert sorted(c.id for c in choice.taken) == sorted(j.candidate.id for j in choice.judged if j.taken)
    kinds = [candidate.kind for candidate in choice.taken]
    assert kinds == sorted(kinds, key=[*PICTURES, TrackKind.AUDIO, TrackKind.TEXT].index)
    assert sum(kind in PICTURES for kind in kinds) == any(candidate.kind in PICTURES for candidate in offered)
    assert choose(offered, wish) == choice


@given(candidates(), WISHES)
def test_one_sound_and_at_most_one_text_are_played(offered: list[Candidate], wish: TrackWish) -> None:
    taken = choose(offered, wish).taken
    heard = [candidate for candidate in taken if candidate.kind in {TrackKind.MUXED, TrackKind.AUDIO}]
    assert sum(candidate.default for candidate in heard) == bool(heard)
    assert sum(candidate.default for candidate in taken if candidate.kind is TrackKind.TEXT) <= 1


@given(candidates(), WISHES)
def test_no_picture_is_higher_than_the_limit_when_one_is_not(offered: list[Candidate], wish: TrackWish) -> None:
    heights = [candidate.height or 0 for candidate in offered if candidate.kind in PICTURES]
    for candidate in choose(offered, wish).taken:
        if candidate.kind in PICTURES and wish.max_height is not None:
            assert (candidate.height or 0) <= wish.max_height or candidate.height == min(heights)


@given(candidates(), st.sampled_from([None, 720]))
def test_a_wished_language_is_there_whenever_it_is_on_offer(offered: list[Candidate], limit: int | None) -> None:
    """On offer with a picture that is not too high, where there is one."""
    pictures = [candidate for candidate in offered if candidate.kind in PICTURES]
    fitting = [candidate for candidate in pictures if limit is None or (candidate.height or 0) <= limit]
    wish = TrackWish(max_height=limit, audio_languages=("de",))
    taken = choose(offered, wish).taken
    if fitting and any(_speaks(picture, offered) for picture in fitting):
        assert any((language_of(candidate) or "").startswith("de") for candidate in taken if _is_heard(candidate))


def _speaks(picture: Candidate, offered: Sequence[Candidate]) -> bool:
    """Whether German goes with a picture, as RFC 8216 4.3.4.2.1 has it."""
    with_it = [candidate for candidate in offered if candidate.kind is TrackKind.AUDIO and candidate.group is not None]
    if picture.audio_group is not None:
        with_it = [candidate for candidate in with_it if candidate.group == picture.audio_group]
    own = [picture] if picture.kind is TrackKind.MUXED else []
    return any((language_of(candidate) or "").startswith("de") for candidate in [*own, *with_it])


def _is_heard(candidate: Candidate) -> bool:
    return candidate.kind in {TrackKind.MUXED, TrackKind.AUDIO}


@given(candidates(), WISHES)
def test_nothing_is_taken_twice(offered: list[Candidate], wish: TrackWish) -> None:
    """One sound of each language, one text of each language and role."""
    taken = choose(offered, wish).taken
    heard = [language_of(candidate) for candidate in taken if _is_heard(candidate)]
    read = [
        (language_of(candidate), candidate.forced, "caption" in candidate.characteristics, candidate.characteristics)
        for candidate in taken
        if candidate.kind is TrackKind.TEXT
    ]
    assert len(set(heard) - {None}) == len([language for language in heard if language])
    known = [item for item in read if item[0]]
    assert len(set(known)) == len(known)
