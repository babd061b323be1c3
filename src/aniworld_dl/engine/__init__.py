"""The running product without any face: `open_engine` puts it together, `Engine` is what its faces use."""

from aniworld_dl.engine.assembly import open_engine
from aniworld_dl.engine.engine import Engine

__all__ = ["Engine", "open_engine"]
