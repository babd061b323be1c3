"""Naming templates, such as `{series}/Season {season:02}/{series} S{season:02}E{number:02}`, and profiles of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from string import Formatter
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aniworld_dl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXTS: Final = ("series", "title", "film")
_EPISODE_FIELDS: Final = ("series", "title", "season", "number", "absolute")
_FILM_FIELDS: Final = ("film", "series", "title")
_NUMBER_SPEC: Final = re.compile(r"(?:0?[0-9])?d?")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_ILLEGAL: Final = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff\\:*?"<>|]')

EPISODES: Final = "naming_template"
FILMS: Final = "film_template"
"""The settings that hold the two templates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How a media server wants episodes and films to be laid out."""

    episodes: str
    films: str


PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        "jellyfin": Profile(
            episodes="{series}/Season {season:02}/{series} S{season:02}E{number:02}", films="Films/{film}/{film}"
        ),
        "plex": Profile(
            episodes="{series}/Season {season:02}/{series} - s{season:02}e{number:02}", films="Films/{film}/{film}"
        ),
        "kodi": Profile(
            episodes="{series}/Season {season:02}/{series} S{season:02}E{number:02}", films="Films/{film}/{film}"
        ),
        "flat": Profile(episodes="{series} S{season:02}E{number:02}", films="{film}"),
    }
)
BUILT_IN: Final = frozenset(PROFILES).union(*((profile.episodes, profile.films) for profile in PROFILES.values()))
"""Their names and their templates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """Text that stands in the template as it is."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A `{name:spec}` of the template."""

    name: str
    spec: str


Component = tuple[Literal | Field, ...]
"""One folder or file name of the path."""


@lru_cache(maxsize=16)
def parse_template(template: str) -> tuple[Component, ...]:
    """Return the parts of the path of an episode; a profile's name stands for its template.

    Raises:
        ConfigError: it has unknown fields or formats, would lead out of the folder, or could give two episodes of a
            series the same name. It names `naming_template`.
    """
    if template in PROFILES:
        return parse_template(PROFILES[template].episodes)
    components = _components(template, EPISODES, _EPISODE_FIELDS)
    if any(_stands_alone(component, "absolute") for component in components):
        return components
    for name in ("season", "number"):
        if not any(_stands_alone(component, name) for component in components):
            mend = (
                f"it needs {{{name}}}, with no digit or field beside it, or two episodes could get the same name; "
                f"or it is one of {', '.join(PROFILES)}"
            )
            raise template_error(template, mend)
    return components


@lru_cache(maxsize=16)
def parse_film_template(template: str) -> tuple[Component, ...]:
    """Return the parts of the path of a film; a profile's name stands for its template.

    Raises:
        ConfigError: as for `parse_template`. It names `film_template`.
    """
    if template in PROFILES:
        return parse_film_template(PROFILES[template].films)
    components = _components(template, FILMS, _FILM_FIELDS)
    if not any(isinstance(item, Field) and item.name == "film" for component in components for item in component):
        mend = f"it needs {{film}}, or two films could get the same name; or it is one of {', '.join(PROFILES)}"
        raise template_error(template, mend, FILMS)
    return components


def template_error(template: str, mend: str, key: str = EPISODES) -> ConfigError:
    """Make the error that names the setting."""
    return ConfigError(key=key, value=template, mend=mend)


def _components(template: str, key: str, fields: tuple[str, ...]) -> tuple[Component, ...]:
    if template.startswith("/") or _DRIVE.match(template):
        raise template_error(template, "it must be a path below download_dir, not an absolute one", key)
    return tuple(_component(template, part, key, fields) for part in template.split("/"))


def _component(template: str, part: str, key: str, fields: tuple[str, ...]) -> Component:
    if not part.strip(" ."):
        raise template_error(template, "each part between slashes needs a name other than dots", key)
    items: list[Literal | Field] = []
    try:
        for literal, name, spec, conversion in Formatter().parse(part):
            if literal:
                items.append(_literal(template, literal, key))
            if name is not None:
                if name not in fields:
                    mend = f"there is no field {name!r}; known are {', '.join(fields)}"
                    raise template_error(template, mend, key)
                items.append(_field(template, name, spec or "", conversion, key=key))
    except ValueError as error:
        raise template_error(template, f"{error} (write a brace that is meant as such twice)", key) from error
    return tuple(items)


def _literal(template: str, text: str, key: str) -> Literal:
    if illegal := _ILLEGAL.search(text):
        raise template_error(template, f"{illegal[0]!r} cannot stand in a file name everywhere", key)
    return Literal(text=text)


def _field(template: str, name: str, spec: str, conversion: str | None, *, key: str) -> Field:
    if conversion or (spec if name in _TEXTS else not _NUMBER_SPEC.fullmatch(spec)):
        mend = f"{name} cannot be written that way; numbers take a width, as in {{number:02}}"
        raise template_error(template, mend, key)
    return Field(name=name, spec=spec)


def _stands_alone(component: Component, name: str) -> bool:
    """Whether a number can be told from what stands beside it, so that 1 and 11 never look like 11 and 1."""
    fenced = (Literal(text=" "), *component, Literal(text=" "))
    return any(
        isinstance(before, Literal)
        and isinstance(item, Field)
        and isinstance(after, Literal)
        and item.name == name
        and not (before.text[-1].isdigit() or after.text[0].isdigit())
        for (before, item), (_, after) in pairwise(pairwise(fenced))
    )
