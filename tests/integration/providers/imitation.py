"""An imitation of a series' site and of its hosters on this machine, to which the library's sessions are pointed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aniworld_dl.demo.content import Manner
from aniworld_dl.demo.faults import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aniworld_dl.demo.origin import Origin

SITE: Final = "https://aniworld.to"
SERIES: Final = f"{SITE}/anime/stream/waldgeister"
LANGUAGES: Final = {"German Dub": 1, "English Sub": 2, "German Sub": 3, "English Dub": 4}

_START: Final = '''
import importlib.util
import sys


class Finder:
    """Points the sessions of the library to this machine as soon as there are any."""

    def find_spec(self, name, path, target=None):
        if name != "aniworld.config":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            import niquests
            from niquests.adapters import HTTPAdapter

            class Imitation(HTTPAdapter):
                def send(self, request, **options):
                    asked = request.url
                    scheme, _, rest = asked.partition("://")
                    request.url = "{origin}" + rest
                    response = super().send(request, **options)
                    response.url = request.url = asked
                    return response

            adapter = Imitation()
            niquests.Session.get_adapter = lambda self, url, **options: adapter

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Finder())
'''
_ROW: Final = """<tr itemprop="episode" itemtype="http://schema.org/Episode" data-episode-season-id="{n}"><td>
<meta itemprop="episodeNumber" content="{n}"><a itemprop="url" href="{path}">Folge {n}</a></td>
<td><a href="{path}"><strong>{de}</strong> - <span>{en}</span></a></td></tr>"""
_LINK: Final = """<li class="episodeLink" data-lang-key="{key}" data-link-target="{path}"><div>
<a class="watchEpisode" itemprop="url" href="{path}" target="_blank"><h4>{hoster}</h4></a></div></li>"""


@dataclass(kw_only=True)
class Imitation:
    """Pages of a site, served by `origin`."""

    origin: Origin
    links: int = 0

    def install(self, folder: Path) -> None:
        """Write what a child process runs when it starts, into a folder of its search path."""
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(_START.replace("{origin}", self.origin.url("/")))

    def page(self, url: str, body: str) -> None:
        """Put a page at its address."""
        self.origin.add_file(
            url.partition("://")[2], f"<html><body>{body}</body></html>", Manner(content_type="text/html")
        )

    def series(self, seasons: Mapping[str, int]) -> None:
        """Put the page of the series and those of its seasons: `staffel-1` or `filme`, and how many there are."""
        links = "".join(
            f'<a href="{SERIES.removeprefix(SITE)}/{name}">{name}</a>' for name in seasons if name != "filme"
        )
        films = '<a href="/filme" title="Alle Filme">Filme</a>' if "filme" in seasons else ""
        self.page(SERIES, f'<div class="series-title"><h1><span>Waldgeister</span></h1></div>{links}{films}')
        for name, count in seasons.items():
            kind = "film" if name == "filme" else "episode"
            rows = "".join(
                _ROW.format(n=n, path=f"{SERIES.removeprefix(SITE)}/{name}/{kind}-{n}", de=f"Folge {n}", en=f"Part {n}")
                for n in range(1, count + 1)
            )
            self.page(f"{SERIES}/{name}", f"<table>{rows}</table>")

    def episode(self, path: str, offers: Mapping[tuple[str, str], str]) -> None:
        """Put the page of an episode; `offers` says by language and hoster what the hoster's page holds."""
        found = []
        for (language, hoster), body in offers.items():
            self.links += 1
            redirect, there = f"/redirect/{self.links}", f"https://{hoster.lower()}.example/e/{self.links}"
            found.append(_LINK.format(key=LANGUAGES[language], path=redirect, hoster=hoster))
            self.page(f"{SITE}{redirect}", "")
            fault = Fault(kind=FaultKind.REDIRECT, path=f"/aniworld.to{redirect}", to=there, times=None)
            self.origin.faults.add(fault)
            self.page(there, body)
        self.page(f"{SERIES}/{path}", f'<ul class="row">{"".join(found)}</ul>')

    def media(self, path: str = "/ts/index.m3u8") -> str:
        """Return what a hoster's page holds, as plain text, where it has the video."""
        return f"<script>var sources = {{'hls': '{self.origin.url(path)}'}};</script>"
