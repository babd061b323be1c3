"""An ffmpeg that hangs, crashes or lies: no wrong file, a true reason, nothing fetched again once it is mended."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.engine import open_engine
from aniworld_dl.errors import FfmpegStoppedError
from aniworld_dl.ffmpeg import Ffmpeg, run_ffmpeg
from aniworld_dl.model import Action, Status
from tests.integration.engine_work import add, episodes, files, until
from tests.media_samples import TS, Samples, streamhash
from tests.tools import FFMPEG

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.demo.origin import Origin

pytestmark = pytest.mark.timeout(120)

_HALF: Final = """
"$REAL" "$@" || exit
for last; do :; done
size=$(stat -c %s "$last" 2>/dev/null) && truncate -s $((size / 2)) "$last"
exit 0"""
FAULTS: Final = {
    "ends with an error in the middle": "head -c 60000 >/dev/null <&3; echo 'Conversion failed!' >&2; exit 1",
    "crashes": "kill -SEGV $$",
    "ends well with nothing": "exit 0",
    "ends well with half a file": _HALF,
    "floods what it says": "yes 'frame= 1 q=-1' | head -c 8000000 >&2; exit 1",
}


def program(path: Path, lines: str) -> Path:
    """Make an ffmpeg that tells its version and then does what `lines` say."""
    real = shlex.quote(FFMPEG.path())
    path.write_text(f'#!/bin/bash\nREAL={real}\n[ "$1" = -version ] && exec "$REAL" -version\n{lines}\n')
    path.chmod(0o755)
    return path


def by_episode(faults: Iterable[str]) -> str:
    """Return lines by which the first episode meets the first fault, and so on."""
    cases = "".join(f"*E{number:02}*) {lines};;\n" for number, lines in enumerate(faults, 1))
    return f'case "$PWD" in\n{cases}esac'


async def test_it_is_told_and_nothing_is_lost(
    settings: Settings, origin: Origin, samples: Samples, tmp_path: Path
) -> None:
    """Each episode meets one of the faults; in the end ffmpeg is not there at all, and then a sound one is."""
    faulty = program(tmp_path / "ffmpeg", by_episode(FAULTS.values()))
    async with open_engine(settings.model_copy(update={"ffmpeg": faulty})) as engine:
        job_id = await add(engine, *(origin.url(TS) + f"?{number}" for number in range(len(FAULTS))))
        for what in ("faulty", "gone", "sound"):
            if what == "gone":
                faulty.unlink()
            elif what == "sound":
                program(faulty, 'exec "$REAL" "$@"')
            if what != "faulty":
                await engine.act_on_job(job_id, Action.RETRY)
            job = await until(engine, job_id, Status.FAILED, Status.COMPLETED)
            if what != "sound":
                codes = {
                    each["error_message"]: (each["error"] or {}).get("code") for each in await episodes(engine, job_id)
                }
                assert set(codes.values()) == {"ffmpeg_stopped"}, codes
                assert all(name.startswith(".aniworld-dl/") for name in files(settings.download_dir))
                assert engine.healthy
    assert job["status"] == "completed"
    found = files(settings.download_dir)
    assert len(found) == len(FAULTS)
    assert all(streamhash(settings.download_dir / name) == samples.own_streams(TS) for name in found)
    assert {origin.count(path) for path in samples.segments(TS)} == {len(FAULTS)}


async def test_one_that_hangs_and_will_not_end_is_killed(tmp_path: Path) -> None:
    stubborn = Ffmpeg(path=program(tmp_path / "ffmpeg", "trap '' TERM INT; while :; do sleep 1; done"), version=(6, 0))
    with pytest.raises(FfmpegStoppedError, match="did not end within"):
        await run_ffmpeg(stubborn, [], timeout_s=0.2, cwd=tmp_path)
