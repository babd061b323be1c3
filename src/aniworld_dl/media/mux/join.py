"""Joining stored segments into one file, by a child ffmpeg that copies packets and reads nothing but what it is fed.

Each segmented track goes through a pipe of its own, in the order in which it plays and on one continuous timeline
(`splice`), so that joining can begin while the rest is still being fetched. A plain file is opened where it lies.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import IncompleteError, MuxError
from aniworld_dl.media.formats.structure_error import StructureError
from aniworld_dl.media.mux.arguments import output_arguments, stream_arguments
from aniworld_dl.media.mux.fed_ffmpeg import run_fed
from aniworld_dl.media.mux.inputs import Inputs
from aniworld_dl.media.mux.pipes import PIPES_WORK
from aniworld_dl.model import Container

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.media.mux.feed import Feed
    from aniworld_dl.media.store.work import WorkFolder

_SHORTEST_LIMIT_S: Final = 300.0
_SLOWEST_BYTES_PER_S: Final = 1 << 20
"""A disk below this rate is taken for a process that hangs."""

_LOST: Final = re.compile(r"ended prematurely|partial file|input/output error", re.IGNORECASE)
"""What ffmpeg says, with exit status 0, when it left something out."""


async def mux(ffmpeg: Ffmpeg, work: WorkFolder, feed: Feed, *, container: str, pipes: bool = PIPES_WORK) -> Path:
    """Join what is stored, and what `feed` says is stored later, into `result.part.<container>` in the work folder.

    Every picture and sound is copied as it is; subtitles too where `container` ("mkv" or "mp4") can hold them, else
    their text is kept. Without `pipes` ffmpeg starts when everything is stored. Returns the path of the result.

    Raises:
        MuxError: ffmpeg cannot read the segments or cannot write them into such a container.
        MediaError: subtitles cannot be read.
        IncompleteError: a plain file ends before its own index says, or something is not stored and never will be.
        StorageError: a file cannot be read or written, or ffmpeg hangs.
    """
    inputs = Inputs(ffmpeg, work, feed, container=container, pipes=pipes)
    lost: list[str] = []
    result = result_path(work, container)
    try:
        await inputs.prepare()
        streams = await stream_arguments(ffmpeg, work, feed, inputs.arguments, container)
        await run_fed(
            ffmpeg,
            ["-y", "-v", "warning", *inputs.options, *streams, *output_arguments(work.media, container), result.name],
            inputs.outlets,
            inputs.hand_over,
            timeout_s=_SHORTEST_LIMIT_S + _file_bytes(work) / _SLOWEST_BYTES_PER_S,
            cwd=work.path,
            on_complaint=lambda line: lost.append(line) if _LOST.search(line) else None,
        )
    except StructureError as error:
        raise MuxError(reason=str(error)) from error
    except MuxError as error:
        raise MuxError(reason=_words(str(error.params["reason"]), work)) from error
    finally:
        inputs.close()
    if lost:
        raise IncompleteError(reason=_words(lost[0], work), missing="")
    return result


def result_path(work: WorkFolder, container: str) -> Path:
    """Return where `mux` writes."""
    return work.path / result_name(container)


def result_name(container: str) -> str:
    """Return the name, in its work folder, of the file that an episode is joined into."""
    return f"result.part.{container}"


def _file_bytes(work: WorkFolder) -> int:
    """Return the bytes of plain files, which ffmpeg reads at its own pace: all else is fed to it."""
    return sum(track.size_bytes or 0 for track in work.media.tracks if track.container is Container.FILE)


def _words(complaint: str, work: WorkFolder) -> str:
    """Return what ffmpeg said without this machine's paths and without addresses in its memory."""
    return re.sub(r" @ 0x[0-9a-f]+", "", complaint.replace(f"{work.path}/", "").replace(str(work.path), ""))
