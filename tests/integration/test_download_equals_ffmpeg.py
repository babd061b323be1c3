"""What is downloaded decodes to the same pictures and sounds as ffmpeg's own remux of the same source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import imageio_ffmpeg
import pytest

from aniworld_dl.ffmpeg import find_ffmpeg
from aniworld_dl.model import Media, Track, TrackKind
from tests.integration.engine_run import engine_run, media_run
from tests.media_samples import FILES, LATE, PLAYLISTS, SECONDS, Samples, ffmpeg, package, streamhash

if TYPE_CHECKING:
    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin

BUNDLED: Final = Path(imageio_ffmpeg.get_ffmpeg_exe())


@pytest.mark.parametrize(
    "way",
    [("mkv", None), ("mp4", None), ("mkv", BUNDLED)],
    ids=["mkv, the system's ffmpeg", "mp4, the system's", "mkv, the bundled one"],
)
@pytest.mark.parametrize("name", [*PLAYLISTS, *FILES])
async def test_the_result_decodes_to_the_same(
    origin: Origin, samples: Samples, settings: Settings, name: str, way: tuple[str, Path | None]
) -> None:
    container, program = way
    async with engine_run(settings, origin.url(f"/{name}"), find_ffmpeg(program)) as run:
        path = await (await run.fetch()).join(container)
        proof = await run.prove(path)
        found = streamhash(path)
    assert found == samples.own_streams(name, container)
    assert len(found) == 2
    assert proof.duration_s == pytest.approx(SECONDS, abs=0.1)
    assert proof.segments == len(run.work.media.tracks[0].segments)
    assert {stream.kind for stream in proof.streams} >= {"video", "audio"}


@pytest.mark.parametrize("name", [*PLAYLISTS, *FILES])
async def test_the_same_segments_give_the_same_file(origin: Origin, settings: Settings, name: str) -> None:
    results = []
    for attempt in range(2):
        async with engine_run(settings, origin.url(f"/{name}")) as run:
            path = await (await run.fetch()).join()
            results.append(path.read_bytes())
            assert run.progress.segments_reused == attempt * run.progress.segments_total
    assert results[0] == results[1]


@pytest.mark.parametrize(("container", "codec"), [("mkv", "subrip"), ("mp4", "mov_text")])
async def test_subtitles_of_a_file_come_along(origin: Origin, settings: Settings, container: str, codec: str) -> None:
    async with engine_run(settings, origin.url("/episode.mkv")) as run:
        path = await (await run.fetch()).join(container)
        proof = await run.prove(path)
    assert [stream.codec for stream in proof.streams if stream.kind == "subtitle"] == [codec]


async def test_covers_and_data_are_left_out(
    origin: Origin, samples: Samples, settings: Settings, tmp_path: Path
) -> None:
    ffmpeg(["-f", "lavfi", "-i", "color=red:size=32x32:duration=1", "-frames:v", "1", "cover.png"], tmp_path)
    episode = str(samples.folder / LATE)
    cover = ["-i", "cover.png", "-map", "0", "-map", "1", "-c", "copy", "-disposition:v:1", "attached_pic"]
    ffmpeg(["-i", episode, *cover, "covered.mp4"], tmp_path)
    covered = origin.add_file("covered.mp4", tmp_path / "covered.mp4")
    async with engine_run(settings, covered) as run:
        proof = await run.prove(await (await run.fetch()).join())
    assert [stream.codec for stream in proof.streams] == ["h264", "aac"]


async def test_sound_beside_picture_is_joined_in_time(
    origin: Origin, samples: Samples, settings: Settings, tmp_path: Path
) -> None:
    """Sound that starts later than the picture still does so in the result.

    Packaging delays it by 0.5 s against a picture that is itself 0.08 s late (B-frames), less 0.02 s of priming.
    """
    package("v.m3u8", ["-map", "0:v"], tmp_path, source=samples.folder / LATE)
    package("a.m3u8", ["-map", "0:a", "-output_ts_offset", "0.5"], tmp_path, source=samples.folder / LATE)
    origin.add_folder("/apart", tmp_path)
    tracks: list[Track] = []
    for name, kind in (("v", TrackKind.VIDEO), ("a", TrackKind.AUDIO)):
        async with engine_run(settings, origin.url(f"/apart/{name}.m3u8")) as run:
            tracks.append(replace(run.work.media.tracks[0], kind=kind, language="ja"))
    media = Media(url=origin.url("/apart/v.m3u8"), tracks=tuple(tracks))
    starts = await _starts_of(settings, media)
    assert starts["audio"] - starts["video"] == pytest.approx(0.4, abs=0.03)


async def _starts_of(settings: Settings, media: Media) -> dict[str, float]:
    async with media_run(settings, media) as run:
        proof = await run.prove(await (await run.fetch()).join())
    return {stream.kind: stream.start_s for stream in proof.streams}
