"""Single commands of the program, and how they ended."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]

LOOPBACK: Final = {"ANIWORLD_DL_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8", "ANIWORLD_DL_RETRIES_PER_EPISODE": "0"}
"""Lets the program fetch from a server on this machine, and an episode that fails be done with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    status: int
    output: str
    complaints: str

    def lines(self) -> list[Json]:
        """Return its output as one JSON object a line."""
        return [json.loads(line) for line in self.output.splitlines()]
