"""What lies beside a file: written whole, never over anything, removed and brought back with it."""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePosixPath

import pytest

from aniworld_dl.errors import FolderDeniedError
from aniworld_dl.media.shelf.beside import place_beside
from aniworld_dl.media.shelf.library import place
from aniworld_dl.media.shelf.modes import Modes, modes_of, set_mode
from aniworld_dl.media.shelf.nfo import series_nfo
from aniworld_dl.media.shelf.trash import put_back, throw_away

VIDEO = PurePosixPath("Nordlicht/Season 01/Nordlicht S01E01.mkv")
SUBTITLES = VIDEO.with_name("Nordlicht S01E01.de.forced.srt")
NFO = VIDEO.with_suffix(".nfo")
SERIES = PurePosixPath("Nordlicht/tvshow.nfo")


async def shelve(library: Path, video: PurePosixPath = VIDEO, modes: Modes | None = None) -> None:
    modes = modes or Modes()
    files = {
        video.with_suffix(".de.forced.srt"): b"1",
        video.with_suffix(".nfo"): b"2",
        SERIES: series_nfo("Nordlicht"),
    }
    await place_beside(files, library, modes)
    part = library / "x.part"
    part.write_bytes(b"video")
    await place(part, library, video, modes)


def names(library: Path) -> list[str]:
    found = (path.relative_to(library) for path in library.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if path.parts[0] != ".aniworld-dl")


async def test_all_lies_where_it_should(tmp_path: Path) -> None:
    await shelve(tmp_path)
    assert names(tmp_path) == sorted(map(str, (VIDEO, SUBTITLES, NFO, SERIES)))


async def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / NFO).parent.mkdir(parents=True)
    (tmp_path / NFO).write_bytes(b"of the user")
    await shelve(tmp_path)
    assert (tmp_path / NFO).read_bytes() == b"of the user"


async def test_nothing_is_left_of_what_could_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EACCES, "refused")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(FolderDeniedError):
        await place_beside({NFO: b"2"}, tmp_path)
    assert names(tmp_path) == []


async def test_it_goes_and_comes_back_with_the_file(tmp_path: Path) -> None:
    """The series' own file goes with its last episode, and not before."""
    other = VIDEO.with_name("Nordlicht S01E02.mkv")
    await shelve(tmp_path)
    await shelve(tmp_path, other)
    before = names(tmp_path)
    await throw_away(tmp_path, 1, other)
    assert names(tmp_path) == sorted(map(str, (VIDEO, SUBTITLES, NFO, SERIES)))
    await throw_away(tmp_path, 2, VIDEO)
    assert [path.name for path in tmp_path.iterdir()] == [".aniworld-dl"]
    await put_back(tmp_path, 2, VIDEO)
    await put_back(tmp_path, 1, other)
    assert names(tmp_path) == before


async def test_what_others_have_written_stays(tmp_path: Path) -> None:
    """A `tvshow.nfo` of another program, a picture, and what only begins with the same name."""
    (tmp_path / SERIES).parent.mkdir(parents=True)
    (tmp_path / SERIES).write_bytes(b"<tvshow/>")
    await shelve(tmp_path)
    for name in ("Nordlicht S01E01.5.mkv", "Nordlicht S01E01.jpg", "Nordlicht S01E011.srt"):
        (tmp_path / VIDEO).with_name(name).write_bytes(b"other")
    await throw_away(tmp_path, 1, VIDEO)
    assert names(tmp_path) == [
        "Nordlicht/Season 01/Nordlicht S01E01.5.mkv",
        "Nordlicht/Season 01/Nordlicht S01E01.jpg",
        "Nordlicht/Season 01/Nordlicht S01E011.srt",
        "Nordlicht/tvshow.nfo",
    ]


async def test_permissions(tmp_path: Path) -> None:
    """Of files and of the folders that were made for them; the library's own stay."""
    own = tmp_path.stat().st_mode
    await shelve(tmp_path, modes=modes_of("0640", "0750"))
    for path in tmp_path.rglob("*"):
        assert path.stat().st_mode & 0o7777 == (0o750 if path.is_dir() else 0o640), path
    assert tmp_path.stat().st_mode == own


def test_without_a_setting_the_umask_decides(tmp_path: Path) -> None:
    assert modes_of(None, None) == Modes()
    set_mode(tmp_path / "missing", None)


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_a_file_system_without_permissions(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "chmod", refuse)
    set_mode(tmp_path, 0o640)


def test_another_failure_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        set_mode(tmp_path / "missing", 0o640)
