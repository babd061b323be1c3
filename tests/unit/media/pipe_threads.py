"""The threads that write into pipes: each ends soon after the child that read."""

from __future__ import annotations

import threading


def threads_end() -> bool:
    """Wait for all of them and tell whether they have ended."""
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("pipe")]
    for thread in threads:
        thread.join(5)
    return not any(thread.is_alive() for thread in threads)
