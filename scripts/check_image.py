"""Do in a clean folder what the Dockerfile does, start what came of it as a container would, and ask for its health.

For machines without a container engine. The steps are read off the Dockerfile itself: a file that it forgets to copy is
missing here too.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = "/opt/aniworld-dl"
START_S = 60
STOP_S = 30


def main(arguments: Sequence[str]) -> int:
    """Build below the folder that is named, and return the exit status."""
    folder = Path(arguments[0]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    context, installed = folder / "context", folder / "installed"
    context.mkdir(parents=True)
    for instruction, words in first_stage((ROOT / "Dockerfile").read_text(encoding="utf-8")):
        print(instruction, *words, flush=True)
        if instruction == "COPY":
            copy(words, context)
        elif instruction == "RUN":
            command = [word.replace(INSTALLED, str(installed)) for word in words]
            environment = {**os.environ, "PYTHON": sys.executable}
            subprocess.run(command, cwd=context, env=environment, check=True)
    shutil.rmtree(context)
    return try_it(installed, folder)


def first_stage(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the instructions up to the second FROM."""
    stages = 0
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        stages += words[:1] == ["FROM"]
        if words and stages == 1:
            yield words[0], words[1:]


def copy(words: Sequence[str], context: Path) -> None:
    """Copy what stands before the last word to there."""
    *sources, target = words
    for source in sources:
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, context / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, context / target)


def try_it(installed: Path, folder: Path) -> int:
    """Start the service through its entry point, wait for its health, and end it as an engine does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = {
        "PATH": f"{installed / 'bin'}:{os.environ['PATH']}",
        "HOME": str(folder / "data"),
        "PUID": str(os.getuid() or 1000),
        "PGID": str(os.getgid() or 1000),
        "ANIWORLD_DL_PORT": str(port),
        "ANIWORLD_DL_DATA_DIR": str(folder / "data"),
        "ANIWORLD_DL_DOWNLOAD_DIR": str(folder / "downloads"),
    }
    command = ["sh", str(installed / "share" / "entrypoint.sh"), "serve"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        print(service.stdout.readline(), end="", flush=True)
        health = [str(installed / "bin" / "python"), str(installed / "share" / "health.py")]
        answered = subprocess.run(health, env=environment, timeout=START_S, check=False).returncode
        service.send_signal(signal.SIGTERM)
        ended = service.wait(STOP_S)
    print(f"health {answered}, end {ended}")
    return answered or ended


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
