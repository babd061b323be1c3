"""Episodes that are there already are found, whatever they are called."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from aniworld_dl.media.proof.seal import seal
from aniworld_dl.media.shelf.library import known_path
from aniworld_dl.media.shelf.naming import Entry, layout_of
from aniworld_dl.media.shelf.present import Look, Present

ENTRY = Entry(series="Re:ZERO Nord", season=1, number=4)
TARGET = layout_of("jellyfin").path(ENTRY, ".mkv")


def put(library: Path, name: str, *, sealed: bool = False) -> PurePosixPath:
    path = library / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"video")
    if sealed:
        seal(path, [(0, 0.0)])
    return PurePosixPath(name)


def look(library: Path, entry: Entry = ENTRY) -> Present | None:
    return Look(library).find(layout_of("jellyfin").path(entry, ".mkv"), entry)


def test_an_empty_library(tmp_path: Path) -> None:
    assert look(tmp_path) is None


@pytest.mark.parametrize("name", [str(TARGET), str(TARGET).lower(), str(TARGET).upper()])
def test_its_own_name_in_any_spelling_is_enough(name: str, tmp_path: Path) -> None:
    assert look(tmp_path / "none") is None
    assert look(tmp_path) is None
    path = put(tmp_path, name)
    assert look(tmp_path) == Present(path=path, is_ours=True)


@pytest.mark.parametrize(
    "name",
    [
        "Re：ZERO Nord/Season 01/Re：ZERO Nord - s01e04.mkv",
        "Re：ZERO Nord/Season 01/Re：ZERO Nord S01E04.mp4",
        "Re：ZERO Nord S01E04.mkv",
        "Re：ZERO Nord/Season 1/1x04.avi",
        "re：zero nord/Staffel 1/Folge 4.mp4",
        "Re：ZERO Nord/Re.Zero.Nord.S01E04.1080p.WEB.x264.mkv",
        "Re.Zero.Nord.S01E04.1080p.mkv",
        "ReZERO Nord - 1x04 - Titel.mkv",
    ],
)
def test_other_names(name: str, tmp_path: Path) -> None:
    path = put(tmp_path, name)
    assert look(tmp_path) == Present(path=path, is_ours=False)


@pytest.mark.parametrize(
    "name",
    [
        "Re：ZERO Nord/Season 01/Re：ZERO Nord S01E05.mkv",
        "Re：ZERO Nord/Season 02/Re：ZERO Nord S02E04.mkv",
        "Re：ZERO Nord/Season 01/Re：ZERO Nord S01E04-E05.mkv",
        "Re：ZERO Nord/Season 01/Re：ZERO Nord S01E04.srt",
        "Re：ZERO Nord/Season 01/.Re：ZERO Nord - S01E04.avi",
        "Re：ZERO Nord/a/b/c/1x04.avi",
        "Andere Serie/Season 01/Andere Serie S01E04.mkv",
        "Andere Serie S01E04.mkv",
    ],
)
def test_other_episodes(name: str, tmp_path: Path) -> None:
    put(tmp_path, name)
    assert look(tmp_path) is None


def test_a_file_that_was_made_here_carries_its_proof(tmp_path: Path) -> None:
    path = put(tmp_path, "Re：ZERO Nord S01E04.mp4", sealed=True)
    assert look(tmp_path) == Present(path=path, is_ours=True)


def test_a_film(tmp_path: Path) -> None:
    film = Entry(series="Nordlicht", season=0, number=3, title="Mia", is_film=True)
    path = put(tmp_path, "Nordlicht - Film 03 - Mia.mp4")
    assert look(tmp_path, film) == Present(path=path, is_ours=False)


def test_what_a_link_leads_to_elsewhere_is_not_in_the_library(tmp_path: Path) -> None:
    library, outside = tmp_path / "library", tmp_path / "outside"
    library.mkdir()
    put(outside, "Season 01/Re：ZERO Nord - s01e04.mkv")
    (library / "Re：ZERO Nord").symlink_to(outside)
    assert look(library) is None


def test_of_two_spellings_the_first_one_counts(tmp_path: Path) -> None:
    (tmp_path / "NORD").mkdir()
    (tmp_path / "Nord").mkdir()
    assert known_path(tmp_path, PurePosixPath("nord/x")) == Path("NORD/x")
    assert known_path(tmp_path, PurePosixPath("Nord/x")) == Path("Nord/x")
