"""A real ffmpeg of which a test knows when it joins."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from aniworld_dl.confine.walls import DEVICES, EVERYTHING
from aniworld_dl.ffmpeg import find_ffmpeg

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.ffmpeg import Ffmpeg


class WatchedFfmpeg:
    """The real ffmpeg behind a script that tells when it joins, and that does something else first where told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pipe = folder / "joins"
        os.mkfifo(self._pipe)
        self._log = folder / "log"
        self._log.touch()
        self._first = folder / "first"
        real = find_ffmpeg()
        script = f"""#!/bin/sh
case "$*" in *result.part*) case "$*" in *matroska*)
  echo $$ >> "{self._log}"
  echo joins > "{self._pipe}"
  [ -f "{self._first}" ] && . "{self._first}"
esac;; esac
exec "{real.path}" "$@"
"""
        path = folder / "ffmpeg"
        path.write_text(script)
        path.chmod(0o755)
        self.program: Ffmpeg = replace(
            real, path=path, own=replace(real.own, reads=EVERYTHING, writes=(*DEVICES, folder))
        )

    def does_first(self, line: str) -> None:
        """Run a line of shell the next time before it joins."""
        self._first.write_text(f'rm "{self._first}"\n{line}\n')

    async def joins(self) -> None:
        """Wait until it has started to join; it goes on only then."""
        reader = os.open(self._pipe, os.O_RDONLY | os.O_NONBLOCK)  # no thread could be woken that waits in vain
        told, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(reader, told.set)
        try:
            await told.wait()
            assert os.read(reader, 100) == b"joins\n"
        finally:
            loop.remove_reader(reader)
            os.close(reader)

    @property
    def joined(self) -> list[int]:
        """The process ids of those that joined."""
        return [int(line) for line in self._log.read_text().split()]
