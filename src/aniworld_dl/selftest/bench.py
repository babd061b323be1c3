"""Runs trials on an engine of its own: in a folder of its own, with this installation's ffmpeg and transport."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import aiofiles.os

from aniworld_dl.clock import SystemClock
from aniworld_dl.config import Settings
from aniworld_dl.demo.lab.kinds import Medium
from aniworld_dl.demo.lab.stage import Lab
from aniworld_dl.demo.lab.table import LESSER, NOTHING
from aniworld_dl.demo.series import Catalogue
from aniworld_dl.engine import open_engine
from aniworld_dl.errors import AniworldDlError, InternalError
from aniworld_dl.ffmpeg import find_ffmpeg, run_ffmpeg
from aniworld_dl.media.mux.source_info import READ_ONLY_MEDIA
from aniworld_dl.model import ENDED, EpisodeRef, HoldReason, JobRequest, Status
from aniworld_dl.selftest.trials import SLOW_BYTES_PER_S, Outcome, Trial, Verdict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.demo.lab.stage import Stage
    from aniworld_dl.engine import Engine
    from aniworld_dl.ffmpeg import Ffmpeg

DURATION_S: Final = 16
"""How long the episode plays: eight segments, 2 MB."""

BOUND_S: Final = 240.0
"""A trial that has not ended after this hangs. The longest waits for twelve silences of four seconds and the pauses
between them, on a machine that does other things too."""
_TIMEOUT_S: Final = 2.0
_ATTEMPTS: Final = 4
_LOOPBACK: Final = ["127.0.0.0/8", "::1/128"]
_DECODING_S: Final = 60.0
_LEFT_OUT: Final = (
    *("bandwidth_limit_bytes_per_s", "bandwidth_schedule", "naming_template", "film_template", "write_nfo"),
    "write_posters",
    *("file_mode", "folder_mode", "max_height", "video_codecs", "audio_languages", "subtitle_languages"),
    *("subtitles_placement", "languages", "providers", "history_days", "queue_order", "notices", "standing_wishes"),
)
"""Settings that are not tried: their defaults hold."""


class Bench:
    """Runs one trial at a time for whoever asks, each as a job with a title of its own."""

    def __init__(self, engine: Engine, lab: Lab, ffmpeg: Ffmpeg, downloads: Path, *, bound_s: float) -> None:
        self.engine = engine
        self._lab = lab
        self._ffmpeg = ffmpeg
        self._downloads = downloads
        self._bound_s = bound_s
        self._clock = SystemClock()
        self._numbers = itertools.count(1)
        self._learning = False
        self._whole: dict[Medium, list[list[str]]] = {medium: [] for medium in Medium}
        """The streams that an episode may have: those of its best variant, or of another where that one is lacking."""

    async def learn(self) -> None:
        """Download every medium without a fault, and the lesser variant of the one that has two, for their streams.

        Raises:
            InternalError: not even that works.
            AniworldDlError: the episodes cannot be made.
        """
        await self._lab.prepare()
        self._learning = True
        known = [Trial(fault=NOTHING, medium=medium) for medium in Medium]
        for trial in (*known, Trial(fault=LESSER, medium=Medium.HLS)):
            outcome = await self.run(trial)
            if outcome.verdict is not Verdict.PROVEN:
                raise InternalError(reason=f"{trial.medium}, {trial.fault.what}: {outcome.verdict} {outcome.text}")
        self._learning = False

    async def run(self, trial: Trial) -> Outcome:
        """Run a trial and leave nothing of it behind."""
        rate = SLOW_BYTES_PER_S if trial.slow else None
        started = self._clock.monotonic()
        async with self._lab.stage(trial.fault, trial.medium, total_bytes_per_s=rate, extra=trial.extra) as stage:
            episode = await self._episode(stage)
            seconds = self._clock.monotonic() - started
        verdict = await self._verdict(trial, episode)
        error = episode["error"] or {"code": None, "text": ""}
        return Outcome(
            trial=trial,
            verdict=verdict,
            seconds=seconds,
            code=error["code"] or episode["reason"],
            text=error["text"],
            struck=stage.struck,
        )

    async def _episode(self, stage: Stage) -> dict[str, Any]:
        """Download what is on stage and return what became of it, at last when its time is over."""
        title = f"Trial {next(self._numbers):06}"
        request = JobRequest(anime_title=title, episodes=(EpisodeRef(url=stage.url, season=1, number=1),))
        since = self.engine.hub.seq
        job_id = (await self.engine.add_job(request)).job.id
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._bound_s):
                await self._rests(job_id, since)
        episode = await self._first_episode(job_id)
        await self.engine.delete_job(job_id)
        return episode

    async def _rests(self, job_id: int, since: int) -> None:
        """Wait until a job has ended or waits for its server."""
        async with self.engine.hub.subscribe(since) as messages:
            async for text in messages:
                message = json.loads(text)
                about = message["type"] == "snapshot" or str(job_id) in message["jobs"]
                if about and _rests(await self._first_episode(job_id)):
                    return

    async def _first_episode(self, job_id: int) -> dict[str, Any]:
        page = await self.engine.episodes(job_id, limit=1, cursor=None)
        episode: dict[str, Any] = page["items"][0]
        return episode

    async def _verdict(self, trial: Trial, episode: dict[str, Any]) -> Verdict:
        if episode["status"] != Status.COMPLETED:
            return Verdict.FAILED if _rests(episode) else Verdict.HUNG
        path = self._downloads / episode["path"]
        streams = await self._streams(path)
        await aiofiles.os.unlink(path)
        if self._learning:
            self._whole[trial.medium].append(streams)
        return Verdict.PROVEN if streams in self._whole[trial.medium] else Verdict.WRONG

    async def _streams(self, path: Path) -> list[str]:
        """Return the hash of each decoded stream of a file, or what the decoder said."""
        streams: list[str] = []
        arguments = ["-v", "error", *READ_ONLY_MEDIA, "-i", str(path), "-map", "0:v", "-map", "0:a"]
        try:
            await run_ffmpeg(
                self._ffmpeg.reading(path),
                [*arguments, "-fps_mode", "passthrough", "-f", "streamhash", "-hash", "md5", "-"],
                timeout_s=_DECODING_S,
                on_line=streams.append,
            )
        except AniworldDlError as error:
            return [str(error)]
        return streams


def _rests(episode: dict[str, Any]) -> bool:
    return Status(episode["status"]) in ENDED or episode["reason"] == HoldReason.HOST_COOLDOWN


@asynccontextmanager
async def open_bench(
    settings: Settings, folder: Path, *, at_a_time: int, bound_s: float = BOUND_S
) -> AsyncIterator[Bench]:
    """Open an engine for trials that keeps everything in `folder`. A trial hangs that has not ended after `bound_s`.

    Raises:
        AniworldDlError: what `open_engine` raises.
    """
    settings = settings_for_trials(settings, folder, at_a_time)
    ffmpeg = await asyncio.to_thread(find_ffmpeg, settings.ffmpeg)
    async with Catalogue(folder / "made", duration_s=DURATION_S, ffmpeg=ffmpeg) as catalogue:
        lab = await asyncio.to_thread(Lab, catalogue, folder / "certificates")
        async with open_engine(settings, resolver=lab.names, ca_pem=lab.ca_pem) as engine:
            yield Bench(engine, lab, ffmpeg, settings.download_dir, bound_s=bound_s)


def settings_for_trials(settings: Settings, folder: Path, at_a_time: int) -> Settings:
    """Return the user's settings without what would keep a trial from being short and by itself; nobody is told."""
    defaults = {name: Settings.model_fields[name].get_default(call_default_factory=True) for name in _LEFT_OUT}
    return settings.model_copy(
        update={
            **defaults,
            "download_dir": folder / "downloads",
            "data_dir": folder / "data",
            "allowed_private_networks": _LOOPBACK,
            "max_concurrent_downloads": at_a_time,
            "connect_timeout_s": min(_TIMEOUT_S, settings.connect_timeout_s),
            "read_timeout_s": min(_TIMEOUT_S, settings.read_timeout_s),
            "attempts_per_segment": _ATTEMPTS,
            "retries_per_episode": 0,
        }
    )
