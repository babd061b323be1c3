"""Naming templates, such as `{series}/Season {season:02}/{series} S{season:02}E{number:02}`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from string import Formatter
from typing import Final

from aniworld_dl.errors import ConfigError

_TEXTS: Final = ("series", "title")
_NUMBERS: Final = ("season", "number")
_NUMBER_SPEC: Final = re.compile(r"(?:0?[0-9])?d?")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_ILLEGAL: Final = re.compile(r'[\x00-\x1f\x7f-\x9f\ud800-\udfff\\:*?"<>|]')


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
    """Return the parts of the path.

    Raises:
        ConfigError: it has unknown fields or formats, would lead out of the folder, or could give two episodes of a
            series the same name. It names `naming_template`.
    """
    if template.startswith("/") or _DRIVE.match(template):
        raise template_error(template, "it must be a path below download_dir, not an absolute one")
    components = tuple(_component(template, part) for part in template.split("/"))
    for name in _NUMBERS:
        if not any(_stands_alone(component, name) for component in components):
            mend = f"it needs {{{name}}} with no digit or field beside it, or two episodes could get the same name"
            raise template_error(template, mend)
    return components


def template_error(template: str, mend: str) -> ConfigError:
    """Make the error that names the setting."""
    return ConfigError(key="naming_template", value=template, mend=mend)


def _component(template: str, part: str) -> Component:
    if not part.strip(" ."):
        raise template_error(template, "each part between slashes needs a name other than dots")
    items: list[Literal | Field] = []
    try:
        for literal, name, spec, conversion in Formatter().parse(part):
            if literal:
                items.append(_literal(template, literal))
            if name is not None:
                items.append(_field(template, name, spec or "", conversion))
    except ValueError as error:
        raise template_error(template, f"{error} (write a brace that is meant as such twice)") from error
    return tuple(items)


def _literal(template: str, text: str) -> Literal:
    if illegal := _ILLEGAL.search(text):
        raise template_error(template, f"{illegal[0]!r} cannot stand in a file name everywhere")
    return Literal(text=text)


def _field(template: str, name: str, spec: str, conversion: str | None) -> Field:
    if name not in (*_TEXTS, *_NUMBERS):
        raise template_error(template, f"there is no field {name!r}; known are {', '.join((*_TEXTS, *_NUMBERS))}")
    if conversion or (spec if name in _TEXTS else not _NUMBER_SPEC.fullmatch(spec)):
        raise template_error(template, f"{name} cannot be written that way; numbers take a width, as in {{number:02}}")
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
