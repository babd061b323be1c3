"""Which of a source's headers go along, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aniworld_dl.media.source.headers import headers_for
from tests.fakes.web import Page, Web
from tests.unit.media.loading import FILE, MP4, PLAYLIST, URL, load, multivariant

if TYPE_CHECKING:
    from aniworld_dl.config import Settings


async def test_secrets_do_not_follow_a_redirect_to_another_host(settings: Settings) -> None:
    """Whoever fetches the pieces sends the source's headers: so it must start at the source's own address."""
    edge = "https://edge.example/e.mp4"
    web = Web({FILE: Page(status=302, headers={"Location": edge}), edge: Page(body=MP4)})

    loaded = await load(settings, web, FILE, {"Cookie": "session=1"})

    assert loaded.media.tracks[0].segments[0].uri == FILE
    assert [request.headers.get("cookie") for request in web.requests] == ["session=1", None]


async def test_secrets_do_not_go_to_a_variant_on_another_host(settings: Settings) -> None:
    edge = "https://edge.example/v.m3u8"
    web = Web({URL: multivariant("#EXT-X-STREAM-INF:BANDWIDTH=1", edge), edge: Page(body=PLAYLIST)})

    await load(settings, web, headers={"Cookie": "session=1", "X-Token": "t", "Referer": "https://site.example/"})

    variant = web.requests[1]
    assert str(variant.url) == edge
    assert not {"cookie", "x-token"} & set(variant.headers)
    assert variant.headers["referer"] == "https://site.example/"


def test_headers_stay_whole_on_the_same_host() -> None:
    headers = {"Cookie": "a", "User-Agent": "b"}

    assert headers_for("https://a.example/2", source_url="https://a.example/1", headers=headers) == headers
    assert headers_for("https://b.example/2", source_url="https://a.example/1", headers=headers) == {"User-Agent": "b"}
