"""`aniworld-dl names`: what files would be called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Console

from aniworld_dl.cli.displays import print_json
from aniworld_dl.media.shelf.naming import layout_of
from aniworld_dl.media.shelf.preview import EXAMPLE_SERIES, EXAMPLE_TITLE, examples

if TYPE_CHECKING:
    from aniworld_dl.config import Settings

_WORDS: Final = {
    "episode": "an episode",
    "untitled": "without a title",
    "special": "a special",
    "several": "two in one file",
    "long_running": "a long series",
    "film": "a film",
    "film_of_series": "film of a series",
}


def run_names(settings: Settings, *, series: str | None, title: str | None, as_json: bool) -> int:
    """Print example paths and return 0.

    Raises:
        ConfigError: the template is not usable.
    """
    layout = layout_of(settings.naming_template, settings.film_template)
    suffix = f".{settings.container}"
    found = examples(layout, series=series or EXAMPLE_SERIES, title=title or EXAMPLE_TITLE, suffix=suffix)
    console = Console()
    for example in found:
        if as_json:
            print_json({"kind": example.kind, "path": str(example.path)})
        else:
            line = f"{_WORDS[example.kind]:<18}{example.path}"
            console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)
    return 0
