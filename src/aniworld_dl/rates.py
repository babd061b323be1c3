"""Rates as people write them."""

from __future__ import annotations

import re
from typing import Final

LEAST_BYTES_PER_S: Final = 1024
"""A limit below this one would not be a limit but a stop."""

_RATE: Final = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*([KMG]?)(?:i?B)?(?:/s)?", re.IGNORECASE | re.ASCII)
_UNITS: Final = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


def bytes_per_s(text: str) -> int:
    """Return bytes per second for `500K`, `2M`, `1.5M` or `800000`; units are powers of 1024, as in curl and yt-dlp.

    Raises:
        ValueError: it is no rate.
    """
    match = _RATE.fullmatch(text.strip())
    if match is None:
        raise ValueError("write a number of bytes per second, such as 500K or 2M")
    return int(float(match[1]) * _UNITS[match[2].upper()])
