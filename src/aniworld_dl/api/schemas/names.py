"""Names of finished files on the wire."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from aniworld_dl.api.schemas.outputs import Output
from aniworld_dl.media.shelf.preview import EXAMPLE_SERIES, EXAMPLE_TITLE


class NamesIn(BaseModel):
    """What to name, and how. What is left out is taken from the settings in force."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"naming_template": "plex", "series": "Nordlicht"}]}
    )

    naming_template: str | None = Field(
        default=None, max_length=500, description="A template, or `jellyfin`, `plex`, `kodi`, `flat`."
    )
    film_template: str | None = Field(default=None, max_length=500, description="The same for films.")
    series: str = Field(default=EXAMPLE_SERIES, min_length=1, max_length=500, description="Title of the series.")
    title: str | None = Field(default=EXAMPLE_TITLE, max_length=500, description="Title of the episode.")


class NameExample(Output):
    """One path, relative to the download folder."""

    kind: Literal["episode", "untitled", "special", "several", "long_running", "film", "film_of_series"]
    path: str


class NamesOut(Output):
    """Example paths, one of each kind."""

    naming_template: str
    film_template: str | None
    examples: list[NameExample]
