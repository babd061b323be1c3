"""`aniworld-dl doctor` on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.commands import run_command

if TYPE_CHECKING:
    from pathlib import Path
