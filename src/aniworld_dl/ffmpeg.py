"""Finds ffmpeg and runs it: as a child process, bounded in time and memory, ended with its caller."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import shutil
import subprocess
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from aniworld_dl.confine.child import Program, start
from aniworld_dl.confine.landlock import Reach
from aniworld_dl.confine.walls import DEVICES, EVERYTHING, PROGRAMS, behind
from aniworld_dl.errors import DiskFullError, FfmpegMissingError, FfmpegStoppedError, MuxError, leading_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

OLDEST_USABLE: Final = (5, 1)
"""First release with everything the arguments of this product use."""

_INHERITED: Final = (
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("SYSTEMROOT", "TEMP", "TMP"),
)
"""What of the environment it gets to see: nothing that could be a secret."""
_SLOWEST_BYTES_PER_S: Final = 1 << 20
"""A disk below this rate is taken for a process that hangs."""
_TAIL_LINES: Final = 12
_NO_SPACE: Final = os.strerror(errno.ENOSPC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ffmpeg:
    """A usable ffmpeg."""

    path: Path
    version: tuple[int, ...]
    niceness: int = 5
    """How far it stands back behind the downloads and the answers to clients."""
    own: Reach = field(default=Reach(reads=EVERYTHING, writes=DEVICES, network=False), compare=False)
    """What it may reach, whatever the folder it works in."""

    def reading(self, path: Path) -> Ffmpeg:
        """Return it with leave to read a file that lies elsewhere than where it works."""
        return replace(self, own=replace(self.own, reads=(*self.own.reads, path)))


_LOOKING: Final = threading.Lock()


def find_ffmpeg(wanted: Path | None = None) -> Ffmpeg:
    """Return the ffmpeg to use: `wanted`, else the system's if it is new enough, else the one installed along.

    For threads. What was found is remembered; who asks while another looks waits for the same answer.

    Raises:
        FfmpegMissingError: none of them runs or is new enough.
    """
    with _LOOKING:
        return _find(wanted)


def look_for_ffmpeg(wanted: Path | None = None) -> None:
    """Begin to look for it in a thread, because starting it takes a while; `find_ffmpeg` says what came of it."""

    def look() -> None:
        with contextlib.suppress(FfmpegMissingError):
            find_ffmpeg(wanted)

    threading.Thread(target=look, name="look-for-ffmpeg", daemon=True).start()


@lru_cache(maxsize=8)
def _find(wanted: Path | None) -> Ffmpeg:
    if wanted is not None:
        found = _inspect(wanted)
        if found is None or found.version < OLDEST_USABLE:
            raise FfmpegMissingError(mend=f"the setting ffmpeg names {wanted}, which is no ffmpeg 5.1 or newer")
        return found
    for candidate in _candidates():
        found = _inspect(candidate)
        if found is not None and found.version >= OLDEST_USABLE:
            return found
    raise FfmpegMissingError(mend="install ffmpeg 5.1 or newer, or name one in the setting ffmpeg")


def _candidates() -> Iterator[Path]:
    if on_path := shutil.which("ffmpeg"):
        yield Path(on_path)
    import imageio_ffmpeg  # noqa: PLC0415 - it looks for programs when imported

    with contextlib.suppress(RuntimeError):
        yield Path(imageio_ffmpeg.get_ffmpeg_exe())


def _inspect(path: Path) -> Ffmpeg | None:
    for reads in ((*PROGRAMS, *_libraries(path)), EVERYTHING):
        own = Reach(reads=reads, writes=DEVICES, network=False)
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            output = behind(own, partial(_version_of, path), "inspect-ffmpeg").result()
            match = re.match(r"ffmpeg version \D*(\d+)\.(\d+)", output)
            # a build from the development branch has a hash or a date in place of a number
            version = (int(match[1]), int(match[2])) if match else (999,)
            return Ffmpeg(path=path, version=version, own=own) if output.startswith("ffmpeg version") else None
    return None


def _version_of(path: Path) -> str:
    command = [str(path), "-version"]
    return subprocess.run(
        command, capture_output=True, timeout=20, check=True, text=True, env=_environment(), stdin=subprocess.DEVNULL
    ).stdout


def _libraries(path: Path) -> Iterator[Path]:
    """Name where a program and its own libraries lie."""
    folder = path.resolve().parent
    yield from (path, folder, folder.parent / "lib")
    yield from (Path(entry) for entry in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep) if entry)


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


class Feeding(Protocol):
    """What hands a running ffmpeg its input."""

    def descriptors(self) -> Sequence[int]:
        """Return the file descriptors that ffmpeg inherits, under the same numbers."""
        ...

    async def run(self) -> int:
        """Hand everything over and return its bytes; called once ffmpeg runs, cancelled when it ends before."""
        ...


async def run_ffmpeg(
    ffmpeg: Ffmpeg,
    arguments: Sequence[str],
    *,
    timeout_s: float,
    cwd: Path | None = None,
    feeding: Feeding | None = None,
    on_line: Callable[[str], None] | None = None,
    on_complaint: Callable[[str], None] | None = None,
) -> str:
    """Run ffmpeg to its end and return what it complained about (the last lines of its standard error).

    As far as the system can keep it to that, it reads and writes in `cwd` alone, and has neither network nor anything
    of our environment. `on_line` gets each line of its standard output, `on_complaint` each of its standard error. With
    `feeding` the time limit counts from when all is handed over, and grows with the bytes of it: a file may be written
    a second time. A cancelled caller leaves no process behind.

    Raises:
        MuxError: it ended with an error: what it was given is at fault. Param: reason.
        FfmpegStoppedError: it could not be started, took longer than `timeout_s`, or something killed it.
        DiskFullError: it could not write.
    """
    reach = replace(ffmpeg.own, writes=(*ffmpeg.own.writes, *([cwd] if cwd else [])))
    program = Program(
        command=(str(ffmpeg.path), "-hide_banner", "-nostdin", *arguments),
        reach=reach,
        environment=_environment(),
        folder=cwd,
        output=on_line is not None,
        descriptors=feeding.descriptors() if feeding else (),
        niceness=ffmpeg.niceness,
    )
    try:
        process = await start(program)
    except OSError as error:  # no more processes or files for now, or ffmpeg is just being updated
        raise FfmpegStoppedError(reason=f"it cannot be started: {error.strerror or error}") from error
    complaints = _Complaints(on_complaint)
    try:
        async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as group:
            if on_line is not None and process.stdout is not None:
                group.create_task(_read_lines(process.stdout, on_line), name="ffmpeg-stdout")
            assert process.stderr is not None
            group.create_task(_read_lines(process.stderr, complaints.add), name="ffmpeg-stderr")
            fed = group.create_task(_feed(feeding, limit, timeout_s), name="ffmpeg-input")
            await process.wait()
            fed.cancel()
    except TimeoutError as error:
        raise FfmpegStoppedError(reason=f"it did not end within {fed.result():.0f} s") from error
    except BaseExceptionGroup as failures:
        raise leading_error(failures) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await asyncio.shield(process.wait())
    if complaints.disk_full:  # whatever the status: ffmpeg 5 ends with 0 when only the last bytes found no space
        raise DiskFullError(path=str(cwd or "."))
    _raise_failure(process.returncode or 0, complaints.text())
    return complaints.text()


class _Complaints:
    """The last lines of a standard error, and whether any line spoke of a full disk."""

    def __init__(self, on_complaint: Callable[[str], None] | None) -> None:
        self._on_complaint = on_complaint
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self.disk_full = False

    def add(self, line: str) -> None:
        self._tail.append(line)
        self.disk_full = self.disk_full or _NO_SPACE in line
        if self._on_complaint is not None:
            self._on_complaint(line)

    def text(self) -> str:
        return "\n".join(self._tail)


def _raise_failure(status: int, complaints: str) -> None:
    if status < 0:
        raise FfmpegStoppedError(reason=f"signal {-status} ended it")
    if status:
        raise MuxError(reason=complaints.strip()[-600:] or f"ffmpeg ended with status {status}")


async def _read_lines(stream: asyncio.StreamReader, on_line: Callable[[str], None]) -> None:
    # read in pieces: a line of any length must not end the reading
    rest = b""
    while piece := await stream.read(65536):
        *lines, rest = (rest + piece).split(b"\n")
        rest = rest[-65536:]
        for line in lines:
            on_line(line.decode(errors="replace").rstrip("\r"))
    if rest:
        on_line(rest.decode(errors="replace"))


async def _feed(feeding: Feeding | None, limit: asyncio.Timeout, timeout_s: float) -> float:
    """Hand over the input, set the limit for what remains, and return it."""
    if feeding is not None:
        timeout_s += await feeding.run() / _SLOWEST_BYTES_PER_S
    limit.reschedule(asyncio.get_running_loop().time() + timeout_s)
    return timeout_s
