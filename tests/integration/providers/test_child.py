"""Whatever a library does in the child process of its provider, the service goes on and says what came of it."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from aniworld_dl.confine.walls import confinement
from aniworld_dl.errors import (
    NoEpisodesError,
    ProviderFailedError,
    ProviderStoppedError,
    ProviderTimeoutError,
)
from aniworld_dl.providers.child.keeper import Child
from aniworld_dl.providers.child.process import MOST_ABANDONED
from aniworld_dl.providers.child.rules import Rules

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aniworld_dl.demo.origin import Origin

STUNTS = "tests.integration.providers.stunts"


@pytest.fixture
async def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Child]:
    monkeypatch.setenv("SECRET_TOKEN", "hidden")
    made = Child("messy", tmp_path / "home", Rules(processor_s=1))
    yield made
    await made.aclose()


async def do(child: Child, stunt: str, timeout_s: float = 15, **arguments: Any) -> Any:
    return await child.call(f"{STUNTS}:{stunt}", arguments, timeout_s=timeout_s)


async def appears(path: Path) -> None:
    """Wait until another process has made the file."""
    while not path.exists():  # noqa: ASYNC110 - no event comes from there
        await asyncio.sleep(0)


async def test_it_is_started_once_and_kept(child: Child) -> None:
    assert child.pid is None
    assert await do(child, "echo", a=[1, "ü", None]) == {"a": [1, "ü", None]}
    pid = child.pid
    assert (await do(child, "facts"))["pid"] == pid == child.pid


async def test_it_sees_no_secrets_and_lives_in_its_own_folder(child: Child, tmp_path: Path) -> None:
    facts = await do(child, "facts")
    assert "SECRET_TOKEN" not in facts["environment"]
    assert facts["cwd"] == facts["home"] == str(tmp_path / "home")
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not confinement().landlock_version, reason="this kernel has no Landlock")
async def test_it_writes_in_its_own_folder_alone_and_reads_nothing_of_users(child: Child, tmp_path: Path) -> None:
    """It keeps to that by no manners of Python's: not in a thread, nor in what it starts."""
    (tmp_path / "queue.sqlite3").write_text("keys")
    found = await do(child, "escape", home=str(tmp_path / "home"), outside=str(tmp_path))
    assert found == {
        "write at home": "done",
        "write outside": "PermissionError",
        "read outside": "PermissionError",
        "list outside": "PermissionError",
        "read the service": "PermissionError",
        "end the service": "PermissionError",
        "resolve a name": "done",
        "no new privileges": 1,
        "open files": 256,
    }


@pytest.mark.parametrize(
    ("stunt", "reason"),
    [
        ("nonsense", "TypeError"),
        ("leave", "SystemExit: enough"),
        ("grow", "MemoryError"),
        ("no_such_stunt", "AttributeError"),
        ("run_program", "no other programs may be started here"),
    ],
)
async def test_what_a_library_raises_is_told_by_the_providers_name(child: Child, stunt: str, reason: str) -> None:
    with pytest.raises(ProviderFailedError) as caught:
        await do(child, stunt)
    assert caught.value.params["provider"] == "messy"
    assert reason in str(caught.value.params["reason"])
    assert await do(child, "echo", a=1) == {"a": 1}


async def test_our_own_errors_come_through(child: Child) -> None:
    with pytest.raises(NoEpisodesError) as caught:
        await do(child, "refuse")
    assert caught.value.params == {"url": "https://a.example/"}


async def test_what_a_library_prints_is_no_answer(tmp_path: Path) -> None:
    child = Child("loud", tmp_path, Rules(may_start_programs=True))
    assert await do(child, "babble") == "said"
    await child.aclose()
    assert "this is no answer" in (tmp_path / "child.log").read_text()


async def test_killed_in_mid_call_it_comes_back_and_the_call_is_answered(child: Child, tmp_path: Path) -> None:
    gate = tmp_path / "home" / "gate"
    call = asyncio.create_task(do(child, "wait_for", path=str(gate)))
    await appears(tmp_path / "home" / "gate.began")
    before = child.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    gate.touch()
    assert await call == str(gate)
    assert child.pid not in {None, before}


async def test_one_that_ends_itself_is_asked_once_more(child: Child, tmp_path: Path) -> None:
    assert await do(child, "die_once", mark=str(tmp_path / "home" / "mark")) == "again"


@pytest.mark.parametrize(
    ("stunt", "arguments", "reason"),
    [("die", {"code": 3}, "exit code 3"), ("spin", {}, "signal"), ("flood", {}, "it sent what is no answer")],
)
async def test_one_that_always_ends_is_an_error_and_the_next_call_works(
    child: Child, stunt: str, arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ProviderStoppedError) as caught:
        await do(child, stunt, **arguments)
    assert reason in str(caught.value.params["reason"])
    assert await do(child, "echo", a=1) == {"a": 1}


async def test_one_that_hangs_is_ended_in_time(child: Child) -> None:
    await do(child, "echo")
    before = child.pid
    with pytest.raises(ProviderTimeoutError) as caught:
        await do(child, "hang", timeout_s=0.05)
    assert caught.value.params["provider"] == "messy"
    assert await do(child, "echo", a=1) == {"a": 1}
    assert child.pid != before


async def test_calls_that_were_left_do_not_block_later_ones(child: Child, tmp_path: Path) -> None:
    pids = set()
    for number in range(MOST_ABANDONED + 1):
        call = asyncio.create_task(do(child, "wait_for", path=str(tmp_path / "home" / f"never-{number}")))
        await appears(tmp_path / "home" / f"never-{number}.began")
        pids.add(child.pid)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await do(child, "echo", a=number) == {"a": number}
    assert len(pids) == 2  # the first was full of them


async def test_an_answer_that_comes_late_is_dropped(child: Child, tmp_path: Path) -> None:
    call = asyncio.create_task(do(child, "wait_for", path=str(tmp_path / "home" / "late")))
    await appears(tmp_path / "home" / "late.began")
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    (tmp_path / "home" / "late").touch()
    assert await do(child, "echo", a=1) == {"a": 1}


async def test_addresses_that_are_not_public_are_refused_there_too(tmp_path: Path, origin: Origin) -> None:
    ip, port = origin.endpoint
    refused, allowed = (
        Child("a", tmp_path / "a", Rules()),
        Child("b", tmp_path / "b", Rules(trusted_endpoints=((ip, port),))),
    )
    try:
        with pytest.raises(ProviderFailedError) as caught:
            await do(refused, "connect", host=ip, port=port)
        assert "not a public address" in str(caught.value)
        assert await do(allowed, "connect", host=ip, port=port) == "connected"
    finally:
        await refused.aclose()
        await allowed.aclose()


async def test_it_ends_with_the_service(child: Child) -> None:
    pid = (await do(child, "facts"))["pid"]
    await child.aclose()
    assert not psutil.pid_exists(pid)
    assert child.pid is None


async def test_a_home_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    child = Child("homeless", tmp_path / "file" / "home")
    with pytest.raises(ProviderStoppedError) as caught:
        await do(child, "echo")
    assert caught.value.params["provider"] == "homeless"
