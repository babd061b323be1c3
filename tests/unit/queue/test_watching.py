"""What there is to play of an episode: by how far it is, by what its file is, and only as long as it is the same."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast

import pytest

from aniworld_dl.errors import FolderDeniedError, NotFoundError, NotWatchableError
from aniworld_dl.media.store.work import open_work
from aniworld_dl.media.watch.screening import FinishedMatroska, FinishedMp4, Running
from aniworld_dl.media.watch.show import Show, Shows
from aniworld_dl.model import Status
from aniworld_dl.queue.watching import Watching
from tests import builders
from tests.fakes.clock import FakeClock
from tests.matroska_files import BOTH, CUES, element, info, matroska, unsigned
from tests.media_builders import box, hls_track, media_of
from tests.movie_fragments import full, numbers

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.media.watch.screening import Screening
    from aniworld_dl.model import Episode

MOST_KNOWN = 16
CUE = element(0xBB, unsigned(0xB3, 0) + element(0xB7, unsigned(0xF7, 1)))
MKV = matroska(info(4000.0), BOTH, element(CUES, CUE))
MP4 = box(b"ftyp", b"isom") + box(b"moov", full(b"mvhd", numbers(0, 0, 1000, 5500) + b"\0" * 80)) + box(b"mdat")


class House:
    """A library, and who is asked what there is to play in it."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.download_dir
        self.folder.mkdir(parents=True)
        self.shows = Shows()
        self._episodes: dict[int, Episode] = {}
        self.watching = Watching(
            episode=self._episode, shows=self.shows, ffmpeg=cast("Any", None), settings=lambda: settings
        )

    async def _episode(self, episode_id: int) -> Episode:
        if episode_id not in self._episodes:
            raise NotFoundError(what="episode", id=episode_id)
        return self._episodes[episode_id]

    def has(self, status: Status, *, path: str | None = None, episode_id: int = 1) -> None:
        """Let an episode be like this."""
        at = None if path is None else PurePosixPath(path)
        self._episodes[episode_id] = builders.episode(id=episode_id, status=status, path=at)

    def put(self, data: bytes, *, path: str = "a.mkv", episode_id: int = 1, changed_s: int = 1_000) -> None:
        """Let an episode be finished, with this file, changed last at that time."""
        file = self.folder / path
        file.write_bytes(data)
        os.utime(file, (changed_s, changed_s))
        self.has(Status.COMPLETED, path=path, episode_id=episode_id)

    async def refusal(self, cut: str | None = None) -> str:
        """Return why an episode is not shown."""
        with pytest.raises(NotWatchableError) as caught:
            await self.watching.screening(1, cut)
        return str(caught.value.params["reason"])

    async def screening(self, episode_id: int = 1) -> Screening:
        return await self.watching.screening(episode_id)


@pytest.fixture
def house(settings: Settings) -> House:
    return House(settings)


async def test_what_is_no_episode_is_not_shown(house: House) -> None:
    with pytest.raises(NotFoundError):
        await house.screening()


@pytest.mark.parametrize(
    ("status", "reason"),
    [(Status.QUEUED, "not_begun"), (Status.FAILED, "not_begun"), (Status.CANCELLED, "cancelled")],
)
async def test_what_has_not_begun_is_not_shown(house: House, status: Status, reason: str) -> None:
    house.has(status)
    assert await house.refusal() == reason


async def test_what_runs_is_shown_until_it_is_cancelled(house: House) -> None:
    house.has(Status.DOWNLOADING)
    async with open_work(house.folder, PurePosixPath("a.mkv"), media_of(hls_track(8))) as work:
        show = Show(work=work, clock=FakeClock())
        with house.shows.running(1, show):
            screening = await house.watching.screening(1, show.cut)
            assert isinstance(screening, Running)
            assert screening.programme().cut == show.cut
            assert await house.refusal("another") == "changed"
        assert isinstance(await house.screening(), Running)  # the work is still there
        house.has(Status.CANCELLED)
        assert await house.refusal() == "cancelled"


async def test_a_matroska_file_is_cut(house: House) -> None:
    house.put(MKV)
    screening = await house.screening()
    assert isinstance(screening, FinishedMatroska)
    programme = screening.programme()
    assert (programme.whole_file, programme.duration_s, len(programme.renditions)) == (False, 4.0, 1)


async def test_an_mp4_file_is_given_as_it_is(house: House) -> None:
    house.put(MP4, path="a.mp4")
    screening = await house.screening()
    assert isinstance(screening, FinishedMp4)
    programme = screening.programme()
    assert (programme.whole_file, programme.duration_s) == (True, 5.5)


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"OggS and more", "container"), (b"", "container"), (matroska(info(4000.0), BOTH), "no_index")],
)
async def test_what_no_player_takes_is_not_shown(house: House, data: bytes, reason: str) -> None:
    house.put(data)
    assert await house.refusal() == reason


async def test_a_file_that_is_gone_is_not_shown(house: House) -> None:
    house.has(Status.COMPLETED)
    assert await house.refusal() == "no_file"
    house.has(Status.COMPLETED, path="gone.mkv")
    assert await house.refusal() == "no_file"


async def test_a_file_outside_the_library_is_not_looked_at(house: House, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (house.folder / "link").symlink_to(elsewhere, target_is_directory=True)
    house.put(MKV, path="link/a.mkv")
    with pytest.raises(FolderDeniedError):
        await house.screening()


async def test_a_file_is_looked_at_once_until_it_changes(house: House) -> None:
    house.put(MKV)
    before = await house.screening()
    cut = before.programme().cut
    assert await house.watching.screening(1, cut) is before
    house.put(MKV, changed_s=2_000)
    assert await house.refusal(cut) == "changed"
    house.put(MKV + bytes(8))
    assert await house.refusal(cut) == "changed"
    house.put(MKV)
    assert await house.watching.screening(1, cut) is before


async def test_two_files_alike_are_told_apart(house: House) -> None:
    house.put(MKV)
    house.put(MKV, path="b.mkv", episode_id=2)
    first, second = await house.screening(1), await house.screening(2)
    assert first.programme().cut != second.programme().cut


async def test_only_the_files_that_were_looked_at_last_are_known(house: House) -> None:
    for number in range(MOST_KNOWN + 1):
        house.put(MKV, path=f"{number}.mkv", episode_id=number)
    known = [await house.screening(number) for number in range(MOST_KNOWN)]
    assert await house.screening(0) is known[0]  # so the second has waited longest
    await house.screening(MOST_KNOWN)
    assert await house.screening(0) is known[0]
    assert [await house.screening(number) for number in range(2, MOST_KNOWN)] == known[2:]
    assert await house.screening(1) is not known[1]
