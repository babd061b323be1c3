"""The server that everything is fetched from: nginx on this machine, plain or with TLS, at any rate per connection."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.acceptance.nginx import free_port
from tests.integration.net.authority import Authority
from tests.tools import NGINX

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST: Final = "127.0.0.1"
_START_S: Final = 10.0
_CONFIG: Final = """
daemon off;
{user}
worker_processes auto;
pid {prefix}/nginx.pid;
error_log {prefix}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000;
    types {{ application/vnd.apple.mpegurl m3u8; video/mp2t ts; video/x-matroska mkv; }}
    client_body_temp_path {prefix}/body;
    proxy_temp_path {prefix}/proxy;
    fastcgi_temp_path {prefix}/fastcgi;
    uwsgi_temp_path {prefix}/uwsgi;
    scgi_temp_path {prefix}/scgi;
    ssl_certificate {certificate};
    ssl_certificate_key {certificate};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:1m;
    server {{
        listen {host}:{http_port};
        listen {host}:{https_port} ssl;
        root {root};
        limit_rate {rate};
    }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A running server over a folder."""

    http_port: int
    https_port: int
    ca_file: Path
    """The certificate of the authority that vouches for it, made for this run."""

    def url(self, scheme: str, path: str) -> str:
        """Return the address of a path below the folder."""
        port = self.https_port if scheme == "https" else self.http_port
        return f"{scheme}://{HOST}:{port}/{path}"


@contextlib.contextmanager
def serve(root: Path, *, rate_bytes_per_s: int | None = None) -> Iterator[Origin]:
    """Serve `root` until the block ends; the rate bounds each connection."""
    prefix = Path(tempfile.mkdtemp(prefix="benchmark-origin-"))
    try:
        authority = Authority.create(prefix)
        ca_file = prefix / "authority.pem"
        ca_file.write_bytes(authority.pem)
        origin = Origin(http_port=free_port(), https_port=free_port(), ca_file=ca_file)
        config = prefix / "nginx.conf"
        config.write_text(
            _CONFIG.format(
                prefix=prefix,
                certificate=authority.chain([HOST]),
                host=HOST,
                http_port=origin.http_port,
                https_port=origin.https_port,
                root=root,
                rate=rate_bytes_per_s or 0,
                user="" if os.geteuid() else "user root root;",
            )
        )
        with _running(config, origin):
            yield origin
    finally:
        shutil.rmtree(prefix, ignore_errors=True)


@contextlib.contextmanager
def _running(config: Path, origin: Origin) -> Iterator[None]:
    errors = config.parent / "error.log"
    command = [NGINX.path(), "-p", str(config.parent), "-c", str(config), "-e", str(errors)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + _START_S
        while not _listens(origin.https_port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nginx did not start: {errors.read_text() if errors.exists() else ''}")
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False
