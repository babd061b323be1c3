"""What is taken of what ffmpeg packages: pictures of two heights, sound in two languages, subtitles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.errors import HttpStatusError
from aniworld_dl.limits import Throttle
from aniworld_dl.media.choice.wish import track_wish
from aniworld_dl.media.load.media import load_media
from aniworld_dl.model import Container, Source, TrackKind
from aniworld_dl.net.client import HttpClient
from tests import builders
from tests.fakes.clock import FakeClock
from tests.integration.test_runner import Stage, stage_of
from tests.media_samples import ffmpeg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin
    from aniworld_dl.media.load.media import LoadedMedia

SECONDS: Final = 4
_PICTURE: Final = f"testsrc2=size=320x180:rate=25:duration={SECONDS}"
_INPUTS: Final = (
    *("-f", "lavfi", "-i", _PICTURE),
    *("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={SECONDS}"),
    *("-f", "lavfi", "-i", f"sine=frequency=880:sample_rate=48000:duration={SECONDS}"),
)
_ENCODE: Final = (
    *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25", "-c:a", "aac", "-c:s", "webvtt"),
    *("-s:v:1", "160x90", "-b:v:0", "400k", "-b:v:1", "100k"),
)
_VARIANTS: Final = (
    "v:0,s:0,agroup:sound,sgroup:text,language:de v:1,agroup:sound "
    "a:0,agroup:sound,language:jpn,default:yes a:1,agroup:sound,language:ger"
)
HIGH, LOW, JAPANESE, GERMAN = "0", "1", "2", "3"
"""The order of the variants above, which is in the names of their segments."""


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as HLS in MPEG-TS and in fragmented MP4, and as DASH."""
    folder = tmp_path_factory.mktemp("packaged")
    (folder / "text.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\nGuten Tag\n")
    sources = [*_INPUTS, "-i", "text.srt"]
    maps = ["-map", "0:v", "-map", "0:v", "-map", "1:a", "-map", "2:a"]
    for kind, suffix in (("mpegts", "ts"), ("fmp4", "m4s")):
        hls = ["-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod", "-hls_segment_type", kind]
        names = ["-hls_segment_filename", f"{kind}-%v-%d.{suffix}", "-hls_fmp4_init_filename", f"{kind}-%v-init.mp4"]
        master = ["-master_pl_name", f"{kind}.m3u8", "-var_stream_map", _VARIANTS, f"{kind}-%v.m3u8"]
        ffmpeg([*sources, *maps, "-map", "3:s", *_ENCODE, *hls, *names, *master], folder)
    languages = ["-metadata:s:a:0", "language=jpn", "-metadata:s:a:1", "language=ger"]
    sets = ["-adaptation_sets", "id=0,streams=v id=1,streams=2 id=2,streams=3"]
    dash = ["-f", "dash", "-seg_duration", "1", "-init_seg_name", "dash-$RepresentationID$-init.m4s"]
    names = ["-media_seg_name", "dash-$RepresentationID$-$Number$.m4s"]
    ffmpeg([*_INPUTS, *maps, *_ENCODE, *languages, *dash, *names, *sets, "dash.mpd"], folder)
    return folder


@pytest.fixture
def url(origin: Origin, packaged: Path, request: pytest.FixtureRequest) -> str:
    origin.add_folder("/packaged", packaged)
    return origin.url(f"/packaged/{request.param}")


async def loaded(settings: Settings, url: str, language: str | None = None) -> LoadedMedia:
    async with HttpClient(settings, FakeClock(auto_advance=True)) as http:
        return await load_media(http, url, {}, track_wish(settings, language))


def origins(found: LoadedMedia) -> list[str]:
    """Return of each picture and sound the stream that its segments were packaged from."""
    tracks = [track for track in found.media.tracks if track.kind is not TrackKind.TEXT]
    assert all(abs((track.duration_s or 0) - SECONDS) < 0.2 for track in tracks)
    return [track.segments[-1].uri.rpartition("/")[2].split("-")[1] for track in tracks]


EVERY: Final = pytest.mark.parametrize("url", ["mpegts.m3u8", "fmp4.m3u8", "dash.mpd"], indirect=True)


@EVERY
@pytest.mark.parametrize(
    ("language", "changes", "expected"),
    [
        (None, {}, [HIGH, JAPANESE]),
        ("German Dub", {}, [HIGH, GERMAN]),
        ("German Sub", {"max_height": 100}, [LOW, JAPANESE]),
        ("German Dub", {"audio_languages": ["all"], "max_height": 10}, [LOW, GERMAN, JAPANESE]),
        ("English Dub", {}, [HIGH, JAPANESE]),
    ],
)
async def test_what_is_wished_for_is_taken(
    settings: Settings, url: str, language: str | None, changes: dict[str, object], expected: list[str]
) -> None:
    found = await loaded(settings.model_copy(update=changes), url, language)
    assert origins(found) == expected
    assert [track.kind for track in found.media.tracks][: len(expected)] == [
        TrackKind.VIDEO,
        *[TrackKind.AUDIO] * (len(expected) - 1),
    ]
    assert found.media.tracks[0].height == (180 if expected[0] == HIGH else 90)
    assert found.media.tracks[1].default


@pytest.mark.parametrize("url", ["mpegts.m3u8", "fmp4.m3u8"], indirect=True)
async def test_subtitles_come_along(settings: Settings, url: str) -> None:
    """They belong to the higher picture, and are shown for a sub."""
    found = await loaded(settings, url, "German Sub")
    text = found.media.tracks[-1]
    assert (text.kind, text.container, text.language, text.default) == (TrackKind.TEXT, Container.WEBVTT, "de", True)
    assert not (await loaded(settings, url, "German Dub")).media.tracks[-1].default


# ------------------------------------------------------------------------------------------------------ in the queue


@pytest.fixture
async def stage(settings: Settings) -> AsyncIterator[Stage]:
    async with stage_of(settings) as stage:
        yield stage


@pytest.mark.parametrize("url", ["mpegts.m3u8"], indirect=True)
@pytest.mark.parametrize(("language", "order"), [("German Dub", "32"), ("German Sub", "23")])
async def test_the_language_of_a_job_is_honoured(
    stage: Stage, origin: Origin, url: str, language: str, order: str
) -> None:
    """The runner reads the sound of the job's language and no other."""
    stage.finder.found = [Source(url=url)]
    origin.faults.add(Fault(kind=FaultKind.STATUS, path="/packaged/mpegts-0-*.ts", status=404, times=None))
    with pytest.raises(HttpStatusError):
        await stage.runner.run(stage.live, builders.job(language=language), Throttle(stage.clock))
    taken, other = (origin.count(f"/packaged/mpegts-{number}.m3u8") for number in order)
    assert taken >= 1
    assert other == 0
