"""Whether ffmpeg itself is at fault: before segments are thrown away it has to join what is known to be good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import FfmpegStoppedError, MuxError
from aniworld_dl.ffmpeg import run_ffmpeg
from aniworld_dl.media.disk import in_thread, storage_errors

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg

_SILENCE: Final = bytes(1 << 20)
_SOURCE: Final = "silence.pcm"
_RESULT: Final = "silence.mkv"
_TIMEOUT_S: Final = 30.0


async def require_sound(ffmpeg: Ffmpeg, folder: Path) -> None:
    """Let ffmpeg put a megabyte of silence into a file in `folder`, which is removed again.

    Raises:
        FfmpegStoppedError: it cannot even do that.
        StorageError: the disk refuses.
    """
    source, result = folder / _SOURCE, folder / _RESULT
    try:
        await in_thread(_write, source)
        await run_ffmpeg(
            ffmpeg, ["-y", "-f", "s16le", "-i", _SOURCE, "-c", "copy", _RESULT], timeout_s=_TIMEOUT_S, cwd=folder
        )
        if await in_thread(_size_bytes, result) < len(_SILENCE):
            raise FfmpegStoppedError(reason="it does not even write silence whole")
    except MuxError as error:
        raise FfmpegStoppedError(reason=f"it does not even write silence: {error.params['reason']}") from error
    finally:
        for path in (source, result):
            path.unlink(missing_ok=True)


def _write(path: Path) -> None:
    with storage_errors(path):
        path.write_bytes(_SILENCE)


def _size_bytes(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
