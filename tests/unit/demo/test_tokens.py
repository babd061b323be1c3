"""Addresses that expire, and playlists that hand out new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.demo.tokens import Tokens

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.demo.origin import Origin
    from tests.unit.demo.raw import RawClient

PLAYLIST = """#EXTM3U
#EXT-X-KEY:METHOD=AES-128,URI="a.key"
#EXTINF:2,
0.ts

#EXTINF:2,
1.ts?part=1
"""


@pytest.fixture(autouse=True)
def show(origin: Origin) -> None:
    origin.add_file("show/index.m3u8", PLAYLIST)
    for name in ("0.ts", "1.ts", "a.key"):
        origin.add_file(f"show/{name}", name)
    origin.add_file("open/0.ts", "open")


async def addresses(client: RawClient, path: str = "/show/index.m3u8") -> list[str]:
    lines = (await client.get(path)).body.decode().splitlines()
    return [f"/show/{line}" for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize(("in_path", "status"), [(False, 403), (True, 410)])
async def test_a_token_is_good_for_so_many_answers(
    origin: Origin, client: RawClient, in_path: bool, status: int
) -> None:
    """Then a fresh reading of the playlist gives the next; what the first refuses it keeps refusing."""
    tokens = origin.add_guard(Tokens("show", answers=2, status=status, in_path=in_path))
    first = await addresses(client)
    assert [(await client.get(path)).body for path in first] == [b"0.ts", b"1.ts"]
    assert (await client.get(first[0])).status == status
    second = await addresses(client)
    assert not set(first) & set(second)
    assert (await client.get(second[0])).body == b"0.ts"
    assert (await client.get(first[1])).status == status
    assert (tokens.issued, tokens.refused) == (2, 2)


async def test_without_a_token_nothing_but_playlists_is_given(origin: Origin, client: RawClient) -> None:
    origin.add_guard(Tokens("/show/", answers=2))
    for path in ("/show/0.ts", "/show/0.ts?token=guessed", "/show/~guessed/0.ts"):
        assert (await client.get(path)).status == 403
    assert (await client.get("/open/0.ts")).status == 200


async def test_queries_and_keys_get_it_too(origin: Origin, client: RawClient) -> None:
    origin.add_guard(Tokens("show", answers=9))
    text = (await client.get("/show/index.m3u8")).body.decode()
    token = text.rpartition("token=")[2].strip()
    assert f'URI="a.key?token={token}"' in text
    assert f"1.ts?part=1&token={token}" in text
    assert (await client.get(f"/show/a.key?token={token}")).body == b"a.key"


async def test_a_playlist_of_the_disk(origin: Origin, client: RawClient, tmp_path: Path) -> None:
    (tmp_path / "index.m3u8").write_text(PLAYLIST)
    (tmp_path / "0.ts").write_text("of the disk")
    origin.add_folder("disk", tmp_path)
    origin.add_guard(Tokens("disk", answers=1))
    first, _ = await addresses(client, "/disk/index.m3u8")
    assert (await client.get(first.replace("/show/", "/disk/"))).body == b"of the disk"


async def test_a_manifest_gets_it_as_its_base_address(origin: Origin, client: RawClient) -> None:
    origin.add_file("show/a.mpd", '<?xml version="1.0"?>\n<MPD\n type="static">\n<Period></Period></MPD>')
    origin.add_guard(Tokens("show", answers=1))
    text = (await client.get("/show/a.mpd")).body.decode()
    head, _, rest = text.partition("<BaseURL>")
    base, _, tail = rest.partition("</BaseURL>")
    assert head.endswith('type="static">')
    assert tail.startswith("\n<Period>")
    assert [(await client.get(f"/show/{base}0.ts")).status for _ in range(2)] == [200, 403]
