"""The page stays live behind proxies that break this or that, and goes back to the best way when it can."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from playwright.async_api import expect

from tests.acceptance.nginx import free_port, running_nginx
from tests.acceptance.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from tests.ui.app import App

    OpenApp = Callable[..., AbstractAsyncContextManager[App]]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]

NOWHERE: Final = "http://127.0.0.1:9/a.m3u8"
CONFIG: Final = """
daemon off;
master_process off;
pid {prefix}/nginx.pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {prefix}/body;
    proxy_temp_path {prefix}/proxy;
    fastcgi_temp_path {prefix}/fastcgi;
    uwsgi_temp_path {prefix}/uwsgi;
    scgi_temp_path {prefix}/scgi;
    server {{
        listen 127.0.0.1:{port};
        {refused}
        location /media/down/ {{
            proxy_pass {service}/;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
        }}
    }}
}}
"""
"""A proxy as people first write it: it knows nothing of WebSocket, and takes the prefix away."""
NO_EVENTS: Final = "location /media/down/api/events { return 403; }"


@contextmanager
def proxy(service: Service, refused: str = "") -> Iterator[str]:
    """Give the address of the page behind a proxy."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="nginx-") as folder:
        text = CONFIG.format(prefix=folder, port=port, service=service.base_url, refused=refused)
        with running_nginx(text, Path(folder), port):
            yield f"http://127.0.0.1:{port}/media/down"


@pytest.mark.parametrize(("refused", "mark"), [("", "live by events"), (NO_EVENTS, "asks every second")])
async def test_behind_a_proxy_without_websocket_changes_still_come(
    open_app: OpenApp, tmp_path: Path, refused: str, mark: str
) -> None:
    """By server-sent events, or by asking where those are refused too; the page says which, and can do everything."""
    async with Service(tmp_path, env={"ANIWORLD_DL_BASE_PATH": "/media/down"}) as service:
        with proxy(service, refused) as url:
            async with open_app(url) as app:
                await expect(app.page.get_by_text(mark, exact=True)).to_be_visible()
                await service.client.post(
                    "/api/jobs", json={"anime_title": "Far", "episode_urls": [NOWHERE], "paused": True}
                )
                await expect(app.badge("Far")).to_have_text("Paused")
                await app.page.get_by_label("Bandwidth limit").fill("2.5")
                await app.page.get_by_label("Bandwidth limit").press("Enter")
                async with open_app(service.base_url + "/media/down") as other:
                    await expect(other.page.get_by_label("Bandwidth limit")).to_have_value("2.5")
                    await expect(other.page.get_by_text(mark, exact=True)).to_be_hidden()
                    await other.job("Far").get_by_role("button", name="Cancel Far").click()
                    await expect(other.job("Far")).to_be_hidden()
                await expect(app.job("Far")).to_be_hidden()


async def test_the_best_way_is_taken_again_when_it_works(open_app: OpenApp, service: Service) -> None:
    """WebSocket fails at first: events it is; when it works again, the page goes back to it by itself."""
    async with open_app(service.base_url) as app:
        await app.page.add_init_script("""
            const Real = WebSocket;
            const real = setInterval;
            window.setInterval = (work, after) => real(work, Math.min(after, 1500));
            window.WebSocket = function (...given) {
                if (!window.mended) given[0] = new URL('api/broken', document.baseURI.replace('http', 'ws'));
                return new Real(...given);
            };
        """)
        await app.page.reload()
        mark = app.page.get_by_text("live by events", exact=True)
        await expect(mark).to_be_visible()
        await app.page.evaluate("window.mended = true")
        await expect(mark).to_be_hidden()
        await service.add("After all", NOWHERE, paused=True)
        await expect(app.badge("After all")).to_have_text("Paused")
