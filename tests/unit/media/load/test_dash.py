"""From a DASH manifest to the tracks that are wished for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.errors import HttpStatusError, UnsupportedMediaError
from aniworld_dl.media.choice.wish import TrackWish, Version
from aniworld_dl.media.source.probe import PROBE_BYTES
from aniworld_dl.media.store.ledger import fingerprint
from aniworld_dl.model import Container, TrackKind
from tests.fakes.web import Page, Web
from tests.media_builders import box
from tests.unit.media.loading import MP4, load

if TYPE_CHECKING:
    from aniworld_dl.config import Settings

URL: Final = "https://cdn.example/show/manifest.mpd"
TEMPLATE: Final = (
    '<SegmentTemplate media="$RepresentationID$-$Number$.m4s" initialization="$RepresentationID$-init.mp4" '
    'duration="4" endNumber="2"/>'
)
BASE: Final = "<BaseURL>{id}.mp4</BaseURL><SegmentBase/>"


def adaptation(kind: str, mime: str, *representations: str, more: str = "") -> str:
    facts = f'contentType="{kind}" mimeType="{mime}" {more}'
    return f"<AdaptationSet {facts}>{''.join(representations)}</AdaptationSet>"


def picture(height: int, content: str = TEMPLATE) -> str:
    facts = f'id="v{height}" bandwidth="{height}" width="{height * 2}" height="{height}" codecs="avc1.64001f"'
    return f"<Representation {facts}>{content.format(id=f'v{height}')}</Representation>"


def sound(language: str, content: str = TEMPLATE) -> str:
    facts = f'id="a-{language}" bandwidth="9" codecs="mp4a.40.2"'
    return f"<Representation {facts}>{content.format(id=f'a-{language}')}</Representation>"


def manifest(*sets: str, comment: str = "") -> Page:
    period = f'<Period duration="PT8S">{"".join(sets)}</Period>'
    return Page(
        body=f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">{comment}{period}</MPD>'.encode(),
    )


def full(content: str = TEMPLATE, comment: str = "") -> Page:
    text = '<Representation id="t" bandwidth="1"><BaseURL>t.vtt</BaseURL></Representation>'
    return manifest(
        adaptation("video", "video/mp4", picture(360, content), picture(720, content)),
        adaptation("audio", "audio/mp4", sound("ja", content), more='lang="ja"'),
        adaptation("audio", "audio/mp4", sound("de", content), more='lang="de"'),
        adaptation("text", "text/vtt", text, more='lang="de"'),
        comment=comment,
    )


async def test_tracks_of_a_manifest(settings: Settings) -> None:
    """One request for the manifest; what the wish says about default counts, not what the manifest says."""
    web = Web({URL: full()})
    wish = TrackWish(max_height=480, versions=(Version(sound="original", subtitles="de"),))

    loaded = await load(settings, web, URL, wish=wish)

    kinds = [(track.kind, track.container, track.language, track.default) for track in loaded.media.tracks]
    assert kinds == [
        (TrackKind.VIDEO, Container.FMP4, None, True),
        (TrackKind.AUDIO, Container.FMP4, "ja", True),
        (TrackKind.TEXT, Container.WEBVTT, "de", True),
    ]
    assert loaded.media.tracks[0].height == 360
    assert [segment.uri for segment in loaded.media.tracks[1].segments] == [
        "https://cdn.example/show/a-ja-1.m4s",
        "https://cdn.example/show/a-ja-2.m4s",
    ]
    reasons = {judged.candidate.language: judged.reason for judged in loaded.judged if not judged.taken}
    assert reasons == {None: "it is higher than 480p", "de": "its language is not wished for"}
    assert loaded.live == ()


@pytest.mark.parametrize("ranges", [True, False])
async def test_a_large_manifest_is_read_whole(settings: Settings, ranges: bool) -> None:
    page = full(comment=f"<!--{'x' * PROBE_BYTES}-->")
    web = Web({URL: Page(body=page.body, ranges=ranges)})

    assert len((await load(settings, web, URL)).media.tracks) == 3
    assert len(web.requests) == (2 if ranges else 1)


async def test_a_dead_picture_is_replaced(settings: Settings) -> None:
    """Where the index has to be fetched first, the file may be gone."""
    single = Page(body=MP4 + box(b"mdat", bytes(9000)))
    pages = {f"https://cdn.example/show/{name}.mp4": single for name in ("v360", "a-ja")}

    loaded = await load(settings, Web({URL: full(BASE), **pages}), URL)

    assert [track.height for track in loaded.media.tracks] == [360, None, None]
    (dead,) = (judged for judged in loaded.judged if judged.candidate.id.startswith("v720"))
    assert "404 for https://cdn.example/show/v720.mp4" in dead.reason


async def test_a_dead_sound_is_an_error(settings: Settings) -> None:
    single = Page(body=MP4 + box(b"mdat", bytes(9000)))
    pages = {f"https://cdn.example/show/{name}.mp4": single for name in ("v720", "a-de")}

    with pytest.raises(HttpStatusError, match=r"404 .*a-ja\.mp4"):
        await load(settings, Web({URL: full(BASE), **pages}), URL)


async def test_a_live_manifest_is_refused(settings: Settings) -> None:
    body = full().body.replace(b'type="static"', b'type="dynamic" minimumUpdatePeriod="PT2S"')

    with pytest.raises(UnsupportedMediaError, match="live"):
        await load(settings, Web({URL: Page(body=body)}), URL)


async def test_secrets_stay_with_their_host(settings: Settings) -> None:
    """A manifest that a redirect led to another host is not asked for its indexes with the cookies of the first."""
    elsewhere = "https://edge.example/manifest.mpd"
    web = Web({URL: Page(status=302, headers={"Location": elsewhere}), elsewhere: full(BASE)})

    with pytest.raises(HttpStatusError):
        await load(settings, web, URL, headers={"Cookie": "a=1"})

    assert {request.url.host: request.headers.get("cookie") for request in web.requests} == {
        "cdn.example": "a=1",
        "edge.example": None,
    }


async def test_an_index_that_is_not_to_be_had_is_asked_of_the_next_server(settings: Settings) -> None:
    """One mirror alone is read when it is asked for by its number."""
    single = Page(body=MP4 + box(b"mdat", bytes(9000)))
    bases = "<BaseURL>https://dead.example/</BaseURL><BaseURL>https://b.example/</BaseURL>"
    page = Page(body=full(BASE).body.replace(b"<Period", f"{bases}<Period".encode(), 1))
    web = Web({URL: page, **{f"https://b.example/{name}.mp4": single for name in ("v720", "a-ja", "a-de")}})

    loaded = await load(settings, web, URL)
    other = await load(settings, web, URL, mirror=1)

    assert loaded.mirrors == 1
    places = {track.segments[0].uri for track in loaded.media.tracks if track.kind is not TrackKind.TEXT}
    assert places == {"https://b.example/v720.mp4", "https://b.example/a-ja.mp4"}
    assert fingerprint(other.media) == fingerprint(loaded.media)
    with pytest.raises(HttpStatusError):
        await load(settings, Web({URL: page}), URL)
