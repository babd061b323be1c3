"""What all tests share: a profile for hypothesis, and settings that nothing on the tester's machine can reach."""

from __future__ import annotations

import asyncio
import functools
import inspect
import itertools
import logging
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis import strategies as st

import aniworld_dl
from aniworld_dl.config import ENV_PREFIX, Settings
from aniworld_dl.demo.origin import Origin
from tests.media_matrix import Matrix
from tests.media_samples import Samples, make_samples

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

# the same examples in every run, and no verdict from how fast the machine is
hypothesis.settings.register_profile("aniworld_dl", deadline=None, derandomize=True, database=None)
# `--hypothesis-profile=thorough`: many more, and others in every run
hypothesis.settings.register_profile("thorough", deadline=None, database=None, max_examples=2000)
hypothesis.settings.load_profile("aniworld_dl")


def pytest_collection_finish() -> None:
    """Make hypothesis' tables of characters now: it takes seconds that no test should be charged with."""
    st.text(st.characters(categories=["L"])).validate()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of tests that may take long, so that no process is left alone with one in the end.

    What tries many examples runs unwatched: single ones show the same lines, and watching takes twice as long.
    What waits too long is told where it waits, a while before its process would be stopped without a word about that.
    """
    longest: dict[Path, float] = {}
    for item in items:
        marker = item.get_closest_marker("timeout")
        limit = marker.args[0] if marker else 0.0
        longest[item.path] = max(longest.get(item.path, 0.0), limit)
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.obj = _ended_after(0.8 * (limit or float(item.config.getini("timeout"))), item.obj)
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.no_cover)
    items.sort(key=lambda item: -longest[item.path])


def _ended_after(limit_s: float, test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def ended(*args: object, **fixtures: object) -> None:
        async with asyncio.timeout(limit_s):
            await test(*args, **fixtures)

    return ended


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Watch the processes that run tests, not the one that hands them out: nothing of ours runs there."""
    hands_out = session.config.getoption("numprocesses", None) and not hasattr(session.config, "workerinput")
    if hands_out:
        sys.settrace(None)


class Empty:
    """An empty home and an empty working folder. They are new where the last test left something in them."""

    def __init__(self, root: Path) -> None:
        self._folders = (root / str(number) for number in itertools.count())
        self._make()

    def renew(self) -> None:
        if any(next(folder.iterdir(), None) for folder in (self.home, self.cwd)):
            shutil.rmtree(self.home.parent, ignore_errors=True)
            self._make()

    def _make(self) -> None:
        folder = next(self._folders)
        self.home, self.cwd = folder / "home", folder / "cwd"
        for each in (self.home, self.cwd):
            each.mkdir(parents=True)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Empty:
    return Empty(tmp_path_factory.mktemp("empty"))


@pytest.fixture(autouse=True)
def isolated(empty: Empty, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Home, configuration and working folder are empty ones, and no variable of the program is set."""
    for variable in [name for name in os.environ if name.startswith((ENV_PREFIX, "XDG_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(empty.home))
    monkeypatch.chdir(empty.cwd)
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    # a relative path would lead elsewhere now
    monkeypatch.setenv("PYTHONPATH", str(Path(aniworld_dl.__file__).parents[1]))
    yield
    monkeypatch.undo()  # nobody stands in the folder any more
    empty.renew()


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """What a command line that ran inside a test did to the logs ends with it."""
    logger = logging.getLogger("aniworld_dl")
    before = (list(logger.handlers), logger.level, logger.propagate)
    yield
    logger.handlers[:], level, logger.propagate = before
    logger.setLevel(level)


@pytest.fixture
def settings(isolated: None, tmp_path: Path) -> Settings:
    """Settings as nobody has changed them, with folders of their own that may fetch from this machine.

    Only that an episode that fails has failed: tests do not wait for half a minute.
    """
    return Settings(
        download_dir=tmp_path / "downloads",
        data_dir=tmp_path / "data",
        allowed_private_networks=["127.0.0.0/8", "::1/128"],
        retries_per_episode=0,
    )


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """One short episode in every format, made once for all tests."""
    return make_samples(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="session")
def matrix(samples: Samples, tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    """The same episode in further packagings, each made for the first test that asks for it."""
    folder = tmp_path_factory.mktemp("matrix")
    return Matrix(folder=folder / "served", own=folder / "own", samples=samples)


@pytest.fixture
async def origin(samples: Samples) -> AsyncIterator[Origin]:
    """The demo origin with the samples, and nothing going wrong yet."""
    async with Origin() as origin:
        origin.add_folder("/", samples.folder)
        yield origin
