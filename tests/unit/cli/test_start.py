"""What happens before a command begins."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from aniworld_dl.cli.output import told_if_refused

_CODE = """
import os, sys
from aniworld_dl.__main__ import open_standard_files
open_standard_files()
import uvloop
uvloop.new_event_loop().close()
print("one", file=sys.stdout, flush=True)
opened = {os.path.realpath(f"/proc/self/fd/{number}") for number in {numbers}}
sys.exit(sys.stdin.read() or opened != {"/dev/null"})
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks into /proc")
@pytest.mark.parametrize(("closed", "numbers"), [("<&-", [0]), ("<&- >&-", [0, 1]), ("<&- >&- 2>&-", [0, 1, 2])])
def test_closed_standard_files_are_opened_to_nothing(closed: str, numbers: list[int]) -> None:
    """A caller may close them; the event loop would abort the program if it got one of their numbers."""
    code = _CODE.replace("{numbers}", str(numbers))
    shell = ["sh", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, code]
    ended = subprocess.run(shell, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no /dev/full")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["get", "--help"],
        ["get", "--json", "http://127.0.0.1:9/S01E01.m3u8"],
        ["get", "--dry-run", "http://127.0.0.1:9/S01E01.m3u8"],
    ],
    ids=" ".join,
)
def test_output_that_cannot_be_written_is_told_in_one_line(tmp_path: Path, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "aniworld_dl", *arguments]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60, cwd=tmp_path
        )
    words = "aniworld-dl: error: the output cannot be written: No space left on device\n"
    assert (ended.returncode, ended.stderr) == (1, words)


def test_a_reader_that_goes_away_before_the_end_is_no_fault() -> None:
    """What is printed is still in memory when it goes."""
    code = "from aniworld_dl.cli.output import told_if_refused\nwith told_if_refused(): print(input())"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        program.stdout.close()
        _, complaints = program.communicate(b"line\n", timeout=60)
    assert (program.returncode, complaints) == (1, b"")


@pytest.mark.parametrize(
    "error", [OSError(errno.ECONNRESET, "reset"), OSError(errno.ENOSPC, "full", "a file")], ids=["socket", "file"]
)
def test_errors_that_are_not_those_of_the_output_go_on(error: OSError) -> None:
    with pytest.raises(OSError, match=str(error.strerror)), told_if_refused():
        raise error
