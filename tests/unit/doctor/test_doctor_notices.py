"""The doctor's look at who is told when a job has ended."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from aniworld_dl.doctor import Finding, notices
from aniworld_dl.errors import NoticeRefusedError
from aniworld_dl.notices.outbox import Outbox
from aniworld_dl.queue.sqlite import SqliteStore
from tests.unit.notices.post_office import targets_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from aniworld_dl.config import Settings


async def test_the_last_result_of_each_target_counts(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    targets = targets_of(
        mine={"kind": "hook", "command": [sys.executable]}, push={"kind": "apprise", "url": "json://x"}
    )

    async def look() -> Finding:
        return await asyncio.to_thread(notices.check_notices, targets, path)

    assert (await look()).code == "notices_ok"  # there is no database yet
    store = await SqliteStore.open(path)
    outbox = Outbox(store.database, targets, settings)
    await outbox.note_trial("push", NoticeRefusedError(target="push", reason="busy"), now=1.0)
    await outbox.note_trial("gone", NoticeRefusedError(target="gone", reason="busy"), now=1.0)
    found = await look()
    assert (found.code, found.params["names"]) == ("notices_failing", "push")
    assert "push did not take the message: busy" in found.text
    await outbox.note_trial("push", None, now=2.0)
    await store.aclose()
    assert (await look()).params == {"names": "mine, push"}
    await asyncio.to_thread(path.write_bytes, b"this is no database" * 100)
    assert (await look()).code == "notices_ok"  # that is for the check of the database


def test_what_cannot_work_is_told_before_it_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = tmp_path / "none"
    assert notices.check_notices(None, database).code == "notices_none"
    program = targets_of(mine={"kind": "hook", "command": ["/no/such"]})
    assert notices.check_notices(program, database).params == {"name": "mine", "program": "/no/such"}
    monkeypatch.setattr(notices, "find_spec", lambda _: None)
    push = targets_of(push={"kind": "apprise", "url": "json://x"})
    assert notices.check_notices(push, database).code == "notices_no_library"
