"""The demo series as real programs see them."""

from __future__ import annotations

import array
import asyncio
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import imageio_ffmpeg
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from aniworld_dl.clock import SystemClock
from aniworld_dl.confine.landlock import Reach
from aniworld_dl.confine.walls import EVERYTHING
from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.picture import tone
from aniworld_dl.demo.series import KUPFERWALD, NACHTZUG, SERIES, STERNENHAFEN, Catalogue
from aniworld_dl.errors import NoEpisodesError
from aniworld_dl.ffmpeg import Ffmpeg, find_ffmpeg, run_ffmpeg
from aniworld_dl.media.dash.manifest import parse_mpd
from aniworld_dl.media.dash.tracks import dash_track
from aniworld_dl.media.hls.playlist import MediaPlaylist, MultivariantPlaylist, parse_hls
from aniworld_dl.model import EpisodeRef, TrackKind, Wish
from aniworld_dl.net.client import HttpClient
from aniworld_dl.providers.child.nursery import Nursery
from aniworld_dl.providers.child.rules import Rules
from aniworld_dl.providers.registry import Registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.series import Series

DURATION_S: Final = 4
FRAMES: Final = DURATION_S * 15
BUNDLED: Final = Path(imageio_ffmpeg.get_ffmpeg_exe())


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("series")


@pytest.fixture(params=["usual", "bundled"])
def ffmpeg(request: pytest.FixtureRequest) -> Ffmpeg:
    """The ffmpeg that would be taken here, and the one that is installed along. It may ask the origin here."""
    found = find_ffmpeg(BUNDLED if request.param == "bundled" else None)
    return replace(found, own=Reach(reads=EVERYTHING, writes=EVERYTHING, network=True))


@pytest.fixture
async def origin(cache: Path, ffmpeg: Ffmpeg) -> AsyncIterator[Origin]:
    folder = cache / ffmpeg.path.name
    async with Catalogue(folder, duration_s=DURATION_S, ffmpeg=ffmpeg) as catalogue, Origin() as origin:
        origin.add_shelf(catalogue)
        yield origin


async def fetch(url: str) -> bytes:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(url, timeout=60)).raise_for_status().content


async def decode(ffmpeg: Ffmpeg, url: str, *options: str) -> list[str]:
    """Return what ffmpeg prints for a stream; any complaint of it is a failure."""
    lines: list[str] = []
    arguments = ["-v", "warning", "-i", url, *options, "-"]
    assert await run_ffmpeg(ffmpeg, arguments, timeout_s=60, on_line=lines.append) == ""
    return [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("series", SERIES, ids=lambda series: series.slug)
async def test_every_series_plays_from_its_first_to_its_last_picture(
    origin: Origin, ffmpeg: Ffmpeg, series: Series
) -> None:
    """The pictures differ from one another, so that an order can be told."""
    hashes = await decode(ffmpeg, origin.url(series.media(2)), "-map", "0:v", "-map", "0:a", "-f", "framemd5")
    for variant in range(1 if series is NACHTZUG else 2):
        pictures = [line.split(",")[-1] for line in hashes if line.startswith(f"{variant},")]
        assert len(pictures) == FRAMES
        assert len(set(pictures)) > 0.9 * FRAMES
    assert all(record.status in {200, 206} for record in origin.requests)


@pytest.mark.parametrize("number", [3, 5])
async def test_the_episodes_number_can_be_read_off_the_picture(
    origin: Origin, ffmpeg: Ffmpeg, tmp_path: Path, number: int
) -> None:
    picture = tmp_path / "picture.gray"
    arguments = ["-i", origin.url(NACHTZUG.media(number)), "-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo"]
    await run_ffmpeg(ffmpeg, [*arguments, str(picture)], timeout_s=60)
    assert number_on(picture.read_bytes(), width=640) == number


def number_on(gray: bytes, *, width: int) -> int:
    """Read two seven-segment digits: the middles of the lamps are bright or dark."""
    lamps = {"a": (40, 8), "b": (72, 39), "c": (72, 101), "d": (40, 132), "e": (8, 101), "f": (8, 39), "g": (40, 70)}
    digits = ["abcdef", "bc", "abdeg", "abcdg", "bcfg", "acdfg", "acdefg", "abc", "abcdefg", "abcdfg"]
    number = 0
    for left in (225, 335):
        lit = [name for name, (x, y) in lamps.items() if gray[(110 + y) * width + left + x] > 128]
        number = number * 10 + digits.index("".join(sorted(lit)))
    return number


@pytest.mark.parametrize("number", [3, 5])
async def test_each_episode_has_a_tone_of_its_own(origin: Origin, ffmpeg: Ffmpeg, tmp_path: Path, number: int) -> None:
    sound = tmp_path / "sound.pcm"
    arguments = ["-i", origin.url(NACHTZUG.media(number)), "-ss", "1.4", "-t", "0.5", "-ar", "24000", "-f", "s16le"]
    await run_ffmpeg(ffmpeg, [*arguments, str(sound)], timeout_s=60)
    samples = array.array("h", sound.read_bytes())
    crossings = sum((before < 0) != (after < 0) for before, after in pairwise(samples))
    assert crossings / 2 / 0.5 == pytest.approx(tone(number), rel=0.02)


async def test_the_playlists_hold_segments_of_two_seconds(origin: Origin) -> None:
    url = origin.url(KUPFERWALD.media(2))
    master = parse_hls((await fetch(url)).decode(), url)
    assert isinstance(master, MultivariantPlaylist)
    assert [variant.height for variant in master.variants] == [180, 360]
    for variant in master.variants:
        media = parse_hls((await fetch(variant.uri)).decode(), variant.uri)
        assert isinstance(media, MediaPlaylist)
        assert [segment.duration_s for segment in media.segments] == [2.0, 2.0]
        for segment in media.segments:
            assert len(await fetch(segment.uri)) * 8 / 2 <= variant.bandwidth_bps, "the playlist's promise holds"


async def test_a_series_has_two_pictures_two_sounds_and_subtitles_apart(origin: Origin, settings: Settings) -> None:
    url = origin.url(STERNENHAFEN.media(2))
    mpd = parse_mpd(await fetch(url), url)
    candidates = mpd.candidates()
    assert [(each.kind, each.height, each.language, each.characteristics) for each in candidates] == [
        (TrackKind.VIDEO, 180, None, ()),
        (TrackKind.VIDEO, 360, None, ()),
        (TrackKind.AUDIO, None, "ja", ("main",)),
        (TrackKind.AUDIO, None, "de", ("dub",)),
        (TrackKind.TEXT, None, "de", ("subtitle",)),
    ]
    async with HttpClient(settings, SystemClock()) as http:
        tracks = [await dash_track(http, mpd, each, {}) for each in candidates]
    assert [track.duration_s for track in tracks] == [pytest.approx(DURATION_S, abs=0.05)] * 5
    for track in tracks:
        for segment in track.segments:
            body = await fetch(segment.uri)
            if track.kind is TrackKind.VIDEO:
                assert len(body) * 8 / 2 <= (track.bandwidth_bps or 0) * 1.2, "the manifest's promise holds"
    assert (await fetch(tracks[4].segments[0].uri)).startswith(b"WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nSternenhafen")


async def test_the_segments_of_one_series_are_encrypted(origin: Origin) -> None:
    url = origin.url(KUPFERWALD.media(2)).replace("index", "high")
    media = parse_hls((await fetch(url)).decode(), url)
    assert isinstance(media, MediaPlaylist)
    segment = media.segments[1]
    assert segment.key is not None
    body, key = await fetch(segment.uri), await fetch(segment.key.uri)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(segment.key.iv)).decryptor()
    plain = decryptor.update(body) + decryptor.finalize()
    assert body[0] != 0x47
    assert {plain[0], plain[188], plain[376]} == {0x47}


async def test_the_same_episode_is_the_same_file_after_a_restart(origin: Origin, cache: Path, ffmpeg: Ffmpeg) -> None:
    """Validators too, so that a download goes on where it was."""
    path = NACHTZUG.media(3)
    async with httpx.AsyncClient(trust_env=False) as client:
        before = await client.head(origin.url(path))
        absent = Ffmpeg(path=cache / "no-such-program", version=(5, 1))
        async with (
            Catalogue(cache / ffmpeg.path.name, duration_s=DURATION_S, ffmpeg=absent) as catalogue,
            Origin() as restarted,
        ):
            restarted.add_shelf(catalogue)
            after = await client.head(restarted.url(path))
    assert before.status_code == after.status_code == 200
    assert (before.headers["etag"], before.headers["content-length"]) == (
        after.headers["etag"],
        after.headers["content-length"],
    )


async def test_the_demo_provider_leads_from_a_series_to_its_media(
    origin: Origin, settings: Settings, tmp_path: Path
) -> None:
    async with HttpClient(settings, SystemClock()) as http:
        registry = Registry.load(http, Nursery(tmp_path, Rules()))
        url = origin.url(STERNENHAFEN.page)
        provider = registry.for_url(url, "VOE")
        assert provider.is_series(url)
        refs = await provider.episodes(url, Wish())
        assert len(refs) == 12
        assert refs[1] == EpisodeRef(
            url=origin.url("/aniworld-dl-demo/series/sternenhafen/episode-2"),
            series="Sternenhafen",
            season=1,
            number=2,
            title="Dock 9",
        )
        assert registry.for_url(refs[1].url, "VOE").name == "demo"
        sources = await provider.sources(refs[1], Wish())
        assert [source.url for source in sources] == [origin.url(STERNENHAFEN.media(2))]
        with pytest.raises(NoEpisodesError):
            await provider.episodes(origin.url("/aniworld-dl-demo/series/unknown/"), Wish())


async def test_many_connections_at_once_all_get_their_bytes(origin: Origin) -> None:
    body = bytes(range(256)) * 8192
    url = origin.add_file("big.ts", body)
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.TaskGroup() as group:
        tasks = [group.create_task(client.get(url, timeout=60)) for _ in range(16)]
    assert {task.result().content for task in tasks} == {body}
    assert origin.count("/big.ts") == 16
