"""The episode in every packaging that ffmpeg knows, and by hand in those that it does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.media_recipes import COPY, INITS, OWN_SOURCE, PART_S, PERIODS, RECIPES, RESIZES
from tests.media_samples import LATE, ffmpeg, own_remux, streamhash

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.media_samples import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Packagings of one episode, each made when it is first asked for, in a folder of its own."""

    folder: Path
    own: Path
    samples: Samples
    _streams: dict[str, list[str]] = field(default_factory=dict)

    def manifest(self, name: str) -> Path:
        """Return the playlist or manifest of a packaging."""
        recipe = RECIPES[name]
        folder = self.folder / recipe.__name__.strip("_")
        if not folder.exists():
            folder.mkdir(parents=True)
            recipe(folder, self.samples.folder / LATE)
        return next(path for path in (folder / "index.m3u8", folder / "index.mpd") if path.exists())

    def streams(self, name: str) -> list[str]:
        """Return the streams that a right result has.

        They are those of ffmpeg's own remux. Of DASH it is no measure: ffmpeg 5.1 itself loses the last segment of a
        timeline and of a list, and reads neither byte ranges nor a second period. There the source is.
        """
        if name not in self._streams:
            manifest = self.manifest(name)
            self.own.mkdir(parents=True, exist_ok=True)
            target = self.own / f"{manifest.parent.name}.mkv"
            if name == PERIODS:
                remuxed = _joined([manifest.parent / "a.mp4", manifest.parent / "b.mp4"], target)
            else:
                remuxed = own_remux(self._measure(name, manifest), target)
            self._streams[name] = streamhash(remuxed)
        return self._streams[name]

    def _measure(self, name: str, manifest: Path) -> Path:
        if name == INITS:  # ffmpeg 5.1 itself goes on with the first parameters and decodes what follows to errors
            return self.manifest(RESIZES)
        if manifest.suffix != ".mpd":
            return manifest
        own = manifest.parent / OWN_SOURCE
        return own if own.exists() else self.samples.folder / LATE


def _joined(files: Sequence[Path], target: Path) -> Path:
    names = target.with_suffix(".txt")
    # what lies beyond the end of its period, here a frame of sound, is not presented
    names.write_text("".join(f"file '{path}'\noutpoint {PART_S}\n" for path in files))
    ffmpeg(["-f", "concat", "-safe", "0", "-i", names.name, "-map", "0", *COPY, target.name], target.parent)
    return target
