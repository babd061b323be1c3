"""A real web server over a folder, whose log says what was asked for."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.tools import NGINX

if TYPE_CHECKING:
    from collections.abc import Iterator

_START_S: Final = 10.0
_CONFIG: Final = """
daemon off;
master_process off;
pid {prefix}/nginx.pid;
error_log {prefix}/error.log;
events {{ worker_connections 512; }}
http {{
    log_format lines '$status $body_bytes_sent $request_completion "$http_range" $request_method $uri';
    access_log {prefix}/access.log lines;
    types {{
        application/vnd.apple.mpegurl m3u8;
        video/mp2t ts;
        video/mp4 mp4 m4s;
        text/html html;
    }}
    default_type application/octet-stream;
    client_body_temp_path {prefix}/body;
    proxy_temp_path {prefix}/proxy;
    fastcgi_temp_path {prefix}/fastcgi;
    uwsgi_temp_path {prefix}/uwsgi;
    scgi_temp_path {prefix}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        limit_rate {limit_rate};
    }}
}}
"""
_LINE: Final = re.compile(
    r'(?P<status>\d+) (?P<sent>\d+) (?P<whole>OK)? "(?P<range>[^"]*)" (?P<method>\S+) (?P<path>\S+)'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One line of the log. `whole` tells whether the answer was sent to its end."""

    method: str
    path: str
    status: int
    sent_bytes: int
    byte_range: str
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Nginx:
    """A running server."""

    port: int
    prefix: Path

    def url(self, path: str) -> str:
        """Return the address of a path below the folder."""
        return f"http://127.0.0.1:{self.port}/{path.lstrip('/')}"

    def requests(self) -> list[Request]:
        """Return what was asked for so far, in the order in which the answers ended."""
        lines = (self.prefix / "access.log").read_text().splitlines()
        matches = [match for line in lines if (match := _LINE.fullmatch(line))]
        assert len(matches) == len(lines), "a line of the access log was not understood"
        return [
            Request(
                method=match["method"],
                path=match["path"],
                status=int(match["status"]),
                sent_bytes=int(match["sent"]),
                byte_range="" if match["range"] == "-" else match["range"],
                whole=match["whole"] == "OK",
            )
            for match in matches
        ]


@contextlib.contextmanager
def serve_folder(root: Path, *, port: int | None = None, limit_rate: str = "0") -> Iterator[Nginx]:
    """Serve `root` until the block ends; `limit_rate` bounds each connection, such as `100k` (bytes a second)."""
    prefix = Path(tempfile.mkdtemp(prefix="nginx-"))
    try:
        server = Nginx(port=port or free_port(), prefix=prefix)
        text = _CONFIG.format(prefix=prefix, port=server.port, root=root, limit_rate=limit_rate)
        with running_nginx(text, prefix, server.port):
            yield server
    finally:
        shutil.rmtree(prefix, ignore_errors=True)


@contextlib.contextmanager
def running_nginx(text: str, prefix: Path, port: int) -> Iterator[None]:
    """Run nginx by the configuration `text` in the folder `prefix` until the block ends; it is to listen on `port`.

    Raises:
        RuntimeError: it does not; the message holds what it wrote.
    """
    config, errors = prefix / "nginx.conf", prefix / "error.log"
    config.write_text(text)
    command = [NGINX.path(), "-p", str(prefix), "-c", str(config), "-e", str(errors)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait_until_it_listens(process, port)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=10)


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    process.kill()
    raise RuntimeError(f"nginx did not start: {process.communicate()[1].decode()}")


def free_port() -> int:
    """Return a port of the loopback address that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
