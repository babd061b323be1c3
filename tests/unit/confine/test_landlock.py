"""What is asked of Landlock, by kernels of each age."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import pytest

from aniworld_dl.confine import landlock
from aniworld_dl.confine.landlock import Reach, restrict
from aniworld_dl.confine.libc import no_new_privileges
from aniworld_dl.confine.walls import DEVICES, EVERYTHING, behind, confinement

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NEWEST = landlock.version()
OFFERED = pytest.mark.skipif(not NEWEST, reason="this kernel has no Landlock")


def in_thread(function: Callable[[], dict[str, str]]) -> dict[str, str]:
    """Return what a function does in a thread that ends with it, and with what it has given up."""
    found: dict[str, str] = {}
    thread = threading.Thread(target=lambda: found.update(function()))
    thread.start()
    thread.join()
    return found


def outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"


@OFFERED
@pytest.mark.parametrize("known", range(1, max(NEWEST, 1) + 1))
def test_each_version_keeps_a_thread_to_its_folders(tmp_path: Path, known: int) -> None:
    mine, shown, foreign = tmp_path / "mine", tmp_path / "shown", tmp_path / "foreign"
    for folder in (mine, shown, foreign):
        folder.mkdir()
        (folder / "file").write_text("x")

    def attempts() -> dict[str, str]:
        no_new_privileges()
        reach = Reach(reads=(shown, tmp_path / "gone"), writes=(mine, *DEVICES), network=False)
        assert restrict(reach, known)
        return {
            "write": outcome(lambda: (mine / "new").write_text("x")),
            "to /dev/null": outcome(lambda: open("/dev/null", "w").close()),  # noqa: PTH123 - as programs do
            "read": outcome((shown / "file").read_text),
            "write what is shown": outcome(lambda: (shown / "file").write_text("y")),
            "read what is not": outcome((foreign / "file").read_text),
            "remove what is not": outcome((foreign / "file").unlink),
        }

    assert in_thread(attempts) == {
        "write": "done",
        "to /dev/null": "done",
        "read": "done",
        "write what is shown": "PermissionError",
        "read what is not": "PermissionError",
        "remove what is not": "PermissionError",
    }
    assert (foreign / "file").read_text() == "x"  # who has started the thread has given up nothing


def test_a_kernel_without_it_is_no_fault(tmp_path: Path) -> None:
    assert restrict(Reach(reads=EVERYTHING, writes=(tmp_path,), network=True), known=0) is False


@OFFERED
def test_what_the_kernel_refuses_is_no_fault() -> None:
    """It stacks sixteen restrictions on each other, not more."""
    everything = Reach(reads=EVERYTHING, writes=EVERYTHING, network=True)

    def attempt() -> dict[str, str]:
        no_new_privileges()
        return {str(number): str(restrict(everything)) for number in range(17)}

    assert in_thread(attempt) == {**{str(number): "True" for number in range(16)}, "16": "False"}


def test_what_a_function_returns_or_raises_comes_through_the_walls() -> None:
    everything = Reach(reads=EVERYTHING, writes=EVERYTHING, network=True)
    assert behind(everything, lambda: 7, "seven").result() == 7
    with pytest.raises(ZeroDivisionError):
        behind(everything, lambda: 1 / 0, "none").result()


def test_what_the_system_can_do_is_told() -> None:
    possible = confinement()
    assert possible.landlock_version == NEWEST
    assert possible.network is (sys.platform == "linux")
