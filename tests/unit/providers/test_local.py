"""Lists on the server, below what the user has opened and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import NoEpisodesError, ProviderRefusedError
from aniworld_dl.model import EpisodeRef, Source, Wish
from aniworld_dl.providers.direct import DirectProvider
from aniworld_dl.providers.local import LocalProvider

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.providers.base import ProviderContext

LIST = """# notes
https://a.example/1.mp4
#EXTINF:12,Moos
 https://a.example/2.mp4
nothing
http://[::1
URL=https://a.example/3.mp4
"""


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "open"
    folder.mkdir()
    (folder / "Wald ü.txt").write_text(LIST)
    return folder


@pytest.fixture
def local(context: ProviderContext, open_folder: Path) -> LocalProvider:
    own = replace(context, local_folders=(open_folder,))
    return LocalProvider(own, media=DirectProvider(own))


async def test_a_list_becomes_episodes(local: LocalProvider, open_folder: Path) -> None:
    url = (open_folder / "Wald ü.txt").as_uri()
    assert local.matches(url)
    assert local.is_series(url)
    assert await local.episodes(url, Wish()) == [
        EpisodeRef(url="https://a.example/1.mp4", series="Wald ü"),
        EpisodeRef(url="https://a.example/2.mp4", series="Wald ü", title="Moos"),
        EpisodeRef(url="https://a.example/3.mp4", series="Wald ü"),
    ]


async def test_a_folder_is_all_its_lists_by_name(local: LocalProvider, open_folder: Path, tmp_path: Path) -> None:
    (open_folder / "A.m3u").write_text("https://a.example/0.mp4")
    (open_folder / "notes.md").write_text("https://a.example/no.mp4")
    (tmp_path / "secret.txt").write_text("https://a.example/secret.mp4")
    (open_folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    found = await local.episodes(open_folder.as_uri(), Wish())
    assert [each.url[-5:] for each in found] == ["0.mp4", "1.mp4", "2.mp4", "3.mp4"]


@pytest.mark.parametrize(
    "path", ["../secret.txt", "link.txt", "no-such.txt", "%2e%2e/secret.txt", "link-to-folder/secret.txt"]
)
async def test_nothing_else_is_read(local: LocalProvider, open_folder: Path, tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.txt").write_text("https://a.example/secret.mp4")
    (open_folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (open_folder / "link-to-folder").symlink_to(tmp_path)
    with pytest.raises(ProviderRefusedError) as caught:
        await local.episodes(f"{open_folder.as_uri()}/{path}", Wish())
    assert caught.value.params["provider"] == "local"


async def test_another_machines_files_are_refused(local: LocalProvider, open_folder: Path) -> None:
    with pytest.raises(ProviderRefusedError):
        await local.episodes(open_folder.as_uri().replace("file://", "file://server"), Wish())


async def test_without_open_folders_nothing_is_read(context: ProviderContext, open_folder: Path) -> None:
    with pytest.raises(ProviderRefusedError, match="local_folders"):
        await LocalProvider(context, media=DirectProvider(context)).episodes(open_folder.as_uri(), Wish())


async def test_a_list_without_addresses_is_told(local: LocalProvider, open_folder: Path) -> None:
    (open_folder / "empty.txt").write_text("nothing")
    with pytest.raises(NoEpisodesError):
        await local.episodes((open_folder / "empty.txt").as_uri(), Wish())


async def test_an_address_of_a_list_gives_what_it_gives(local: LocalProvider) -> None:
    url = "https://a.example/1.mp4"
    assert local.matches(url)
    assert not local.is_series(url)
    assert await local.sources(EpisodeRef(url=url), Wish()) == (Source(url=url),)
