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
from tests.loopback import LoopbackServer
from tests.media_samples import FILES, PLAYLISTS, SECONDS, Samples, own_remux, run_tool, streamhash

if TYPE_CHECKING:
    from aniworld_dl.config import Settings

BUNDLED: Final = Path(imageio_ffmpeg.get_ffmpeg_exe())


@pytest.mark.parametrize(
    "way",
    [("mkv", None), ("mp4", None), ("mkv", BUNDLED)],
    ids=["mkv, the system's ffmpeg", "mp4, the system's", "mkv, the bundled one"],
)
@pytest.mark.parametrize("name", [*PLAYLISTS, *FILES])
async def test_the_result_decodes_to_the_same(
    samples: Samples, settings: Settings, tmp_path: Path, name: str, way: tuple[str, Path | None]
) -> None:
    container, program = way
    async with (
        LoopbackServer(samples.bodies()).running() as server,
        engine_run(settings, server.url(f"/{name}"), find_ffmpeg(program)) as run,
    ):
        path = await (await run.fetch()).join(container)
        proof = await run.prove(path)
        found = streamhash(path)
    assert found == streamhash(own_remux(samples.folder / name, tmp_path / f"own.{container}"))
    assert len(found) == 2
    assert proof.duration_s == pytest.approx(SECONDS, abs=0.1)
    assert proof.segments == len(run.work.media.tracks[0].segments)
    assert {stream.kind for stream in proof.streams} >= {"video", "audio"}


@pytest.mark.parametrize("name", [*PLAYLISTS, *FILES])
async def test_the_same_segments_give_the_same_file(samples: Samples, settings: Settings, name: str) -> None:
    async with LoopbackServer(samples.bodies()).running() as server:
        results = []
        for attempt in range(2):
            async with engine_run(settings, server.url(f"/{name}")) as run:
                path = await (await run.fetch()).join()
                results.append(path.read_bytes())
                assert run.progress.segments_reused == attempt * run.progress.segments_total
    assert results[0] == results[1]


@pytest.mark.parametrize(("container", "codec"), [("mkv", "subrip"), ("mp4", "mov_text")])
async def test_subtitles_of_a_file_come_along(samples: Samples, settings: Settings, container: str, codec: str) -> None:
    async with (
        LoopbackServer(samples.bodies()).running() as server,
        engine_run(settings, server.url("/episode.mkv")) as run,
    ):
        path = await (await run.fetch()).join(container)
        proof = await run.prove(path)
    assert [stream.codec for stream in proof.streams if stream.kind == "subtitle"] == [codec]


async def test_covers_and_data_are_left_out(samples: Samples, settings: Settings, tmp_path: Path) -> None:
    run_tool(["-f", "lavfi", "-i", "color=red:size=32x32:duration=1", "-frames:v", "1", "cover.png"], tmp_path)
    episode = str(samples.folder / "late.mp4")
    cover = ["-i", "cover.png", "-map", "0", "-map", "1", "-c", "copy", "-disposition:v:1", "attached_pic"]
    run_tool(["-i", episode, *cover, "covered.mp4"], tmp_path)
    bodies = {"/covered.mp4": (tmp_path / "covered.mp4").read_bytes()}
    async with (
        LoopbackServer(bodies).running() as server,
        engine_run(settings, server.url("/covered.mp4")) as run,
    ):
        proof = await run.prove(await (await run.fetch()).join())
    assert [stream.codec for stream in proof.streams] == ["h264", "aac"]


async def test_sound_beside_picture_is_joined_in_time(samples: Samples, settings: Settings, tmp_path: Path) -> None:
    """Sound that starts later than the picture still does so in the result.

    Packaging delays it by 0.5 s against a picture that is itself 0.08 s late (B-frames), less 0.02 s of priming.
    """
    source = str(samples.folder / "late.mp4")
    hls = ["-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod"]
    run_tool(["-i", source, "-map", "0:v", "-c", "copy", *hls, "v.m3u8"], tmp_path)
    run_tool(["-i", source, "-map", "0:a", "-c", "copy", "-output_ts_offset", "0.5", *hls, "a.m3u8"], tmp_path)
    bodies = {f"/{path.name}": path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    async with LoopbackServer(bodies).running() as server:
        tracks: list[Track] = []
        for name, kind in (("v", TrackKind.VIDEO), ("a", TrackKind.AUDIO)):
            async with engine_run(settings, server.url(f"/{name}.m3u8")) as run:
                tracks.append(replace(run.work.media.tracks[0], kind=kind, language="ja"))
        media = Media(url=server.url("/v.m3u8"), tracks=tuple(tracks))
        starts = await _starts_of(settings, media)
    assert starts["audio"] - starts["video"] == pytest.approx(0.4, abs=0.03)


async def _starts_of(settings: Settings, media: Media) -> dict[str, float]:
    async with media_run(settings, media) as run:
        proof = await run.prove(await (await run.fetch()).join())
    return {stream.kind: stream.start_s for stream in proof.streams}
