"""Hands on the queue: selecting, menus, dragging and undo, as a user does them in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from playwright.async_api import expect

from tests.ui.hands import episode, expect_order, menu_item, note, queue, row, statuses, unfold

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.acceptance.service import Service
    from tests.ui.app import App

    OpenApp = Callable[..., AbstractAsyncContextManager[App]]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.process,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="session"),
]

PHONE: Final = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
TITLES: Final = ("Ahorn", "Birke", "Conifer", "Dattel")


async def test_rows_are_selected_with_shift_and_ctrl_and_acted_on_together(still: Service, app: App) -> None:
    for title in TITLES:
        await queue(still, title)
    await row(app, "Birke").click()
    await row(app, "Dattel").click(modifiers=["Shift"])
    await row(app, "Conifer").click(modifiers=["ControlOrMeta"])
    bar = app.page.get_by_role("toolbar", name="Selection")
    await expect(bar.get_by_role("status")).to_have_text("2 selected")
    await expect(row(app, "Birke")).to_have_attribute("aria-selected", "true")
    await expect(row(app, "Conifer")).to_have_attribute("aria-selected", "false")
    await bar.get_by_role("button", name="Pause").click()
    await expect(note(app, "Pause: 2 changed.")).to_be_visible()
    assert await statuses(still) == {"Ahorn": "queued", "Birke": "paused", "Conifer": "queued", "Dattel": "paused"}
    await app.page.keyboard.press("Escape")
    await expect(bar).to_be_hidden()


async def test_what_is_refused_is_told_in_words(still: Service, app: App) -> None:
    job = await queue(still, "Ahorn", episodes=3)
    first = (await still.episodes(job["id"]))[0]
    await still.client.post(f"/api/episodes/{first['id']}/cancel")
    await unfold(app, "Ahorn")
    await episode(app, "S01E01").click()
    await episode(app, "S01E03").click(modifiers=["Shift"])
    await app.page.get_by_role("toolbar", name="Selection").get_by_role("button", name="Pause").click()
    await expect(note(app, "“Pause” is not possible for S01E01: it is “Cancelled”.")).to_be_visible()
    await expect(note(app, "Pause: 2 changed.")).to_be_visible()


async def test_what_vanishes_is_selected_no_longer(still: Service, app: App) -> None:
    jobs = [await queue(still, title) for title in TITLES[:2]]
    await expect(row(app, TITLES[1])).to_be_visible()
    await row(app, "Ahorn").focus()
    await app.page.keyboard.press("ControlOrMeta+a")
    bar = app.page.get_by_role("toolbar", name="Selection")
    await expect(bar.get_by_role("status")).to_have_text("2 selected")
    await still.client.delete(f"/api/jobs/{jobs[0]['id']}")
    await expect(bar.get_by_role("status")).to_have_text("1 selected")


async def test_the_menu_is_used_by_keyboard_and_gives_the_focus_back(still: Service, app: App) -> None:
    await queue(still, "Ahorn")
    await row(app, "Ahorn").focus()
    await app.page.keyboard.press("Shift+F10")
    menu = app.page.get_by_role("menu", name="Ahorn")
    await expect(menu_item(app, "Open")).to_be_focused()
    await app.page.keyboard.press("ArrowUp")
    await expect(menu_item(app, "Remove from the list")).to_be_focused()
    await app.page.keyboard.press("r")
    await expect(menu_item(app, "Rename")).to_be_focused()
    await app.page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await expect(row(app, "Ahorn")).to_be_focused()
    await app.page.keyboard.press("Shift+F10")
    await app.page.keyboard.press("p")
    await app.page.keyboard.press("Enter")
    await expect(app.badge("Ahorn")).to_have_text("Paused")
    await expect(row(app, "Ahorn")).to_be_focused()


async def test_a_long_press_opens_the_menu_inside_the_window(still: Service, open_app: OpenApp) -> None:
    await queue(still, "Ahorn")
    async with open_app(still.base_url, **PHONE) as phone:
        box = await row(phone, "Ahorn").bounding_box()
        assert box is not None
        touch = await phone.page.context.new_cdp_session(phone.page)
        point = {"x": box["x"] + box["width"] - 20, "y": box["y"] + box["height"] - 8}
        await touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
        menu = phone.page.get_by_role("menu", name="Ahorn")
        await expect(menu).to_be_visible()
        await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        await expect(menu).to_be_in_viewport(ratio=1)
        heights = await menu.get_by_role("menuitem").evaluate_all("items => items.map(item => item.offsetHeight)")
        assert min(heights) >= 44
        await menu_item(phone, "Pause").tap()
        await expect(phone.badge("Ahorn")).to_have_text("Paused")


async def test_a_job_is_dragged_by_its_grip(still: Service, app: App, open_app: OpenApp) -> None:
    jobs = {title: (await queue(still, title))["id"] for title in TITLES}
    async with open_app(still.base_url) as other:
        await expect_order(other, *TITLES)
        below = await row(app, "Conifer").bounding_box()
        assert below is not None
        await app.button("Move Ahorn").hover()
        await app.page.mouse.down()
        await app.page.mouse.move(below["x"] + 20, below["y"] + below["height"] - 5, steps=5)
        await expect(app.page.locator(".drop-line")).to_be_visible()
        await app.page.mouse.up()
        for page in (app, other):
            await expect_order(page, "Birke", "Conifer", "Ahorn", "Dattel")
        await app.button("Move Dattel").hover()
        await app.page.mouse.down()
        await app.page.mouse.move(below["x"] + 20, below["y"] - 80, steps=5)
        await app.page.keyboard.press("Escape")
        await app.page.mouse.up()
        await expect(app.page.locator(".drop-line")).to_be_hidden()
        await app.page.keyboard.press("Alt+ArrowUp")
        for page in (app, other):
            await expect_order(page, "Birke", "Conifer", "Dattel", "Ahorn")
    positions = {job["id"]: job["position"] for job in (await still.get("/api/jobs"))["items"]}
    assert sorted(jobs, key=lambda title: positions[jobs[title]]) == ["Birke", "Conifer", "Dattel", "Ahorn"]


async def test_rows_are_moved_by_keyboard_and_it_is_said_where_they_are(still: Service, app: App) -> None:
    for title in TITLES[:3]:
        await queue(still, title)
    await row(app, "Conifer").focus()
    await app.page.keyboard.press("Alt+ArrowUp")
    await expect(app.page.get_by_test_id("announcement")).to_have_text("Conifer is at place 2 of 3.")
    await expect_order(app, "Ahorn", "Conifer", "Birke")
    await expect(row(app, "Conifer")).to_be_focused()
    await app.page.keyboard.press("Alt+Shift+ArrowDown")
    await expect_order(app, "Ahorn", "Birke", "Conifer")
    await app.page.keyboard.press("Alt+ArrowDown")
    await expect(app.page.get_by_test_id("announcement")).to_contain_text("Conifer stays where it is.")


async def test_episodes_are_moved_in_their_job(still: Service, app: App) -> None:
    job = await queue(still, "Ahorn", episodes=3)
    await unfold(app, "Ahorn")
    await episode(app, "S01E03").focus()
    await app.page.keyboard.press("Alt+ArrowUp")
    await expect(app.page.get_by_test_id("announcement")).to_have_text("S01E03 is at place 2 of 3.")
    target = await episode(app, "S01E01").bounding_box()
    assert target is not None
    await app.button("Move S01E02").hover()
    await app.page.mouse.down()
    await app.page.mouse.move(target["x"] + 20, target["y"] + 3, steps=5)
    await app.page.mouse.up()
    places = app.page.locator(".episode-row .place")
    await expect(places).to_have_count(3)
    await expect(app.page.get_by_test_id("announcement")).to_contain_text("S01E02 is at place 1 of 3.")
    assert [each["number"] for each in await still.episodes(job["id"])] == [2, 1, 3]


async def test_what_is_cancelled_and_removed_comes_back(still: Service, app: App) -> None:
    for title in TITLES[:2]:
        await queue(still, title)
    await row(app, "Ahorn").focus()
    await app.page.keyboard.press("c")
    await expect(note(app, "Ahorn: cancelled.")).to_be_visible()
    await expect(app.job("Ahorn")).to_be_hidden()
    await app.button("Undo").click()
    await expect(row(app, "Ahorn")).to_be_visible()
    await row(app, "Birke").focus()
    await app.page.keyboard.press("Delete")
    await expect(app.job("Birke")).to_be_hidden()
    await expect(row(app, "Ahorn")).to_be_focused()
    await app.page.keyboard.press("ControlOrMeta+z")
    await expect(row(app, "Birke")).to_be_visible()
    await expect(note(app, "1 episode is back.")).to_be_visible()
    assert await statuses(still) == {"Ahorn": "queued", "Birke": "queued"}


async def test_what_has_ended_is_cleared_and_another_page_takes_it_back(
    still: Service, app: App, open_app: OpenApp
) -> None:
    job = await queue(still, "Ahorn", episodes=2)
    await still.client.post(f"/api/jobs/{job['id']}/cancel")
    await app.button("More").click()
    await menu_item(app, "Clear what has ended").click()
    await app.page.get_by_role("dialog").get_by_role("button", name="Clear", exact=True).click()
    await expect(note(app, "Cleared 1 download.")).to_be_visible()
    assert await statuses(still) == {}
    async with open_app(still.base_url) as other:
        await other.page.keyboard.press("u")
        line = other.page.get_by_role("dialog").get_by_role("listitem").filter(has_text="Cleared 2 episodes")
        await line.get_by_role("button", name="Undo").click()
        await expect(line).to_be_hidden()
    assert await statuses(still) == {"Ahorn": "cancelled"}
