"""The settings on the wire, taken from the settings themselves so that no name is written twice."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, create_model

from aniworld_dl.config import RUNTIME_SETTINGS, SECRET_SETTINGS, Settings

_EXAMPLE: Final = {"max_concurrent_downloads": 5, "bandwidth_limit_bytes_per_s": 2_000_000}

_FIELDS: Final[dict[str, Any]] = {
    name: (field.annotation, Field(description=field.description))
    for name, field in Settings.model_fields.items()
    if name not in SECRET_SETTINGS
}

SettingsOut: Final[type[BaseModel]] = create_model(
    "SettingsOut",
    __config__=ConfigDict(extra="forbid"),
    __doc__="The settings in force, by the same names as everywhere; none that is secret, but whether there is a key.",
    **_FIELDS,
    api_key_set=(bool, ...),
)


def settings_patch_schema() -> dict[str, Any]:
    """Return the JSON schema of what can be changed while the service runs, taken from the settings themselves."""
    properties = Settings.model_json_schema()["properties"]
    chosen = {name: {k: v for k, v in properties[name].items() if k != "default"} for name in RUNTIME_SETTINGS}
    return {
        "title": "SettingsPatch",
        "type": "object",
        "properties": chosen,
        "additionalProperties": False,
        "examples": [_EXAMPLE],
    }
