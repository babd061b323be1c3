"""What is no media, or none that can be taken, is said in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import (
    HttpStatusError,
    ManifestError,
    NotMediaError,
    TooLargeError,
)
from aniworld_dl.media.source import probe as probe_module
from tests.fakes.web import Page, Web
from tests.unit.media.loading import PLAYLIST, URL, load, multivariant

if TYPE_CHECKING:
    from aniworld_dl.config import Settings


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<!DOCTYPE html><html>", "a web page"),
        (b'{"error": "gone"}', "a JSON document"),
        (b"\x89PNG\r\n", "an image"),
        (b"", "empty"),
    ],
)
async def test_what_is_no_media_is_named(settings: Settings, body: bytes, found: str) -> None:
    with pytest.raises(NotMediaError) as caught:
        await load(settings, Web({URL: Page(body=body, headers={"Content-Type": "video/mp4"})}))

    assert caught.value.params == {"url": "https://cdn.example/show/index.m3u8", "found": found}


async def test_a_variant_that_is_a_page_is_named(settings: Settings) -> None:
    web = Web(
        {
            URL: multivariant("#EXT-X-STREAM-INF:BANDWIDTH=1", "v.m3u8"),
            "https://cdn.example/show/v.m3u8": Page(body=b"<html>"),
        }
    )

    with pytest.raises(NotMediaError, match=r"show/v\.m3u8 .* a web page"):
        await load(settings, web)


@pytest.mark.parametrize(
    ("page", "error", "words"),
    [
        (Page(body=b"<MPD>"), ManifestError, "not valid"),
        (Page(body=b"#EXTM3U\n0.ts\n"), ManifestError, "EXTINF is missing"),
        (multivariant("#EXT-X-STREAM-INF:BANDWIDTH=1", URL), ManifestError, "variants where segments"),
        (Page(status=404), HttpStatusError, "404"),
    ],
)
async def test_what_cannot_be_taken_is_said(settings: Settings, page: Page, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        await load(settings, Web({URL: page}))


async def test_an_endless_playlist_is_not_read_to_its_end(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_module, "MANIFEST_LIMIT_BYTES", 20_000)

    with pytest.raises(TooLargeError):
        await load(settings, Web({URL: Page(body=PLAYLIST * 1000, ranges=False)}))
