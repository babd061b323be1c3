"""What a child process may do, as the parent tells it in the first line it sends."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Bounds of a child process. They hold on Linux; elsewhere those that the system knows."""

    memory_bytes: int = 2048 * _MIB
    """Address space at most (RLIMIT_AS)."""
    processor_s: int = 120
    """Seconds of processor time per call at most (RLIMIT_CPU)."""
    file_bytes: int = 64 * _MIB
    """Size of a file it writes at most (RLIMIT_FSIZE)."""
    allowed_networks: tuple[str, ...] = ()
    """Networks (CIDR) that it may connect to although they are not public."""
    trusted_endpoints: tuple[tuple[str, int], ...] = ()
    """Single (IP address, port) pairs of the same kind."""
    may_start_programs: bool = False
    """Whether it may start other programs, such as a browser."""

    def document(self) -> dict[str, Any]:
        """Return the rules as JSON values."""
        return asdict(self)

    @classmethod
    def of_document(cls, document: dict[str, Any]) -> Rules:
        """Return the rules of such values."""
        lists = {
            "allowed_networks": tuple(document["allowed_networks"]),
            "trusted_endpoints": tuple((ip, port) for ip, port in document["trusted_endpoints"]),
        }
        return cls(**{**document, **lists})
