"""The demo series, and the shelf that serves their pages and media."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

from aniworld_dl.demo import PAGES
from aniworld_dl.demo.content import bytes_content, file_content
from aniworld_dl.demo.picture import FRAMES_PER_S, Scene
from aniworld_dl.demo.studio import HIGH, LOW, Packaging, Studio, Take, Variant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from aniworld_dl.demo.content import Content
    from aniworld_dl.ffmpeg import Ffmpeg

MEDIA: Final = "/aniworld-dl-demo/media"
"""Path under which each episode has a folder with its playlists, segments or file."""

_SEASON: Final = 1
_MASTER: Final = "index.m3u8"
_VARIANTS: Final = (LOW, HIGH)
_OVERHEAD_BPS: Final = 120_000
"""What sound and packaging add to the picture's rate."""
_CODECS: Final = {HIGH: "avc1.42c016,mp4a.40.2", LOW: "avc1.42c00c,mp4a.40.2"}
_PAGE: Final = re.compile(rf"{PAGES}/([a-z0-9-]+)/(?:episode-(\d{{1,3}}))?")
_MEDIA: Final = re.compile(rf"{MEDIA}/([a-z0-9-]+)/episode-(\d{{2,3}})/([A-Za-z0-9._-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A series of the demo. `slug` stands for it in addresses; there are as many episodes as titles."""

    slug: str
    title: str
    packaging: Packaging
    scene: Scene
    titles: tuple[str, ...]

    @property
    def page(self) -> str:
        """Path of the page that lists the episodes."""
        return f"{PAGES}/{self.slug}/"

    def take(self, number: int, variant: Variant = HIGH) -> Take:
        """Return what the studio needs to know of an episode."""
        name = f"{self.slug}-s{_SEASON:02}e{number:02}"
        return Take(
            name=name,
            title=self.title,
            scene=self.scene,
            number=number,
            packaging=self.packaging,
            variant=variant,
        )

    def media(self, number: int) -> str:
        """Path of what a player opens for an episode: a multivariant playlist, a manifest or a file."""
        entry = _MASTER if self.packaging is Packaging.HLS_TS else self.take(number).entry
        return f"{MEDIA}/{self.slug}/episode-{number:02}/{entry}"


KUPFERWALD: Final = Series(
    slug="kupferwald",
    title="Kupferwald",
    packaging=Packaging.HLS_TS,
    scene=Scene(
        sky="0x2b1608",
        boxes=(
            *("10:0:34:360:0x7a3b1a", "96:0:14:360:0x5b2c14", "170:0:46:360:0x8f4a20", "290:0:20:360:0x5b2c14"),
            *("380:0:40:360:0x7a3b1a", "470:0:12:360:0x4a2410", "540:0:52:360:0xa65a2a", "0:330:640:30:0x1c0e05"),
        ),
        mover=("4:12:28:16:0xff9a3c", "12:4:12:32:0xffb866"),
        mover_size=(36, 40),
        path=("mod(t*70,680)-40", "mod(t*45,400)-40"),
        lamp="0xffb347",
    ),
    titles=(
        *("Der erste Frost", "Unter Buchen", "Das Moor schweigt", "Harz", "Die Köhlerin", "Zwölf Ringe"),
        *("Nebelgang", "Der Specht", "Was die Wurzeln wissen", "Waldbrand", "Asche", "Ein neuer Trieb"),
    ),
)
STERNENHAFEN: Final = Series(
    slug="sternenhafen",
    title="Sternenhafen",
    packaging=Packaging.DASH,
    scene=Scene(
        sky="0x060b2a",
        boxes=(
            *(f"{i * 197 % 640}:{i * 89 % 300}:{1 + i % 3}:{1 + i % 3}:0xe8ecff" for i in range(1, 33)),
            *("0:310:640:50:0x1a2350", "40:280:90:40:0x2c3a7a", "500:265:110:60:0x2c3a7a"),
        ),
        mover=("0:14:64:12:0xc8d4ff", "20:4:24:32:0x7f92e0", "56:16:8:8:0xff5f6d"),
        mover_size=(64, 40),
        path=("mod(t*90,720)-64", "60+40*sin(t)"),
        lamp="0x7fe7ff",
    ),
    titles=(
        *("Anflug", "Dock 9", "Die Lotsin", "Funkstille", "Ein Kapitän ohne Schiff", "Zoll"),
        *("Die lange Schicht", "Kielwasser", "Rost", "Sonnensturm", "Meuterei", "Ablegen"),
    ),
)
NACHTZUG: Final = Series(
    slug="nachtzug",
    title="Nachtzug",
    packaging=Packaging.FILE,
    scene=Scene(
        sky="0x0b1d2e",
        boxes=("0:250:640:110:0x132c1e", "0:318:640:5:0x8899aa", "0:330:640:5:0x8899aa", "560:30:36:36:0xf4f1de"),
        mover=("0:0:300:70:0x8c2f39", *(f"{left}:14:36:26:0xffd873" for left in range(14, 300, 56))),
        mover_size=(300, 70),
        path=("mod(t*160,960)-300", "250"),
        lamp="0xffd873",
    ),
    titles=("Abfahrt 22:04", "Abteil 7", "Grenzstation", "Der Schaffner", "Weichen", "Ankunft im Regen"),
)
SERIES: Final = (KUPFERWALD, STERNENHAFEN, NACHTZUG)


class Catalogue:
    """A shelf with the pages and the media of the demo series. An asynchronous context manager.

    Episodes are made when their media are first asked for, of HLS the low variant apart, and kept in `folder`.
    `episodes` bounds their number in each series; `duration_s` is how long each one plays.
    """

    def __init__(
        self,
        folder: Path,
        *,
        series: Sequence[Series] = SERIES,
        episodes: int | None = None,
        duration_s: int = 24,
        ffmpeg: Ffmpeg | None = None,
    ) -> None:
        self.series = tuple(series)
        self._episodes = episodes
        self._studio = Studio(folder, duration_s=duration_s, ffmpeg=ffmpeg)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._studio.aclose()

    def numbers(self, series: Series) -> range:
        """Return the numbers of a series' episodes."""
        return range(1, len(series.titles[: self._episodes]) + 1)

    async def find(self, path: str) -> Content | None:
        """Return a page, or a file of an episode, which is made now if need be.

        Raises:
            AniworldDlError: the episode could not be made.
        """
        if match := _PAGE.fullmatch(path):
            return self._page(path, match[1], match[2])
        if (match := _MEDIA.fullmatch(path)) and (series := self._known(match[1], int(match[2]))):
            return await self._media(path, series, int(match[2]), match[3])
        return None

    async def _media(self, path: str, series: Series, number: int, name: str) -> Content | None:
        if series.packaging is not Packaging.HLS_TS:
            variant = HIGH
        elif name == _MASTER:
            return bytes_content(path, _master().encode())
        else:
            variant = LOW if name.startswith(LOW.name) else HIGH
        folder = await self._studio.folder_of(series.take(number, variant))
        return await asyncio.to_thread(file_content, path, folder / name)

    def _page(self, path: str, slug: str, number: str | None) -> Content | None:
        page: dict[str, Any]
        if number is None:
            series = self._known(slug, 1)
            if series is None:
                return None
            page = {"series": series.title, "episodes": [_episode(series, each) for each in self.numbers(series)]}
        else:
            series = self._known(slug, int(number))
            if series is None:
                return None
            page = {**_episode(series, int(number)), "media": [series.media(int(number))]}
        return replace(bytes_content(path, json.dumps(page).encode()), content_type="application/json")

    def _known(self, slug: str, number: int) -> Series | None:
        return next((one for one in self.series if one.slug == slug and number in self.numbers(one)), None)


def _master() -> str:
    """Return the multivariant playlist, the same for all: the worst variant first, as a test of whoever reads it."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for variant in _VARIANTS:
        facts = f'RESOLUTION={variant.width}x{variant.height},CODECS="{_CODECS[variant]}",FRAME-RATE={FRAMES_PER_S}.000'
        lines += [f"#EXT-X-STREAM-INF:BANDWIDTH={variant.picture_bps + _OVERHEAD_BPS},{facts}", f"{variant.name}.m3u8"]
    return "\n".join([*lines, ""])


def _episode(series: Series, number: int) -> dict[str, Any]:
    return {
        "series": series.title,
        "season": _SEASON,
        "number": number,
        "title": series.titles[number - 1],
        "url": f"{series.page}episode-{number}",
    }
