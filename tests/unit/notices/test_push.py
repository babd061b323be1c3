"""Apprise for real, in its process, against its `json://` target on this machine."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import NoticeRefusedError, NotifierMissingError
from aniworld_dl.notices import push, senders
from aniworld_dl.notices.courier import sender_of
from aniworld_dl.notices.message import message
from aniworld_dl.notices.program import Ended
from aniworld_dl.providers.child.rules import Rules
from tests.fakes.clock import FakeClock
from tests.fakes.receiver import Reply, open_receiver
from tests.unit.notices.post_office import means_of, targets_of

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings
    from aniworld_dl.notices.program import Order

pytestmark = pytest.mark.timeout(60)  # the library takes long to be imported

WORDS = message("0" * 32, "job.incomplete", 1.0, "Nordlicht: 1 of 2 episodes are there.\n- S01E02: gone ✗", {})


async def send(settings: Settings, folder: Path, url: str) -> None:
    (target,) = targets_of(phone={"kind": "apprise", "url": url}).values()
    await sender_of("phone", target, means_of(settings, FakeClock(), folder)).send(WORDS)


async def test_apprise_sends_title_and_text(settings: Settings, tmp_path: Path) -> None:
    async with open_receiver() as receiver:
        await send(settings, tmp_path, f"{receiver.url.replace('http', 'json')}/in")
        (got,) = receiver.got
        body = json.loads(got.body)
        assert (got.path, body["title"], body["message"], body["type"]) == (
            "/in",
            "Nordlicht: 1 of 2 episodes are there.",
            "- S01E02: gone ✗",
            "warning",
        )
        strict = settings.model_copy(update={"allowed_private_networks": []})
        with pytest.raises(NoticeRefusedError, match="allowed_private_networks"):
            await send(strict, tmp_path, f"{receiver.url.replace('http', 'json')}/in")
        assert len(receiver.got) == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the library's own
async def test_what_came_of_it_is_an_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    under: list[Rules] = []
    order: dict[str, Any] = {"rules": Rules().document(), "title": "t", "body": "b", "kind": "info"}

    async def pushed(url: str) -> int:
        return await asyncio.to_thread(push.push, {**order, "url": url}, under.append)

    async with open_receiver() as receiver:
        receiver.replies = [Reply(), Reply(status=400)]
        url = receiver.url.replace("http", "json")
        assert [await pushed(url), await pushed(url), await pushed("nonsense://x")] == [
            push.SENT,
            push.REFUSED,
            push.UNKNOWN,
        ]
    assert under == [Rules()] * 3
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert await pushed(url) == push.MISSING


async def test_what_goes_wrong_is_said_without_the_address(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ended(order: Order, clock: object) -> Ended:
        assert "127.0.0.1" not in " ".join(order.command)  # where everybody on the machine could read it
        return Ended(exit_code=codes.pop(0), output="json://127.0.0.1")

    codes = [push.MISSING, push.UNKNOWN, None]
    monkeypatch.setattr(senders, "run_program", ended)
    with pytest.raises(NotifierMissingError, match=r"pip install \"aniworld-dl\[notify\]\""):
        await send(settings, tmp_path, "json://127.0.0.1")
    with pytest.raises(NoticeRefusedError, match="phone did not take the message: its url is none that Apprise knows"):
        await send(settings, tmp_path, "json://127.0.0.1")
    with pytest.raises(NoticeRefusedError, match="no answer within 60 s"):
        await send(settings, tmp_path, "json://127.0.0.1")
