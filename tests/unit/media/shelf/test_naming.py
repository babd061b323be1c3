"""Names of finished files: nothing a title says gets out of its place in the path."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pathvalidate import validate_filename

from aniworld_dl.config import Settings
from aniworld_dl.errors import ConfigError
from aniworld_dl.media.shelf.naming import Entry, Layout, layout_of
from aniworld_dl.media.shelf.template import PROFILES

DEFAULT: Final = str(Settings.model_fields["naming_template"].default)
WITH_TITLE: Final = "{series}/S{season:02}E{number:02} - {title}"


def path(
    series: str, *, season: int = 1, number: int = 4, title: str | None = None, template: str = DEFAULT
) -> PurePosixPath:
    entry = Entry(series=series, season=season, number=number, title=title)
    return layout_of(template).path(entry, ".mkv")


def series_part(series: str) -> str:
    return path(series).parts[0]


# -------------------------------------------------------------------------------------------------------- the layout


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("is_film", [False, True])
def test_the_profiles_have_room_for_the_longest_titles(profile: str, is_film: bool) -> None:
    longest = Entry(series="x" * 999, season=99, number=9999, last_number=9999, title="x", is_film=is_film)

    assert layout_of(profile).path(longest, ".mkv").suffix == ".mkv"


def test_the_layout_that_jellyfin_and_plex_read() -> None:
    assert str(path("Cowboy Bebop")) == "Cowboy Bebop/Season 01/Cowboy Bebop S01E04.mkv"
    assert str(path("A", season=12, number=1071)) == "A/Season 12/A S12E1071.mkv"


def test_a_title_has_its_place_and_leaves_no_dash_behind_when_there_is_none() -> None:
    assert str(path("A", title="The End", template=WITH_TITLE)) == "A/S01E04 - The End.mkv"
    assert str(path("A", template=WITH_TITLE)) == "A/S01E04.mkv"
    assert str(path("A", title=" \u200b ", template=WITH_TITLE)) == "A/S01E04.mkv"


def test_a_part_of_nothing_has_a_name_all_the_same() -> None:
    assert str(path("A", template="{series}/{title}/{season} {number}")) == "A/Untitled/1 4.mkv"


def test_a_literal_brace_is_written_twice() -> None:
    assert str(path("A", template="{{{series}}} {season} {number}")) == "{A} 1 4.mkv"


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ("../../etc/passwd", "．．／..／etc／passwd"),
        ("/etc/passwd", "／etc／passwd"),
        ("..\\..\\Windows", "．．＼..＼Windows"),
        ("C:\\Windows", "C：＼Windows"),
        (".aniworld-dl", "．aniworld-dl"),
        ("-rf", "－rf"),
        ("Fate/Zero", "Fate／Zero"),
        ("Re:ZERO", "Re：ZERO"),
        ("Is It Wrong?", "Is It Wrong？"),
        ('a*b?c"d<e>f|g', "a＊b？c＂d＜e＞f｜g"),
        ("Trailing dots...", "Trailing dots．．．"),
        (" \t spaces \n\r everywhere ", "spaces everywhere"),
        ("nul\x00byte\x1b", "nulbyte"),
        ("\u202egpj.exe", "gpj.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("???", "？？？"),
        ("..", "．．"),
        ("private\ue000use", "privateuse~8d6898f0"),
        ("lone\ud800surrogate", "lonesurrogate~bc33f04f"),
        ("שלום עולם", "שלום עולם"),
        ("進撃の巨人", "進撃の巨人"),
        ("👩\u200d👩\u200d👧 ❤️", "👩\u200d👩\u200d👧 ❤️"),
        ("Cafe\u0301", "Café"),
        ("CON", "CON_"),
        ("CON_", "CON__"),
        ("con", "con_"),
        ("nul.txt", "nul_.txt"),
        ("NUL .tar.gz", "NUL _.tar.gz"),
        ("COM1", "COM1_"),
        ("LPT\u00b9", "LPT\u00b9_"),
        ("CONIN$", "CONIN$_"),
        ("Console", "Console"),
        ("{season}", "{season}"),
        ("%(title)s %d", "%(title)s %d"),
    ],
)
def test_a_hostile_title_becomes_one_harmless_name(series: str, expected: str) -> None:
    found = path(series)

    assert found.parts[0] == expected
    assert len(found.parts) == 3


def test_titles_of_nothing_usable_keep_apart() -> None:
    names = [series_part(series) for series in ("", "\ue000", "\ud800", "\ue001")]

    assert len(set(names)) == 4
    assert all(name.startswith("Untitled~") for name in names)


# -------------------------------------------------------------------------------------------------------- too long


def test_a_long_title_is_cut_before_the_series_is() -> None:
    name = path("Series", title="words " * 60, template="{series} S{season:02}E{number:02} {title}").name

    assert name.startswith("Series S01E04 words words")
    assert 215 < len(name) < 230


def test_a_long_series_is_cut_and_the_numbers_stay() -> None:
    found = path("進撃の巨人" * 40, season=3, number=1071)

    assert found.name.endswith(" S03E1071.mkv")
    assert all(len(part.encode()) <= 255 for part in found.parts)


def test_long_series_that_differ_at_their_ends_keep_apart() -> None:
    """Without a mark of the whole title the second season of a long title would be reported as existing."""
    one, two = path("x" * 300 + " Part 1"), path("x" * 300 + " Part 2")

    assert one.parts[0] != two.parts[0]
    assert one.name != two.name
    assert path("x" * 300 + " Part 1") == one


def test_both_ways_to_write_an_accent_give_one_path() -> None:
    assert path("Café " * 60) == path(unicodedata.normalize("NFD", "Café " * 60))


def test_a_cut_never_leaves_half_a_character() -> None:
    for length in range(60, 80):
        path("a" * length + "👩\u200d👧" * 30).name.encode().decode()


def test_a_template_with_too_much_text_of_its_own_is_an_error() -> None:
    with pytest.raises(ConfigError, match="too little room"):
        path("A Series", template="x" * 210 + "{series} {season} {number}")
    with pytest.raises(ConfigError, match="too little room"):
        path("A Series", template="x" * 260 + "{season} {number}")


# ------------------------------------------------------------------------------------------------------- templates


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{series}/{season}", "it needs {number}"),
        ("{series} {number}", "it needs {season}"),
        ("{season}{number}", "no digit or field beside it"),
        ("{season} 1{number}", "no digit or field beside it"),
        ("{season} {number}0", "no digit or field beside it"),
        ("{season} {title}{number}", "no digit or field beside it"),
        ("", "needs a name"),
        ("{series}//{season} {number}", "needs a name"),
        ("{season} {number}/", "needs a name"),
        ("../{season} {number}", "other than dots"),
        ("./{season} {number}", "other than dots"),
        ("/tmp/{season} {number}", "not an absolute one"),
        ("C:/{season} {number}", "not an absolute one"),
        ("a\\{season} {number}", "cannot stand in a file name"),
        ("{season}:{number}", "cannot stand in a file name"),
        ("{season} {number} {episode}", "no field 'episode'; known are series"),
        ("{} {season} {number}", "no field ''"),
        ("{0} {season} {number}", "no field '0'"),
        ("{series.__class__} {season} {number}", "no field 'series.__class__'"),
        ("{series!r} {season} {number}", "cannot be written that way"),
        ("{series:>9} {season} {number}", "cannot be written that way"),
        ("{season:999999999} {number}", "cannot be written that way"),
        ("{season:x} {number}", "cannot be written that way"),
        ("{season:{number}} {number}", "cannot be written that way"),
        ("{season} {number} {", "write a brace"),
        ("{season} {number} }", "write a brace"),
    ],
)
def test_a_bad_template_is_an_error_that_names_the_setting(template: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Layout(episodes=template)

    assert caught.value.params["key"] == "naming_template"
    assert words in str(caught.value)


@pytest.mark.parametrize("template", [DEFAULT, WITH_TITLE, "{season}/{number}", "{season:d}x{number:3d}"])
def test_good_templates(template: str) -> None:
    Layout(episodes=template)


# ------------------------------------------------------------------------------------------------------- any title

TEXTS: Final = st.text(max_size=120) | st.text(alphabet="./\\ -~:\u0301\u200d\ud800進é", max_size=300)
TEMPLATES: Final = st.sampled_from(
    [DEFAULT, WITH_TITLE, "{title}/{season}/{number}", "{series} {title} {season}x{number} {title}"]
)


@given(series=TEXTS, title=st.none() | TEXTS, template=TEMPLATES)
@example(series="CON", title="nul.", template=WITH_TITLE)
@example(series="con." + "x" * 300, title=None, template=DEFAULT)
@example(series="..", title="..", template="{title}/{season}/{number}")
def test_every_path_is_relative_and_portable(series: str, title: str | None, template: str) -> None:
    found = path(series, title=title, template=template)

    assert not found.is_absolute()
    assert len(found.parts) == template.count("/") + 1
    assert PureWindowsPath(found).parts == found.parts
    for part in found.parts:
        assert part.strip(" .") not in {"", ".mkv"}
        assert not part.startswith(".")
        assert len(part.encode()) <= 255
        assert unicodedata.is_normalized("NFC", part)
        for platform in ("windows", "linux", "macos"):
            validate_filename(part, platform=platform)


EPISODES: Final = st.tuples(st.integers(0, 999), st.integers(0, 9999))


@given(
    one=EPISODES,
    two=EPISODES,
    series=TEXTS,
    titles=st.tuples(TEXTS, TEXTS),
    template=st.sampled_from([DEFAULT, WITH_TITLE]),
)
@example(one=(1, 11), two=(11, 1), series="a", titles=("", ""), template=DEFAULT)
@example(one=(1, 1), two=(1, 11), series="進" * 300, titles=("1" * 300, "1" * 300), template=WITH_TITLE)
def test_two_episodes_of_a_series_never_get_one_path(
    one: tuple[int, int], two: tuple[int, int], series: str, titles: tuple[str, str], template: str
) -> None:
    """Not even on file systems that do not tell capitals from small letters."""
    first = path(series, season=one[0], number=one[1], title=titles[0], template=template)
    second = path(series, season=two[0], number=two[1], title=titles[1], template=template)

    assert one == two or str(first).casefold() != str(second).casefold()
