"""Connections that end with a reset."""

from __future__ import annotations

import socket
import struct
import sys
from typing import Final

_NO_LINGER: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""SO_LINGER on, with 0 s: closing sends RST."""


def reset_on_close(sock: socket.socket) -> None:
    """Let a socket send RST when it is closed, and nothing that it has not sent yet."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
