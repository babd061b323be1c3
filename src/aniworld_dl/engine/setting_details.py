"""Each setting with what a client needs to show and change it: bounds, where its value comes from, where to set it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from aniworld_dl.config import ENV_PREFIX, RUNTIME_SETTINGS, SECRET_SETTINGS, Settings
from aniworld_dl.setting_sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OPTIONS: Final = {
    "host": "--host",
    "port": "--port",
    "download_dir": "--download-dir",
    "data_dir": "--data-dir",
    "max_concurrent_downloads": "--max-concurrent-downloads",
    "max_height": "--max-height",
    "audio_languages": "--audio",
    "subtitle_languages": "--subtitles",
    "tls_cert": "--tls-cert",
    "tls_key": "--tls-key",
}
"""Those that `serve` takes on the command line."""


def setting_details(settings: Settings, configured: Settings) -> list[dict[str, Any]]:
    """Return every setting as it is; `configured` are those that would hold without a change while the service ran."""
    values, before = _json(settings), _json(configured)
    return [
        {
            "name": name,
            "value": None if name in SECRET_SETTINGS else values[name],
            "is_set": values[name] is not None,
            "configured": None if name in SECRET_SETTINGS else before[name],
            "default": _defaults()[name],
            "source": _source(name, configured, changed=values[name] != before[name]).value,
            "live": name in RUNTIME_SETTINGS,
            "secret": name in SECRET_SETTINGS,
            "variable": f"{ENV_PREFIX}{name.upper()}",
            "option": OPTIONS.get(name),
            **_bounds()[name],
        }
        for name in Settings.model_fields
    ]


def _source(name: str, configured: Settings, *, changed: bool) -> Source:
    return Source.RUNTIME if changed else configured.sources.get(name, Source.DEFAULT)


def _json(settings: Settings) -> dict[str, Any]:
    values: dict[str, Any] = settings.model_dump(mode="json")
    return values


@cache
def _defaults() -> Mapping[str, Any]:
    """Return the values of a machine on which nothing is set."""
    found = {name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()}
    return {name: TypeAdapter(Any).dump_python(value, mode="json") for name, value in found.items()}


@cache
def _bounds() -> Mapping[str, Mapping[str, Any]]:
    """Return what values may be, read off the JSON schema."""
    properties = Settings.model_json_schema()["properties"]
    return {name: _bounds_of(list(_variants(schema))) for name, schema in properties.items()}


def _variants(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield schema
    for variant in schema.get("anyOf", ()):
        yield from _variants(variant)


def _bounds_of(variants: list[Mapping[str, Any]]) -> dict[str, Any]:
    kinds = [variant["type"] for variant in variants if "type" in variant]
    least = [variant[name] for variant in variants for name in ("minimum", "exclusiveMinimum") if name in variant]
    most = [variant["maximum"] for variant in variants if "maximum" in variant]
    choices = [choice for variant in variants for choice in variant.get("enum", ())]
    choices += [variant["const"] for variant in variants if "const" in variant]
    return {
        "kind": next((kind for kind in kinds if kind != "null"), "string"),
        "nullable": "null" in kinds,
        "minimum": min(least, default=None),
        "maximum": max(most, default=None),
        "choices": choices,
    }
