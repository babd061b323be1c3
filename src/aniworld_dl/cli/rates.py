"""Rates on the command line."""

from __future__ import annotations

from aniworld_dl.errors import ConfigError
from aniworld_dl.rates import bytes_per_s


def parse_rate(text: str) -> int:
    """Return bytes per second for `500K`, `2M`, `1.5M` or `800000`.

    Raises:
        ConfigError: it is no rate.
    """
    try:
        return bytes_per_s(text)
    except ValueError as error:
        raise ConfigError(key="--limit-rate", value=text, mend=str(error)) from error
