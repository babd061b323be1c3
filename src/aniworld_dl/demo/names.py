"""Host names whose addresses change, as a resolver for the HTTP client."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Names:
    """Knows the names it was told; each look-up of one takes the next of its answers, and the last one stays.

    It has the form of the client's `Resolver`. An answer without an address is a name server that fails.
    """

    def __init__(self) -> None:
        self._answers: dict[str, list[Sequence[str]]] = {}

    def put(self, host: str, *answers: Sequence[str]) -> None:
        """Let `host` have these answers, one look-up after the other."""
        self._answers[host] = list(answers)

    def drop(self, host: str) -> None:
        """Forget a name."""
        del self._answers[host]

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the next answer for a name.

        Raises:
            OSError: it has none.
        """
        answers = self._answers.get(host, [()])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if not answer:
            raise socket.gaierror(socket.EAI_AGAIN, f"no address for port {port}")
        return answer
