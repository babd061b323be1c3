"""`aniworld-dl verify`: whether finished files are still whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console

from aniworld_dl.cli.displays import print_json
from aniworld_dl.cli.loop import run, until_signal
from aniworld_dl.errors import AniworldDlError, RequestInvalidError
from aniworld_dl.ffmpeg import find_ffmpeg
from aniworld_dl.media.proof.recheck import SUFFIXES, recheck
from aniworld_dl.media.store.work import WORK_PARENT
from aniworld_dl.media.timeline import clock_ranges, whole_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.media.proof.recheck import Report


def run_verify(settings: Settings, paths: Sequence[Path], *, decode: bool, as_json: bool) -> int:
    """Check the files and return 0 when all are whole, 1 when one is not."""
    files = list(finished_files(paths))
    return run(until_signal(_verify(settings, files, decode=decode, as_json=as_json)))


def finished_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files that are named and, below folders, those that can be checked; work in progress is none.

    Raises:
        RequestInvalidError: there is nothing at a path, or it is a file of another kind.
    """
    for path in paths:
        if path.is_dir():
            found = (below for below in path.rglob("*") if below.suffix.lower() in SUFFIXES and below.is_file())
            yield from sorted(below for below in found if WORK_PARENT not in below.parts)
        elif not path.exists():
            raise RequestInvalidError(field="PATH", value=str(path), mend="there is no such file")
        elif path.suffix.lower() not in SUFFIXES:
            raise RequestInvalidError(field="PATH", value=str(path), mend="only .mkv and .mp4 files can be checked")
        else:
            yield path


async def _verify(settings: Settings, files: Sequence[Path], *, decode: bool, as_json: bool) -> int:
    ffmpeg = find_ffmpeg(settings.ffmpeg)
    console = Console()
    whole = True
    for path in files:
        try:
            document = _document(path, await recheck(ffmpeg, path, decode=decode))
        except AniworldDlError as error:
            document = {"path": str(path), "status": "unreadable", "missing": [], "reasons": [str(error)]}
        whole = whole and document["status"] == "ok"
        if as_json:
            print_json(document)
        else:
            console.print(_line(document), markup=False, highlight=False, soft_wrap=True)
    return 0 if whole else 1


def _document(path: Path, report: Report) -> dict[str, Any]:
    return {
        "path": str(path),
        "status": "damaged" if report.damages else "ok",
        "checked_by": "decoding" if report.decoded else "checksums",
        "missing": [{"start_s": round(start, 3), "end_s": round(end, 3)} for start, end in report.ranges],
        "reasons": list(dict.fromkeys(damage.reason for damage in report.damages)),
    }


def _line(document: dict[str, Any]) -> str:
    ranges = clock_ranges(whole_seconds((span["start_s"], span["end_s"]) for span in document["missing"]))
    reasons = document["reasons"][0] if document["reasons"] else ""
    return " ".join(part for part in (f"{document['status']:<10}", document["path"], ranges, reasons) if part)
