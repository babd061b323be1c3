"""The server that everything is fetched from: nginx on this machine, plain or with TLS, at any rate per connection."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aniworld_dl.demo.authority import Authority
from tests.acceptance.nginx import free_port, running_nginx

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST: Final = "127.0.0.1"
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

    def behind(self, port: int) -> Origin:
        """Return the same server as it is reached over TLS through a relay."""
        return replace(self, https_port=port)


@contextlib.contextmanager
def serve(root: Path, *, rate_bytes_per_s: int | None = None) -> Iterator[Origin]:
    """Serve `root` until the block ends; the rate bounds each connection."""
    prefix = Path(tempfile.mkdtemp(prefix="benchmark-origin-"))
    try:
        authority = Authority.create(prefix)
        ca_file = prefix / "authority.pem"
        ca_file.write_bytes(authority.pem)
        origin = Origin(http_port=free_port(), https_port=free_port(), ca_file=ca_file)
        text = _CONFIG.format(
            prefix=prefix,
            certificate=authority.chain([HOST]),
            host=HOST,
            http_port=origin.http_port,
            https_port=origin.https_port,
            root=root,
            rate=rate_bytes_per_s or 0,
            user="" if os.geteuid() else "user root root;",
        )
        with running_nginx(text, prefix, origin.https_port):
            yield origin
    finally:
        shutil.rmtree(prefix, ignore_errors=True)
