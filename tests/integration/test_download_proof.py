"""A file with something missing is never taken for a whole one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import FileFailedError, IncompleteError, MuxError
from aniworld_dl.media.mux.feed import Feed
from aniworld_dl.media.mux.join import mux
from aniworld_dl.model import TrackKind
from tests.integration.engine_run import engine_run, media_run
from tests.media_samples import EARLY, LATE, TS, Samples, ffmpeg, own_remux

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin

PLAYLIST = f"/{TS}"


def without_segment(samples: Samples, folder: Path, index: int) -> Path:
    """Let ffmpeg remux the playlist as if one segment did not exist."""
    shutil.copytree(samples.folder / "ts", folder / "ts")
    playlist = folder / "ts/index.m3u8"
    lines = playlist.read_text().splitlines()
    place = lines.index(f"{index:03}.ts")
    playlist.write_text("\n".join(lines[: place - 1] + lines[place + 1 :]))
    return own_remux(playlist, folder / "gap.mkv")


@pytest.mark.parametrize(
    ("index", "missing"),
    [(3, "00:00:03-00:00:04"), (0, "00:00:07-00:00:08"), (7, "00:00:07-00:00:08")],
    ids=["middle", "first", "last"],
)
async def test_a_result_without_one_segment_is_found(
    origin: Origin, samples: Samples, settings: Settings, tmp_path: Path, *, index: int, missing: str
) -> None:
    """Of a result that starts late it is only known that it is too short."""
    gap = without_segment(samples, tmp_path, index)
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        await run.fetch()
        with pytest.raises(IncompleteError) as raised:
            await run.prove(gap)
        assert raised.value.params["missing"] == missing
        assert len(run.work.ledger.done(0)) < 8, "what may be at fault is fetched again"


async def test_a_segment_that_was_short_at_its_origin_is_found_and_fetched_again(
    origin: Origin, samples: Samples, settings: Settings
) -> None:
    """Whole packets and a truthful length, but only a quarter of what should be in it."""
    whole = (samples.folder / "ts/004.ts").read_bytes()
    origin.add_file("/ts/004.ts", whole[: len(whole) // 4 // 188 * 188])
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        await run.fetch()
        with pytest.raises(IncompleteError) as raised:
            await run.prove(await run.join())
    assert str(raised.value.params["missing"]).startswith("00:00:04")
    origin.add_file("/ts/004.ts", whole)
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        await run.fetch()
        assert run.progress.segments_reused in {6, 7}
        await run.prove(await run.join())


async def test_durations_that_were_rounded_up_are_no_loss(origin: Origin, samples: Samples, settings: Settings) -> None:
    """The playlist announces 2 s for what plays 1 s; the segments themselves say that nothing is missing."""
    text = (samples.folder / TS).read_text()
    origin.add_file(PLAYLIST, text.replace("#EXTINF:1.000000,", "#EXTINF:2,", 7))
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        proof = await run.prove(await (await run.fetch()).join())
    assert proof.duration_s == pytest.approx(8.0, abs=0.1)


async def test_a_segment_that_ends_before_the_next_begins_is_found_by_its_timestamps(
    origin: Origin, settings: Settings
) -> None:
    """By a tenth of a second, which is less than any tolerance of durations. What was confirmed is let pass."""
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        path = await (await run.fetch()).join()
        entry = run.work.ledger.entry(0, 4)
        assert entry is not None
        short = replace(entry, spans=tuple(replace(span, end_us=span.end_us - 100_000) for span in entry.spans))
        run.work.ledger.add(0, 4, replace(short, confirmed=True))
        await run.prove(path)
        run.work.ledger.add(0, 4, short)
        with pytest.raises(IncompleteError, match="1 of 8 segments hold less") as raised:
            await run.prove(path)
        assert str(raised.value.params["missing"]).startswith("00:00:04-00:00:0")
        assert run.work.ledger.done(0) == {0, 1, 2, 3, 5, 6, 7}


async def test_a_segment_that_vanished_from_the_disk_is_no_success(origin: Origin, settings: Settings) -> None:
    """It is noticed before ffmpeg could go on without it."""
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        await run.fetch()
        run.work.segment_path(0, 3).unlink()
        with pytest.raises(FileFailedError, match=r"000003\.ts"):
            await run.join()


async def test_a_segment_that_is_not_in_the_ledger_is_not_proven(origin: Origin, settings: Settings) -> None:
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        path = await (await run.fetch()).join()
        run.work.ledger.forget(0, [2, 3, 6])
        with pytest.raises(IncompleteError) as raised:
            await run.prove(path)
    assert raised.value.params == {
        "reason": "3 of 8 segments are not stored",
        "missing": "00:00:02-00:00:04, 00:00:06-00:00:07",
    }


@pytest.mark.parametrize("name", [EARLY, "episode.mkv"])
async def test_a_file_that_was_cut_at_its_origin_is_found(
    origin: Origin, samples: Samples, settings: Settings, name: str
) -> None:
    """Its length is truthful; its own index says that there should be more."""
    whole = (samples.folder / name).read_bytes()
    cut = origin.add_file(name, whole[: len(whole) * 2 // 3])
    async with engine_run(settings, cut) as run:
        await run.fetch()
        with pytest.raises(IncompleteError):
            await run.prove(await run.join())


@pytest.mark.parametrize("container", ["mkv", "mp4"])
async def test_a_result_that_was_cut_is_found(origin: Origin, settings: Settings, container: str) -> None:
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        path = await (await run.fetch()).join(container)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * 3 // 4])
        with pytest.raises(IncompleteError):
            await run.prove(path)


async def test_a_result_that_is_no_media_is_found(origin: Origin, settings: Settings, tmp_path: Path) -> None:
    async with engine_run(settings, origin.url(PLAYLIST)) as run:
        await run.fetch()
        for name in ("result.mkv", "result.mp4"):
            (tmp_path / name).write_bytes(b"no media at all" * 1000)
            with pytest.raises(IncompleteError, match="cannot be read"):
                await run.prove(tmp_path / name)
        with pytest.raises(FileFailedError):
            await run.prove(tmp_path / "nothing.mkv")


async def test_a_result_whose_sound_ends_early_is_found(
    origin: Origin, samples: Samples, settings: Settings, tmp_path: Path
) -> None:
    source = str(samples.folder / LATE)
    short = ["-i", source, "-t", "3", "-i", source, "-map", "0:v", "-map", "1:a", "-c", "copy", "short.mkv"]
    ffmpeg(short, tmp_path)
    async with engine_run(settings, origin.url(LATE)) as run:
        await run.fetch()
        with pytest.raises(IncompleteError, match=r"the sound ends 5\.0 s early"):
            await run.prove(tmp_path / "short.mkv")


@pytest.mark.parametrize(("stream", "kind"), [("a", TrackKind.VIDEO), ("v", TrackKind.AUDIO)])
async def test_a_result_without_what_the_track_is_for_is_found(
    origin: Origin, samples: Samples, settings: Settings, tmp_path: Path, *, stream: str, kind: TrackKind
) -> None:
    ffmpeg(["-i", str(samples.folder / LATE), "-map", f"0:{stream}", "-c", "copy", "one.mkv"], tmp_path)
    async with engine_run(settings, origin.url(LATE)) as run:
        media = run.work.media
    media = replace(media, tracks=(replace(media.tracks[0], kind=kind),))
    async with media_run(settings, media) as run:
        await run.fetch()
        with pytest.raises(IncompleteError, match=f"no stream for the {kind} track"):
            await run.prove(tmp_path / "one.mkv")


async def test_a_media_file_cannot_make_ffmpeg_open_others(
    origin: Origin, samples: Samples, settings: Settings
) -> None:
    """A list of files is no media, whatever it was served as."""
    async with engine_run(settings, origin.url(LATE)) as run:
        await run.fetch()
        secret = samples.folder / "ts/000.ts"
        for text in (f"ffconcat version 1.0\nfile {secret}\n", f"#EXTM3U\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n"):
            (run.work.path / "t0/whole.bin").write_text(text)
            with pytest.raises((MuxError, IncompleteError)):
                await mux(run.ffmpeg, run.work, Feed(run.work), container="mkv")
