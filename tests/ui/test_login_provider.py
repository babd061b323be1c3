"""Logging in at a provider, in a real browser: cookies that are Strict, redirects between sites, the page's words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from aniworld_dl.api.door import SESSION_COOKIE
from tests.acceptance.nginx import free_port
from tests.acceptance.service import Service
from tests.fakes.identity import CLIENT, SECRET, open_identity
from tests.ui.test_login import dialog

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from playwright.async_api import Route

    from tests.fakes.identity import Identity
    from tests.ui.app import App

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_the_whole_way_through_a_login_at_a_provider(
    open_app: Callable[..., AbstractAsyncContextManager[App]], tmp_path: Path
) -> None:
    """Another site logs people in by its own form: it is down, knows them not, lets them in and out again."""
    async with open_identity(time.time) as identity:
        identity.metadata["end_session_endpoint"] = f"{identity.issuer}/end"
        port = free_port()
        home = f"http://localhost:{port}/down"  # another site than the provider, which is at 127.0.0.1
        async with Service(tmp_path, "--port", str(port), env=environment(identity, home)), open_app(home) as app:
            button = dialog(app).get_by_role("button", name="Log in with Home")
            await expect(button).to_be_focused()
            await app.page.route("**/api/session/oidc", refuse, times=1)
            await button.click()
            await expect(dialog(app).get_by_role("alert")).to_have_text(
                "The login provider cannot be used now: no answer"
            )

            identity.claims["groups"] = ["others"]
            await app.page.goto(f"{home}/#/history")
            await log_in(app, "eve")
            await expect(dialog(app).get_by_role("alert")).to_contain_text("You have an account there, but may not use")
            assert app.page.url == f"{home}/"

            identity.claims["groups"] = ["family"]
            await app.page.goto(f"{home}/#/settings")
            await log_in(app, "ada")
            card = app.page.get_by_role("region", name="Access")
            await expect(card).to_contain_text("You are ada and may administer everything.")
            await expect(dialog(app)).to_be_hidden()
            assert app.page.url == f"{home}/#/settings"
            cookies = [(each["name"], each["sameSite"], each["path"]) for each in await app.page.context.cookies()]
            assert cookies == [(SESSION_COOKIE, "Strict", "/down/")]

            await app.page.reload()
            await expect(card).to_contain_text("You are ada")
            await app.button("Log out").click()
            await expect(button).to_be_visible()
            assert await app.page.context.cookies() == []
            assert (identity.asked("/end"), app.page.url) == (1, f"{home}/")
            app.complaints = [each for each in app.complaints if identity.issuer not in each]


async def refuse(route: Route) -> None:
    problem = {"code": "oidc_unreachable", "params": {"reason": "no answer"}}
    await route.fulfill(status=502, json=problem)


def environment(identity: Identity, home: str) -> dict[str, str]:
    given = {
        "BASE_PATH": "/down",
        "PUBLIC_URL": home,
        "OIDC_ISSUER": identity.issuer,
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_NAME": "Home",
        "OIDC_GROUPS": "family=admin",
    }
    return {f"ANIWORLD_DL_{name}": value for name, value in given.items()}


async def log_in(app: App, account: str) -> None:
    """Go to the provider and say who one is."""
    await dialog(app).get_by_role("button", name="Log in with Home").click()
    await app.page.get_by_label("Account").fill(account)
    await app.button("Let me in").click()
