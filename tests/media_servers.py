"""A checker that follows what Jellyfin and Kodi document of libraries, written from their pages alone.

https://jellyfin.org/docs/general/server/media/shows/, .../movies/, .../external-files, .../metadata/nfo/ and
https://kodi.wiki/view/Naming_video_files/Episodes, https://kodi.wiki/view/NFO_files/Episodes, .../TV_shows, .../Movies.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from defusedxml.ElementTree import ParseError, fromstring

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

_VIDEO: Final = frozenset({".mkv", ".mp4"})
_SEASON: Final = re.compile(r"Season (\d{2,})")
_EPISODE: Final = re.compile(
    r"(?P<show>.+?)(?: -)? [sS](?P<season>\d{2,})[eE](?P<first>\d{2,})(?:-[eE](?P<last>\d{2,}))?"
)
_SUBTITLES: Final = re.compile(r"(?:\.\d+)?(?:\.[a-z]{2,3}(?:-\w+)*)?(?:\.forced)?(?:\.sdh)?\.(?:srt|vtt)")
_RESERVED: Final = frozenset('<>:"/\\|?*')
_SCHEMA: Final[dict[str, dict[str, tuple[int, int, str]]]] = {
    "tvshow": {"title": (1, 1, r".*"), "year": (0, 1, r"\d{4}"), "uniqueid": (0, 3, r"\w+")},
    "movie": {"title": (1, 1, r".*"), "year": (0, 1, r"\d{4}"), "uniqueid": (0, 3, r"\w+")},
    "episodedetails": {
        "title": (1, 1, r".+"),
        "showtitle": (0, 1, r".*"),
        "season": (1, 1, r"\d+"),
        "episode": (1, 1, r"\d+"),
    },
}
"""Of each document its elements: how many there must and may be, and what they hold."""


def library_faults(library: Path) -> list[str]:
    """Return what Jellyfin or Kodi would not read as it is meant."""
    files = sorted(PurePosixPath(path.relative_to(library)) for path in library.rglob("*") if path.is_file())
    return [fault for path in files for fault in _faults(library, path)]


def _faults(library: Path, path: PurePosixPath) -> Iterator[str]:
    if any(_RESERVED & set(part) for part in path.parts):
        yield f"{path}: a reserved character"
    if path.name == "tvshow.nfo":
        yield from (["tvshow.nfo outside of a series folder"] if len(path.parts) != 2 else [])
        yield from _document_faults(library, path, "tvshow")
    elif path.parts[0] == "Films":
        yield from _film_faults(library, path)
    elif path.suffix in _VIDEO:
        yield from _episode_faults(path)
    else:
        yield from _beside_faults(library, path, "episodedetails")


def _episode_faults(path: PurePosixPath) -> Iterator[str]:
    """A series' folder, season folders in it, episodes in those, and nothing mixed."""
    match = _EPISODE.fullmatch(path.stem)
    if len(path.parts) != 3 or not match:
        yield f"{path}: not Series/Season NN/Series SnnEnn"
        return
    season = _SEASON.fullmatch(path.parts[1])
    if not season or int(season[1]) != int(match["season"]):
        yield f"{path}: its folder is of another season"
    if match["show"] != path.parts[0]:
        yield f"{path}: its folder is of another series"
    if match["last"] and int(match["last"]) <= int(match["first"]):
        yield f"{path}: its episodes run backwards"


def _film_faults(library: Path, path: PurePosixPath) -> Iterator[str]:
    if len(path.parts) != 3:
        yield f"{path}: not Films/Name/Name"
    elif path.suffix not in _VIDEO:
        yield from _beside_faults(library, path, "movie")
    elif path.stem != path.parts[1]:
        yield f"{path}: not called as its folder"


def _beside_faults(library: Path, path: PurePosixPath, root: str) -> Iterator[str]:
    """Whatever is no film belongs to one, by its exact name."""
    videos = [other for other in (library / path).parent.iterdir() if other.suffix in _VIDEO]
    stem = next((other.stem for other in videos if path.name.startswith(f"{other.stem}.")), None)
    if stem is None:
        yield f"{path}: belongs to no video"
    elif path.suffix == ".nfo":
        if path.stem != stem:
            yield f"{path}: an NFO is called exactly as its video"
        yield from _document_faults(library, path, root)
    elif not _SUBTITLES.fullmatch(path.name.removeprefix(stem)):
        yield f"{path}: no name for subtitles"


def _document_faults(library: Path, path: PurePosixPath, root: str) -> Iterator[str]:
    yield from (f"{path}: {fault}" for fault in nfo_faults((library / path).read_bytes(), root))


def nfo_faults(body: bytes, root: str | None = None) -> list[str]:
    """Return where an NFO breaks its schema. Several episodes in one file stand one after the other (Kodi)."""
    text = re.sub(r"<\?xml.*?\?>", "", body.decode(), count=1)
    try:
        elements = list(fromstring(f"<nfo>{text}</nfo>"))
    except ParseError as error:
        return [str(error)]
    found = [] if elements else ["it is empty"]
    if len(elements) > 1 and {element.tag for element in elements} != {"episodedetails"}:
        found.append("several documents")
    for element in elements:
        if root is not None and element.tag != root:
            found.append(f"{element.tag} instead of {root}")
        found += _element_faults(element)
    return found


def _element_faults(element: Element) -> Iterator[str]:
    schema = _SCHEMA.get(element.tag)
    if schema is None:
        yield f"no such document: {element.tag}"
        return
    for child in element:
        if child.tag not in schema:
            yield f"no such element: {child.tag}"
        elif not re.fullmatch(schema[child.tag][2], child.text or "", re.DOTALL):
            yield f"{child.tag}: {child.text!r}"
    for name, (least, most, _) in schema.items():
        if not least <= len(element.findall(name)) <= most:
            yield f"{len(element.findall(name))} of {name}"
    defaults = [child for child in element.findall("uniqueid") if child.get("default") == "true"]
    if element.find("uniqueid") is not None and len(defaults) != 1:
        yield "one uniqueid is the default"
