"""Logging in as a user meets it, and what pages of other origins can make the user's own browser do: nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
from playwright.async_api import expect

from aniworld_dl.access import Access, Scope
from aniworld_dl.access.records import DatabaseRecords
from aniworld_dl.clock import SystemClock
from aniworld_dl.queue.database import Database
from aniworld_dl.queue.examination import DATABASE_FILE
from tests.acceptance.service import Service
from tests.tools import AXE
from tests.ui.foreign import attack, foreign_page
from tests.ui.test_access import EXAMINE, RULES

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from playwright.async_api import Locator

    from tests.ui.app import App

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]

PASSWORD: Final = "correct horse battery"


async def set_password(service: Service, password: str) -> None:
    """Set the password as the command line does, before the service runs or beside it."""
    path = service.data / DATABASE_FILE
    database = await (Database.join(path) if path.exists() else Database.open(path))
    await Access(DatabaseRecords(database), SystemClock()).set_password("admin", Scope.ADMIN, password)
    await database.aclose()


def dialog(app: App) -> Locator:
    return app.page.get_by_role("dialog", name="Log in")


async def log_in(app: App, password: str) -> None:
    await dialog(app).get_by_label("Name").fill("admin")
    await dialog(app).get_by_label("Password").fill(password)
    await dialog(app).get_by_role("button", name="Log in").click()


async def test_the_whole_way_through_a_login(
    open_app: Callable[..., AbstractAsyncContextManager[App]], tmp_path: Path
) -> None:
    """Below a path: in, a key for others, the audit, out by a new password and back to where one was, and out."""
    service = Service(tmp_path, env={"ANIWORLD_DL_BASE_PATH": "/down/loads"})
    await set_password(service, PASSWORD)
    async with service, open_app(f"{service.base_url}/down/loads", bypass_csp=True) as app:
        await expect(dialog(app)).to_be_visible()
        await app.page.add_script_tag(path=AXE.path())
        for scheme in ("light", "dark"):
            await app.page.emulate_media(color_scheme=scheme)
            assert await app.page.evaluate(EXAMINE, RULES) == [], scheme
        fields = "[...document.forms[0].elements].map((field) => field.autocomplete)"
        assert (await app.page.evaluate(fields))[:2] == ["username", "current-password"]
        await log_in(app, "wrong password")
        await expect(dialog(app)).to_contain_text("The name or the password is wrong.")
        await log_in(app, PASSWORD)
        await expect(dialog(app)).to_be_hidden()

        await app.show("Settings")
        card = app.page.get_by_role("region", name="Access")
        await expect(card).to_contain_text("You are admin and may administer everything.")
        await card.get_by_label("What it is for").fill("TV")
        await app.button("Make a key").click()
        key = await card.get_by_label("The new key").input_value()
        headers = {"X-Api-Key": key}
        assert (await service.client.get("/down/loads/api/jobs", headers=headers)).status_code == 200
        assert (await service.client.post("/down/loads/api/queue/pause", headers=headers)).status_code == 403
        await app.button("Revoke the key “TV”").click()
        await app.confirm("Revoke the key")
        await expect(app.button("Revoke the key “TV”")).to_be_hidden()
        assert (await service.client.get("/down/loads/api/jobs", headers=headers)).status_code == 401
        await app.show("Status")
        changes = app.page.get_by_role("region", name="Who changed what")
        await expect(changes.get_by_role("listitem").first).to_contain_text("DELETE /api/keys/{key_id} key_id: 1")

        await refuse_foreign_pages(app, service)

        await set_password(service, "another password")
        await expect(dialog(app)).to_be_visible()
        await log_in(app, "another password")
        await expect(dialog(app)).to_be_hidden()
        assert app.page.url.endswith("/down/loads/#/status")
        await app.show("Settings")
        await app.button("Log out").click()
        await expect(dialog(app)).to_be_visible()
        assert await app.page.context.cookies() == []
        await log_in(app, "another password")
        await expect(dialog(app)).to_be_hidden()
        deeds = await app.page.evaluate("fetch('api/audit').then((answer) => answer.text())")
        assert json.loads(deeds)["items"][1]["action"] == "DELETE /api/session"
        for secret in (PASSWORD, key, "another password"):
            assert secret not in deeds


async def refuse_foreign_pages(app: App, service: Service) -> None:
    """With a session in the browser: neither another port nor another name of this machine gets anything done."""
    target = app.url.partition("#")[0]
    async with foreign_page() as address:
        page = await app.page.context.new_page()
        for url in (address, address.replace("127.0.0.1", "localhost")):
            await page.goto(url)
            assert await attack(page, target) == ({}, [])
        await page.goto(address)
        form = "(url) => { const f = document.forms[0]; f.target = ''; f.action = url; f.submit(); }"
        await page.evaluate(form, f"{target}api/queue/pause")
        await page.wait_for_url("**/api/queue/pause")
        assert "origin_refused" in await page.content()
        await page.close()
    state = "fetch('api/jobs').then(async (a) => [a.status, await (await fetch('api/keys')).json()])"
    status, keys = await app.page.evaluate(state)
    assert (status, keys["total"]) == (200, 0)
    deeds = "fetch('api/audit').then((a) => a.json()).then((a) => a.items)"
    assert {each["action"] for each in await app.page.evaluate(deeds) if each["name"] == "admin"} == {
        "DELETE /api/keys/{key_id}",
        "POST /api/keys",
        "POST /api/session",
    }
