"""Runs `aniworld-dl` with a limit of the system: `python limited.py RLIMIT_NOFILE 44 get ...`."""

from __future__ import annotations

import resource
import runpy
import sys

if __name__ == "__main__":
    limit = int(sys.argv[2])
    resource.setrlimit(getattr(resource, sys.argv[1]), (limit, limit))
    del sys.path[0], sys.argv[1:3]
    runpy.run_module("aniworld_dl", run_name="__main__", alter_sys=True)
