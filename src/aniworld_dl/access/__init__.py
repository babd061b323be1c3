"""Who may use the service: keys, passwords, sessions, proxies that log people in; and who changed what."""

from aniworld_dl.access.book import Access
from aniworld_dl.access.callers import LOCAL, Caller, Scope, Way
from aniworld_dl.access.records import Deed
from aniworld_dl.access.trail import Trail

__all__ = ["LOCAL", "Access", "Caller", "Deed", "Scope", "Trail", "Way"]
