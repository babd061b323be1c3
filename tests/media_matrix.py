"""The episode in every packaging that ffmpeg knows, and by hand in those that it does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.media_recipes import COPY, INITS, OWN_SOURCE, PART_S, PERIODS, RECIPES
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
        timeline and of a list, and reads neither byte ranges nor a second period. There the source is. Nor is it one of
        fragments whose parameters change: it decodes the second part with those of the first.
        """
        if name not in self._streams:
            manifest = self.manifest(name)
            self.own.mkdir(parents=True, exist_ok=True)
            target = self.own / f"{manifest.parent.name}.mkv"
            if name == PERIODS:
                remuxed = _joined([manifest.parent / "a.mp4", manifest.parent / "b.mp4"], target)
            elif name == INITS:
                remuxed = _joined_in_band([manifest.parent / "a.mp4", manifest.parent / "b.mp4"], target)
            else:
                remuxed = own_remux(self._measure(manifest), target)
            self._streams[name] = streamhash(remuxed)
        return self._streams[name]

    def _measure(self, manifest: Path) -> Path:
        if manifest.suffix != ".mpd":
            return manifest
        own = manifest.parent / OWN_SOURCE
        return own if own.exists() else self.samples.folder / LATE


def _joined_in_band(files: Sequence[Path], target: Path) -> Path:
    """Join files whose parameters differ, as MPEG-TS, which has them before each key frame."""
    data = b""
    for number, path in enumerate(files):
        part = target.with_suffix(".ts")
        ffmpeg(["-i", str(path), *COPY, "-output_ts_offset", str(4.1 * number), part.name], target.parent)
        data += part.read_bytes()
        part.write_bytes(data)
    ffmpeg(["-i", part.name, "-map", "0", *COPY, target.name], target.parent)
    return target


def _joined(files: Sequence[Path], target: Path) -> Path:
    names = target.with_suffix(".txt")
    first, second = files
    # the last 20 ms of sound lie in a segment that begins where the first period has ended: nobody presents them
    names.write_text(f"file '{first}'\noutpoint {PART_S - 0.02}\nfile '{second}'\n")
    ffmpeg(["-f", "concat", "-safe", "0", "-i", names.name, "-map", "0", *COPY, target.name], target.parent)
    return target
