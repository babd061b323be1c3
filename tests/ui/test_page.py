"""The page itself: live, honest when it is not, in two languages, on every screen, whatever a title says."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING, Final

import pytest
from playwright.async_api import expect

from aniworld_dl.demo.faults import Fault, FaultKind
from aniworld_dl.demo.series import KUPFERWALD
from tests.acceptance.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from aniworld_dl.demo.origin import Origin
    from tests.ui.app import App

    OpenApp = Callable[..., AbstractAsyncContextManager[App]]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]

PHONE: Final = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
HOSTILE: Final = "<img src=x onerror=alert(1)>"
LONG: Final = "Wanderlustwolkenkratzer" * 13
ARABIC: Final = "مغامرات في المدينة القديمة 🏮"


async def test_what_one_page_does_is_seen_in_another(
    app: App, open_app: OpenApp, origin: Origin, service: Service
) -> None:
    origin.faults.add(Fault(kind=FaultKind.GATE, path="*.ts", times=None))
    async with open_app(service.base_url) as other:
        await app.add("Seen twice", origin.url(KUPFERWALD.media(1)))
        await expect(other.job("Seen twice")).to_be_visible()
        await other.button("Pause Seen twice").click()
        await expect(app.badge("Seen twice")).to_have_text("Paused")
        await other.only("Cancelled")
        await app.button("Cancel Seen twice").click()
        await expect(other.badge("Seen twice")).to_have_text("Cancelled")


async def test_the_queue_is_controlled_live(app: App, open_app: OpenApp, service: Service) -> None:
    """Slots, bandwidth and pause take effect at once, here and in another page."""
    async with open_app(service.base_url) as other:
        await app.button("One more parallel download").click()
        await expect(other.page.get_by_label("Parallel downloads", exact=True)).to_have_value("7")
        await app.page.get_by_label("Bandwidth limit").fill("2.5")
        await app.page.get_by_label("Bandwidth limit").press("Enter")
        await expect(other.page.get_by_label("Bandwidth limit")).to_have_value("2.5")
        await app.button("Pause the queue").click()
        await other.button("Resume the queue").click()
        await expect(app.button("Pause the queue")).to_be_visible()
    settings = await service.get("/api/settings")
    assert (settings["max_concurrent_downloads"], settings["bandwidth_limit_bytes_per_s"]) == (7, 2_500_000)
    await app.page.get_by_label("Parallel downloads", exact=True).fill("6")
    # what else changes meanwhile leaves alone what is being typed
    await service.client.patch("/api/settings", json={"bandwidth_limit_bytes_per_s": None})
    await expect(app.page.get_by_label("Bandwidth limit")).to_have_value("")
    await app.page.get_by_label("Parallel downloads", exact=True).press("Enter")
    await expect(app.page.get_by_role("banner").get_by_text("of 6")).to_be_visible()


async def test_a_refused_setting_is_told_and_taken_back(app: App) -> None:
    await app.page.get_by_label("Bandwidth limit").fill("0.0001")
    await app.page.get_by_label("Bandwidth limit").press("Enter")
    await expect(app.page.get_by_role("log").get_by_text("cannot be used")).to_be_visible()
    await expect(app.page.get_by_label("Bandwidth limit")).to_have_value("")


async def test_hostile_and_strange_titles_are_text(app: App, service: Service) -> None:
    for title in (HOSTILE, LONG, ARABIC):
        job = await service.add(title, "http://127.0.0.1:9/a.m3u8", paused=True)
        await expect(app.page.get_by_role("heading", name=title, exact=True)).to_have_text(title)
        width, window = await app.widths()
        assert width <= window
        await service.client.delete(f"/api/jobs/{job['id']}")
    await expect(app.page.locator("main img")).to_have_count(0)


@pytest.mark.parametrize("locale", ["en", "de"])
async def test_nothing_scrolls_sideways_on_a_phone(
    open_app: OpenApp, service: Service, origin: Origin, locale: str
) -> None:
    """Long and hostile titles, unfolded episodes, open controls, ended ones."""
    origin.faults.add(Fault(kind=FaultKind.GATE, path="*.ts", times=None))
    urls = [origin.url(KUPFERWALD.media(number)) for number in (1, 2, 3)]
    languages = {HOSTILE: "German", LONG: "English"}  # the same in another language is no duplicate
    jobs = [await service.add(title, *urls, language=language) for title, language in languages.items()]
    async with open_app(service.base_url, **PHONE, locale=locale) as phone:
        await expect(phone.job(LONG).get_by_role("progressbar")).to_have_count(4)
        for card in (HOSTILE, LONG):
            await phone.job(card).get_by_role("button", name=re.compile("Show all|zeigen")).click()
        await expect(phone.row(LONG, "S01E03")).to_be_visible()
        assert await phone.widths() == (360, 360)
        await phone.page.get_by_role("button", name=re.compile("Controls|Steuerung")).click()
        await expect(phone.page.get_by_label(re.compile("Bandwidth limit|Bandbreite"))).to_be_visible()
        assert await phone.widths() == (360, 360)
        await service.client.post(f"/api/jobs/{jobs[0]['id']}/cancel")
        await service.client.post(f"/api/jobs/{jobs[1]['id']}/cancel")
        await phone.page.get_by_role("button", name=re.compile("^(Cancelled|Abgebrochen)")).click()
        await expect(phone.job(LONG)).to_be_visible()
        assert await phone.widths() == (360, 360)
        for job in jobs:
            await service.client.delete(f"/api/jobs/{job['id']}")
    origin.faults.clear()


async def test_fingers_find_large_buttons(open_app: OpenApp, service: Service) -> None:
    """Every button of a touch screen is at least 44 px in both directions."""
    async with open_app(service.base_url, **PHONE) as phone:
        await service.add("Under a finger", "http://127.0.0.1:9/a.m3u8", paused=True)
        await expect(phone.job("Under a finger")).to_be_visible()
        await phone.button("Controls").click()
        for button in await phone.page.get_by_role("button").all():
            box = await button.bounding_box()
            assert box is None or min(box["width"], box["height"]) >= 44


async def test_the_language_is_the_browsers_and_can_be_switched(open_app: OpenApp, service: Service) -> None:
    async with open_app(service.base_url, locale="de-AT", viewport={"width": 1600, "height": 900}) as app:
        await expect(app.page.get_by_role("link", name="Warteschlange")).to_be_visible()
        await app.page.get_by_label("Sprache").first.select_option("en")
        await expect(app.page.get_by_role("link", name="Queue")).to_be_visible()
        await expect(app.page.locator("html")).to_have_attribute("lang", "en")
        await app.page.reload()
        await expect(app.page.get_by_role("link", name="Queue")).to_be_visible()


async def test_the_theme_follows_the_system_until_one_is_chosen(open_app: OpenApp, service: Service) -> None:
    async with open_app(service.base_url, color_scheme="dark") as app:
        ground = "getComputedStyle(document.body).backgroundColor"
        dark = await app.page.evaluate(ground)
        await app.button("Theme: automatic. Change").click()
        await expect(app.page.locator("html")).to_have_attribute("data-theme", "light")
        assert await app.page.evaluate(ground) != dark
        await app.page.reload()
        await expect(app.button("Theme: light. Change")).to_be_visible()


async def test_a_lost_service_is_told_and_found_again(open_app: OpenApp, origin: Origin, tmp_path: Path) -> None:
    """One that hangs: the page says that it waits, and what was wanted happens in the end.

    Killed and started again at the same port: the page says so, comes back by itself and shows the truth.
    """
    origin.faults.add(Fault(kind=FaultKind.GATE, path="*.ts", times=None))
    async with Service(tmp_path) as first:
        port = first.base_url.rpartition(":")[2]
        async with open_app(first.base_url) as app:
            await expect(app.page.get_by_text("Nothing is waiting")).to_be_visible()
            await app.add("Survivor", origin.url(KUPFERWALD.media(1)))
            await expect(app.badge("Survivor")).to_have_text("Downloading")
            await app.page.clock.install()
            first.process.send_signal(signal.SIGSTOP)
            await app.button("Pause Survivor").click()
            await app.page.clock.fast_forward(3_100)
            await expect(app.page.get_by_role("log").get_by_text("Still waiting")).to_be_visible()
            first.process.send_signal(signal.SIGCONT)
            await expect(app.badge("Survivor")).to_have_text("Paused")
            await expect(app.page.get_by_role("log").get_by_text("Still waiting")).to_be_hidden()
            await app.button("Resume Survivor").click()
            await expect(app.badge("Survivor")).to_have_text("Downloading")
            await first.kill()
            await expect(app.page.get_by_text("Disconnected since")).to_be_visible()
            await expect(app.page).to_have_title("(disconnected) aniworld-dl")
            await app.button("Pause Survivor").click()
            await expect(app.page.get_by_role("log").get_by_text("does not answer")).to_be_visible()
            async with Service(tmp_path, "--port", port) as again:
                await expect(app.page.get_by_text("Disconnected since")).to_be_hidden()
                await expect(app.badge("Survivor")).to_have_text("Downloading")
                await again.add("Added meanwhile", origin.url(KUPFERWALD.media(2)))
                await expect(app.job("Added meanwhile")).to_be_visible()
                origin.faults.clear()
                await expect(app.job("Survivor")).to_be_hidden()


async def test_the_key_is_asked_for_and_kept_also_below_a_path(
    open_app: OpenApp, origin: Origin, tmp_path: Path
) -> None:
    """A wrong key is asked for again; a kept one survives a new tab. Behind a proxy's prefix all addresses hold."""
    key = "kühl & sicher +/"
    environment = {"ANIWORLD_DL_API_KEY": key, "ANIWORLD_DL_BASE_PATH": "/down/loads"}
    async with Service(tmp_path, env=environment) as service, open_app(f"{service.base_url}/down/loads") as app:
        field = app.page.get_by_role("dialog").get_by_label("API key")
        for given in ("not the key", key):
            await expect(field).to_have_value("")
            await field.fill(given)
            await app.page.get_by_label("Remember on this device").check()
            await app.button("Use this key").click()
        await expect(app.page.get_by_role("dialog")).to_be_hidden()
        await app.show(re.compile("^Add"))
        await app.fill("With a key", origin.url(KUPFERWALD.media(1)))
        await app.button("Add to the queue").click()
        await expect(app.page.get_by_label("Search titles")).to_be_visible()  # it may end before anyone has seen it
        tab = await app.page.context.new_page()
        await tab.goto(f"{app.url}#/queue?q=with+a&status=completed")
        await expect(tab.get_by_role("rowgroup", name="With a key").locator(".badge")).to_have_text("Completed")


async def test_a_late_refusal_of_an_older_key_asks_for_nothing(open_app: OpenApp, tmp_path: Path) -> None:
    """A request that was under way with the key of before is refused after a new key was given: that one stands."""
    async with Service(tmp_path) as service, open_app(service.base_url) as app:
        asked = await app.page.evaluate("""async () => {
            const main = document.querySelector('[src$="main.js"]').src;
            const { keyWanted, request, useKey } = await import(new URL('api.js', main));
            const refuse = [];
            const refusal = () => new Response('', { status: 401 });
            const real = window.fetch;
            window.fetch = (url, options) => String(url).endsWith('/api/x')
                ? new Promise((resolve) => refuse.push(() => resolve(refusal()))) : real(url, options);
            const late = request('GET', 'x').catch(() => keyWanted.peek());
            useKey('the new key', false);
            refuse[0]();
            const afterLate = await late;
            const again = request('GET', 'x').catch(() => keyWanted.peek());
            refuse[1]();
            return [afterLate, await again];
        }""")
    assert asked == [False, True]
