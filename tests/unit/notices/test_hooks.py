"""Programs that are run with a message: real ones, that do well, fail, hang, flood, or are not there."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.errors import AniworldDlError, HookFailedError, HookNotStartedError, HookTimeoutError
from aniworld_dl.notices.courier import _may_pass, sender_of
from aniworld_dl.notices.message import message
from aniworld_dl.notices.program import MOST_OUTPUT_BYTES, Order, run_program
from tests.fakes.clock import FakeClock
from tests.unit.notices.post_office import means_of, targets_of

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings

MESSAGE = message("0" * 32, "job.completed", 1.0, "Nordlicht: all 2 episodes are there. ✓", {})


def order(script: str, folder: Path, stdin: bytes = b"", environment: dict[str, str] | None = None) -> Order:
    command = (sys.executable, "-I", "-c", script)
    return Order(command=command, stdin=stdin, folder=folder, environment=environment or {}, timeout_s=60.0)


async def send(settings: Settings, folder: Path, script: str, clock: FakeClock | None = None) -> AniworldDlError | None:
    (target,) = targets_of(mine={"kind": "hook", "command": [sys.executable, "-I", "-c", script]}).values()
    try:
        await sender_of("mine", target, means_of(settings, clock or FakeClock(), folder)).send(MESSAGE)
    except AniworldDlError as error:
        return error
    return None


async def test_a_hook_gets_the_message_and_no_secret(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANIWORLD_DL_API_KEY", "a-secret-key")
    script = (
        "import json, os, sys; got = json.load(sys.stdin.buffer); "
        "json.dump([got, sorted(os.environ), os.getcwd(), os.getpgid(0) == os.getpid()], open('out', 'w'))"
    )
    folder = tmp_path / "notices"
    assert await send(settings, folder, script) is None
    got, names, cwd, leads_its_group = json.loads((folder / "out").read_text())
    assert (got, cwd, leads_its_group) == (MESSAGE, str(folder), True)
    assert not [name for name in names if name.startswith("ANIWORLD_DL_")]


async def test_a_hook_that_fails_is_recorded_with_its_code_and_not_run_again(
    settings: Settings, tmp_path: Path
) -> None:
    error = await send(settings, tmp_path, "import sys; print('first', flush=True); sys.exit('no such folder')")
    assert isinstance(error, HookFailedError)
    assert dict(error.params) == {"target": "mine", "exit_code": 1, "output": "no such folder"}
    assert not _may_pass(error)
    later = await send(settings, tmp_path, "raise SystemExit(75)")
    assert isinstance(later, HookFailedError)
    assert _may_pass(later)


async def test_a_hook_that_is_not_there_may_come_back(settings: Settings, tmp_path: Path) -> None:
    (target,) = targets_of(mine={"kind": "hook", "command": ["/no/such/program"]}).values()
    with pytest.raises(HookNotStartedError, match="No such file") as caught:
        await sender_of("mine", target, means_of(settings, FakeClock(), tmp_path)).send(MESSAGE)
    assert _may_pass(caught.value)


async def test_a_hook_that_hangs_is_ended_with_all_it_has_started(settings: Settings, tmp_path: Path) -> None:
    """Neither it nor its child listens to a polite request."""
    script = (
        "import os, signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "child = subprocess.Popen([sys.executable, '-I', '-c', 'import time; time.sleep(600)']); "
        "open('pids.part', 'w').write(f'{os.getpid()} {child.pid}'); "
        "os.rename('pids.part', 'pids'); time.sleep(600)"
    )
    clock = FakeClock()
    sending = asyncio.create_task(send(settings, tmp_path, script, clock))
    while not (tmp_path / "pids").exists():
        await asyncio.to_thread(os.sched_yield)
    await clock.run(59.0)
    assert not sending.done()
    await clock.run(1.5)
    await clock.run(2.5)
    error = await sending
    assert isinstance(error, HookTimeoutError)
    assert not _may_pass(error)
    for pid in map(int, (tmp_path / "pids").read_text().split()):
        while _runs(pid):
            await asyncio.to_thread(os.sched_yield)


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - no file
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_a_hook_whose_caller_is_cancelled_is_ended(tmp_path: Path) -> None:
    script = "import os, time; open('part', 'w').write(str(os.getpid())); os.rename('part', 'pid'); time.sleep(600)"
    running = asyncio.create_task(run_program(order(script, tmp_path), FakeClock()))
    while not (tmp_path / "pid").exists():
        await asyncio.to_thread(os.sched_yield)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not _runs(int((tmp_path / "pid").read_text()))


async def test_a_hook_that_floods_and_reads_nothing_ends_well(tmp_path: Path) -> None:
    script = "import sys; sys.stdin.close(); [sys.stdout.write('x' * 65536) for _ in range(64)]"
    ended = await run_program(order(script, tmp_path, stdin=b"y" * (1 << 20)), FakeClock())
    assert (ended.exit_code, len(ended.output)) == (0, MOST_OUTPUT_BYTES)


async def test_what_a_hook_leaves_running_goes_with_it(tmp_path: Path) -> None:
    """Also when it holds the output open."""
    script = (
        "import subprocess, sys; "
        "child = subprocess.Popen([sys.executable, '-I', '-c', 'import time; time.sleep(600)']); "
        "print(child.pid)"
    )
    clock: Any = FakeClock()
    running = asyncio.create_task(run_program(order(script, tmp_path), clock))
    while not running.done():
        await asyncio.to_thread(os.sched_yield)
        if 2.0 in clock.slept:
            clock.advance(2.0)
    ended = await running
    assert ended.exit_code == 0
    while _runs(int(ended.output)):
        await asyncio.to_thread(os.sched_yield)
