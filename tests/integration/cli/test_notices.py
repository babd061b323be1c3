"""`aniworld-dl notices` against a real service, and what a hook gets when a job has ended there."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.media_samples import TS

if TYPE_CHECKING:
    from collections.abc import Callable

    from aniworld_dl.demo.origin import Origin
    from tests.commands import Ended
    from tests.integration.cli.conftest import Command

pytestmark = pytest.mark.timeout(60)


def test_who_is_told_when_a_job_has_ended(
    start: Callable[..., Any], command: Command, site: Origin, tmp_path: Path
) -> None:
    """A hook gets a test and the end of a job, and one that fails is named: by the command and by the doctor."""
    script = "import pathlib, sys; pathlib.Path(sys.argv[1]).open('ab').write(sys.stdin.buffer.read() + b'\\n')"
    told = tmp_path / "told"
    hook = {"kind": "hook", "command": [sys.executable, "-I", "-c", script, str(told)]}
    fails = {"kind": "hook", "command": [sys.executable, "-I", "-c", "raise SystemExit(3)"], "events": ["queue.held"]}
    with start(notices={"mine": hook, "broken": fails}, max_concurrent_downloads=1) as url:
        notices: Callable[..., Ended] = lambda *rest: command("notices", "--server", url, *rest)  # noqa: E731
        assert "mine (hook), 0 waiting: not yet" in notices("list").output
        both = notices("test")
        assert (both.status, both.output.splitlines()) == (
            1,
            ["mine: it has arrived", "broken: the program of broken ended with exit code 3: "],
        )
        assert json.loads(notices("--json", "test", "mine").output) == {"name": "mine", "ok": True, "error": None}
        listed = json.loads(notices("--json", "list").output)["items"]
        assert [(each["name"], each["error"] and each["error"]["code"]) for each in listed] == [
            ("mine", None),
            ("broken", "hook_failed"),
        ]
        assert "broken (hook), 0 waiting: failed" in notices("list").output
        assert notices("test", "nobody").status == 1
        finding = next(each for each in httpx.get(f"{url}/api/doctor").json()["items"] if each["name"] == "notices")
        assert (finding["code"], finding["params"]["names"]) == ("notices_failing", "broken")
        assert command("queue", "--server", url, "add", site.url(TS), "--title", "Nordlicht").status == 0
        while len(told.read_bytes().splitlines()) < 3:
            time.sleep(0.02)
    *tests, ended = map(json.loads, told.read_bytes().splitlines())
    assert {each["type"] for each in tests} == {"test"}
    assert (ended["type"], ended["data"]["job"]["title"]) == ("job.completed", "Nordlicht")
    (episode,) = ended["data"]["completed"]
    assert Path(episode["path"]).is_file()
    assert ended["data"]["folders"] == [str(tmp_path / "films" / "Nordlicht")]
