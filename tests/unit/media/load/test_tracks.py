"""From a multivariant playlist to the tracks that are wished for, also where some of them are dead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.errors import AniworldDlError, HttpStatusError, ManifestError, NotMediaError, UnsupportedMediaError
from aniworld_dl.media.choice.wish import TrackWish, Version
from aniworld_dl.model import Container, TrackKind
from tests.fakes.web import Page, Web
from tests.unit.media.loading import MP4, PLAYLIST, URL, load, multivariant, playlist

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.media.load.media import LoadedMedia

BASE: Final = "https://cdn.example/show"
MEDIA: Final = Page(body=PLAYLIST)
AAC: Final = playlist("#EXTINF:4,", "0.aac")
VTT: Final = playlist("#EXTINF:4,", "0.vtt")
GERMAN: Final = TrackWish(versions=(Version(sound="de"),))


def rendition(kind: str, group: str, name: str, language: str, *more: str) -> str:
    facts = (f'GROUP-ID="{group}"', f'NAME="{name}"', f'LANGUAGE="{language}"', f'URI="{name}.m3u8"', *more)
    return f"#EXT-X-MEDIA:TYPE={kind},{','.join(facts)}"


def variant(name: str, height: int, *more: str) -> tuple[str, str]:
    facts = (f"BANDWIDTH={height}", f"RESOLUTION={height * 2}x{height}", *more)
    return f"#EXT-X-STREAM-INF:{','.join(facts)}", f"{name}.m3u8"


def site(*lines: str, **pages: Page) -> Web:
    """Return a web with a multivariant playlist; of its media playlists only `pages` are there."""
    return Web({URL: multivariant(*lines), **{f"{BASE}/{name}.m3u8": page for name, page in pages.items()}})


FULL: Final = (
    rendition("AUDIO", "a", "ja", "ja", "DEFAULT=YES", 'CHANNELS="2"'),
    rendition("AUDIO", "a", "de", "de"),
    rendition("SUBTITLES", "s", "t-de", "de"),
    rendition("SUBTITLES", "s", "t-en", "en", "FORCED=YES"),
    *variant("high", 720, 'AUDIO="a"', 'SUBTITLES="s"', 'CODECS="avc1.64001f,mp4a.40.2"', "FRAME-RATE=25"),
    *variant("low", 360, 'AUDIO="a"', 'SUBTITLES="s"', 'CODECS="avc1.4d401e,mp4a.40.2"'),
)
ALL_PAGES: Final = {"high": MEDIA, "low": MEDIA, "ja": AAC, "de": AAC, "t-de": VTT, "t-en": VTT}


def names(loaded: LoadedMedia) -> list[str]:
    """Return which media playlists were taken, by what `judged` and the tracks say of them."""
    taken = [judged.candidate.uri for judged in loaded.judged if judged.taken]
    assert len(taken) == len(loaded.media.tracks)
    return sorted(uri.removeprefix(f"{BASE}/").removesuffix(".m3u8") for uri in taken if uri)


def reason(loaded: LoadedMedia, name: str) -> str:
    (found,) = (judged.reason for judged in loaded.judged if judged.candidate.uri == f"{BASE}/{name}.m3u8")
    return found


def without(*dead: str, **other: Page) -> dict[str, Page]:
    return {name: page for name, page in {**ALL_PAGES, **other}.items() if name not in dead}


async def test_tracks_say_what_the_playlist_says(settings: Settings) -> None:
    web = site(*FULL, **ALL_PAGES)

    loaded = await load(settings, web, wish=TrackWish(versions=(Version(sound="original", subtitles="de"),)))

    picture, sound, german, english = loaded.media.tracks
    assert (picture.kind, picture.container, picture.height) == (TrackKind.VIDEO, Container.MPEG_TS, 720)
    assert (picture.codecs, picture.frame_rate, picture.bandwidth_bps) == ("avc1.64001f", 25.0, 720)
    assert (sound.kind, sound.container, sound.language) == (TrackKind.AUDIO, Container.PACKED_AUDIO, "ja")
    assert (sound.name, sound.channels, sound.default) == ("ja", 2, True)
    assert (german.kind, german.container, german.default) == (TrackKind.TEXT, Container.WEBVTT, True)
    assert (english.language, english.forced, english.default) == ("en", True, False)
    assert [len(track.segments) for track in loaded.media.tracks] == [2, 1, 1, 1]
    assert sorted(web.urls()) == sorted([URL, *(f"{BASE}/{name}.m3u8" for name in ("high", "ja", "t-de", "t-en"))])


async def test_without_a_wish_the_defaults_are_taken(settings: Settings) -> None:
    assert names(await load(settings, site(*FULL, **ALL_PAGES))) == ["high", "ja", "t-de", "t-en"]


@pytest.mark.parametrize("page", [None, Page(status=410), Page(body=b"<html>gone</html>")])
async def test_for_a_dead_picture_the_next_best_is_taken(settings: Settings, page: Page | None) -> None:
    pages = without("high") if page is None else without(high=page)

    loaded = await load(settings, site(*FULL, **pages), wish=GERMAN)

    assert names(loaded) == ["de", "low", "t-de", "t-en"]
    assert reason(loaded, "high").startswith("it cannot be had: ")
    assert reason(loaded, "low") == "the only picture"


async def test_nothing_is_read_twice_when_a_picture_is_dead(settings: Settings) -> None:
    web = site(*FULL, **without("high"))

    await load(settings, web, wish=GERMAN)

    assert len(web.urls()) == len(set(web.urls())) == 6


async def test_when_all_pictures_are_dead_that_is_the_error(settings: Settings) -> None:
    """Sound alone is no episode."""
    with pytest.raises(HttpStatusError, match=r"404 for https://cdn\.example/show/low"):
        await load(settings, site(*FULL, **without("high", "low")))


async def test_a_server_that_fails_for_a_while_is_no_reason_for_a_worse_picture(settings: Settings) -> None:
    with pytest.raises(HttpStatusError, match="503"):
        await load(settings, site(*FULL, **without(high=Page(status=503))))


async def test_a_mirror_stands_in_whatever_fails(settings: Settings) -> None:
    """RFC 8216 6.2.4: redundant streams. What was taken is not lower for it."""
    lines = [*variant("high", 720), *variant("mirror", 720), *variant("low", 360)]
    web = site(*lines, high=Page(status=503), mirror=MEDIA, low=MEDIA)

    loaded = await load(settings, web)

    assert [track.height for track in loaded.media.tracks] == [720]
    assert web.urls()[-1] == f"{BASE}/mirror.m3u8"


async def test_a_picture_is_dead_only_when_all_its_mirrors_are(settings: Settings) -> None:
    """One that fails for a while may be back soon: no reason for a worse picture."""
    lines = [*variant("high", 720), *variant("mirror", 720), *variant("low", 360)]
    with pytest.raises(HttpStatusError, match=r"503 .*mirror"):
        await load(settings, site(*lines, low=MEDIA, mirror=Page(status=503)))

    loaded = await load(settings, site(*lines, low=MEDIA))

    assert names(loaded) == ["low"]
    assert "404 for https://cdn.example/show/high.m3u8" in reason(loaded, "high")


async def test_a_dead_wished_sound_is_an_error(settings: Settings) -> None:
    """Another language would be another episode."""
    with pytest.raises(HttpStatusError, match=r"404 .*de\.m3u8"):
        await load(settings, site(*FULL, **without("de")), wish=GERMAN)
    with pytest.raises(HttpStatusError, match=r"404 .*ja\.m3u8"):
        await load(settings, site(*FULL, **without("ja")))


async def test_for_a_dead_sound_another_of_its_language_stands_in(settings: Settings) -> None:
    lines = (rendition("AUDIO", "a", "de2", "ger", 'CHANNELS="2"'), *FULL)

    loaded = await load(settings, site(*lines, **without("de2")), wish=GERMAN)

    assert names(loaded) == ["de", "high", "t-de", "t-en"]
    assert reason(loaded, "de2").startswith("it cannot be had: cdn.example answered 404")


@pytest.mark.parametrize("page", [None, Page(status=403), Page(body=b"{}"), playlist("#EXTINF:4,"), playlist("0.vtt")])
async def test_dead_subtitles_are_left_out(settings: Settings, page: Page | None) -> None:
    pages = without("t-de") if page is None else without(**{"t-de": page})

    loaded = await load(settings, site(*FULL, **pages))

    assert names(loaded) == ["high", "ja", "t-en"]
    assert reason(loaded, "t-de").startswith("it cannot be had: ")


async def test_subtitles_that_are_out_of_reach_for_a_while_are_waited_for(settings: Settings) -> None:
    with pytest.raises(AniworldDlError, match="502"):
        await load(settings, site(*FULL, **without(**{"t-de": Page(status=502)})))


async def test_of_many_dead_pictures_only_some_are_tried(settings: Settings) -> None:
    lines = [line for height in range(100, 1000, 2) for line in variant(f"v{height}", height)]
    web = site(*lines)

    with pytest.raises(HttpStatusError, match="404"):
        await load(settings, web)

    assert len(web.requests) < 30


async def test_a_playlist_that_lists_itself_is_refused(settings: Settings) -> None:
    lines = [*variant("index", 720), *variant("low", 360)]
    web = Web({f"{BASE}/index.m3u8": multivariant(*lines), f"{BASE}/low.m3u8": MEDIA})

    with pytest.raises(ManifestError, match="variants where segments"):
        await load(settings, web, f"{BASE}/index.m3u8")


async def test_variables_reach_the_media_playlists(settings: Settings) -> None:
    """draft-pantos-hls-rfc8216bis 4.4.2.3."""
    lines = ['#EXT-X-DEFINE:NAME="token",VALUE="t1"', *variant("high", 720)]
    media = playlist('#EXT-X-DEFINE:IMPORT="token"', "#EXTINF:4,", "0.ts?{$token}")

    loaded = await load(settings, site(*lines, high=media))

    assert loaded.media.tracks[0].segments[0].uri == f"{BASE}/0.ts?t1"


async def test_secrets_stay_with_their_host(settings: Settings) -> None:
    lines = [rendition("AUDIO", "a", "de", "de").replace("de.m3u8", "https://other.example/de.m3u8")]
    lines += variant("high", 720, 'AUDIO="a"')
    web = site(*lines, high=MEDIA)
    web.pages["https://other.example/de.m3u8"] = AAC

    await load(settings, web, headers={"Cookie": "a=1", "Referer": "https://cdn.example/"})

    cookies = {request.url.host: request.headers.get("cookie") for request in web.requests}
    assert cookies == {"cdn.example": "a=1", "other.example": None}
    assert web.requests[-1].headers["referer"] == "https://cdn.example/"


async def test_only_some_tracks_may_have_no_end_yet(settings: Settings) -> None:
    growing = Page(body=PLAYLIST.replace(b"#EXT-X-ENDLIST\n", b""))

    loaded = await load(settings, site(*FULL, **without(high=growing)), headers={"X-Key": "1"})

    picture, *others = loaded.live
    assert others == [None, None, None]
    assert picture is not None
    assert (picture.url, picture.headers) == (f"{BASE}/high.m3u8", {"X-Key": "1"})
    assert not picture.playlist.ended


@pytest.mark.parametrize(
    ("lines", "body", "container"),
    [
        (("#EXTINF:4,", "0.vtt"), None, Container.WEBVTT),
        (("#EXTINF:4,", "0.ttml"), None, Container.TTML),
        (("#EXTINF:4,", "0.txt"), b"WEBVTT\n", Container.WEBVTT),
        (("#EXTINF:4,", "0.mp4"), MP4, Container.FMP4),
        (("#EXTINF:4,", "0.ts"), b'<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml"/>', Container.TTML),
        (('#EXT-X-MAP:URI="i"', "#EXTINF:4,", "0.m4s"), None, Container.FMP4),
        (('#EXT-X-KEY:METHOD=AES-128,URI="k"', "#EXTINF:4,", "0.bin"), None, Container.WEBVTT),
    ],
)
async def test_containers_of_subtitles(
    settings: Settings, lines: tuple[str, ...], body: bytes | None, container: Container
) -> None:
    web = site(*FULL, **without(**{"t-de": playlist(*lines)}))
    if body is not None:
        web.pages[f"{BASE}/{lines[-1]}"] = Page(body=body)

    loaded = await load(settings, web)

    assert [track.container for track in loaded.media.tracks][2] is container


async def test_subtitles_that_are_none_are_left_out(settings: Settings) -> None:
    web = site(*FULL, **without(**{"t-de": playlist("#EXTINF:4,", "0.bin")}))
    web.pages[f"{BASE}/0.bin"] = Page(body=b"\x89PNG\r\n")

    loaded = await load(settings, web)

    assert "first segment is an image" in reason(loaded, "t-de")


async def test_drm_on_the_best_picture_is_an_error(settings: Settings) -> None:
    """A lower picture that is not protected is not what was asked for."""
    locked = playlist('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x",KEYFORMAT="com.apple"', "#EXTINF:4,", "0.ts")

    with pytest.raises(UnsupportedMediaError):
        await load(settings, site(*FULL, **without(high=locked)))


async def test_a_variant_that_is_a_page_names_the_page(settings: Settings) -> None:
    with pytest.raises(NotMediaError, match=r"low\.m3u8 .* a web page"):
        await load(settings, site(*variant("low", 360), low=Page(body=b"<html>")))
