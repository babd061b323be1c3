"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where the queue's database lives.", show_default=False)
]
