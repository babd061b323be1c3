"""Two hundred titles under every profile: unique, portable, stable, inside the library."""

from __future__ import annotations

import hashlib
import unicodedata
from functools import cache
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from pathvalidate import validate_filename

from aniworld_dl.errors import FolderDeniedError
from aniworld_dl.media.shelf.library import place
from aniworld_dl.media.shelf.naming import Entry, layout_of
from aniworld_dl.media.shelf.portable import name_key
from aniworld_dl.media.shelf.template import PROFILES
from tests.unit.media.shelf.titles import SAME, TITLES


def entries(series: str) -> list[Entry]:
    """Return an episode of each kind, all titled alike."""
    return [
        Entry(series=series, season=1, number=1, title="Pilot"),
        Entry(series=series, season=1, number=11),
        Entry(series=series, season=11, number=1),
        Entry(series=series, season=0, number=1),
        Entry(series=series, season=1, number=1, last_number=2),
        Entry(series=series, season=0, number=1, title="Pilot", is_film=True),
        Entry(series=series, season=0, number=None, is_film=True),
    ]


@cache
def paths(profile: str, *titles: str) -> list[PurePosixPath]:
    if len(titles) > 1:
        return [path for title in titles for path in paths(profile, title)]
    return [layout_of(profile).path(entry, ".mkv") for title in titles for entry in entries(title)]


def on_disk(path: PurePosixPath) -> str:
    """Return what a file system compares that knows neither case nor ways to write accents."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", str(path)).casefold())


def test_the_table_is_long_enough() -> None:
    assert len(set(TITLES)) == len(TITLES) >= 200


@pytest.mark.no_cover  # so much that watching it takes seconds
@pytest.mark.parametrize("profile", PROFILES)
def test_no_two_episodes_get_the_same_name(profile: str) -> None:
    found: dict[str, str] = {}
    for title in TITLES:
        for path in paths(profile, title):
            other = found.setdefault(on_disk(path), title)
            assert other is title, f"{title!r} and {other!r} are both {path}"
    assert len(found) == len(TITLES) * len(entries(""))


@pytest.mark.no_cover  # so much that watching it takes seconds
@pytest.mark.parametrize("profile", PROFILES)
def test_every_name_is_legal_everywhere(profile: str) -> None:
    for path in paths(profile, *TITLES):
        assert not path.is_absolute()
        assert PureWindowsPath(path).parts == path.parts
        assert len(str(path).encode("utf-16-le")) // 2 <= 230
        for part in path.parts:
            assert part not in {"", ".", ".."}
            assert len(part.encode()) <= 255
            assert unicodedata.is_normalized("NFC", part)
            assert not part.startswith((" ", ".", "-"))
            assert not part.endswith((" ", "."))
            assert not any(unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"} for character in part)
            assert not set(part) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")
            validate_filename(part, platform="windows")
            validate_filename(part, platform="linux")
            validate_filename(part, platform="macos")


@pytest.mark.parametrize(
    ("profile", "digest"),
    [
        ("jellyfin", "6be14f7cbc382c8d"),
        ("plex", "29e236e631193028"),
        ("flat", "16e12a13a0d0d295"),
    ],
)
def test_names_are_those_of_earlier_versions(profile: str, digest: str) -> None:
    """Whoever changes a name makes every library download it again."""
    text = "\n".join(map(str, paths(profile, *TITLES)))
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest


@pytest.mark.parametrize("profile", PROFILES)
def test_a_title_gives_the_same_name_however_its_accents_are_written(profile: str) -> None:
    for title in TITLES:
        assert paths(profile, unicodedata.normalize("NFD", title)) == paths(profile, title)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_people_take_for_the_same_is_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)
    assert [name_key(str(path)) for path in paths("flat", one)] == [
        name_key(str(path)) for path in paths("flat", other)
    ]


@pytest.mark.no_cover  # so much that watching it takes seconds
@pytest.mark.parametrize("profile", PROFILES)
async def test_every_file_lies_in_the_library(profile: str, tmp_path: Path) -> None:
    """On a real file system: none leaves the folder, none meets another."""
    library = tmp_path / "library"
    library.mkdir()
    names = [layout_of(profile).path(entries(title)[0], ".mkv") for title in TITLES]
    for number, name in enumerate(names):
        part = library / f"{number}.part"
        part.write_text(str(number))
        await place(part, library, name)
    assert sorted(path for path in library.rglob("*") if path.is_file()) == sorted(library / name for name in names)
    assert list(tmp_path.iterdir()) == [library]


async def test_a_link_does_not_lead_out_of_the_library(tmp_path: Path) -> None:
    library, outside = tmp_path / "library", tmp_path / "outside"
    library.mkdir()
    outside.mkdir()
    (library / "Nordlicht").symlink_to(outside)
    part = library / "x.part"
    part.write_text("x")
    with pytest.raises(FolderDeniedError):
        await place(part, library, layout_of("jellyfin").path(Entry(series="nordlicht", season=1, number=1), ".mkv"))
    assert list(outside.iterdir()) == []
