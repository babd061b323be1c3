"""The command line in this process: its own words and exit status, against a server in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from anyio.from_thread import start_blocking_portal

from aniworld_dl.api.server import serve
from aniworld_dl.cli.main import main
from aniworld_dl.config import Settings
from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.series import NACHTZUG, Catalogue
from aniworld_dl.engine import open_engine
from tests.commands import LOOPBACK, Ended

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from anyio.from_thread import BlockingPortal

    from tests.media_samples import Samples

Command = Callable[..., Ended]


@pytest.fixture
def portal() -> Iterator[BlockingPortal]:
    """An event loop in a thread of its own: a command has this one to itself while it runs."""
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def site(portal: BlockingPortal, samples: Samples) -> Iterator[Origin]:
    """The demo origin with the samples, in that other thread."""
    with portal.wrap_async_context_manager(Origin()) as origin:
        origin.add_folder("/", samples.folder)
        yield origin


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the episodes of the series are kept, made once for all tests."""
    return tmp_path_factory.mktemp("series")


@pytest.fixture
def series(portal: BlockingPortal, site: Origin, made: Path) -> Iterator[str]:
    """The address of a series of two episodes, plain files of 2 s each."""
    with portal.wrap_async_context_manager(Catalogue(made, series=[NACHTZUG], episodes=2, duration_s=2)) as catalogue:
        site.add_shelf(catalogue)
        yield site.url(NACHTZUG.page)


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """The program's log; what a command sets up in it does not outlive the test."""
    logger = logging.getLogger("aniworld_dl")
    handlers, level, propagate = logger.handlers, logger.level, logger.propagate
    yield logger
    logger.handlers, logger.propagate = handlers, propagate
    logger.setLevel(level)


@pytest.fixture
def command(log: logging.Logger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `aniworld-dl` with arguments; it may fetch from this machine, and its lines may be long."""
    for name, value in {**LOOPBACK, "COLUMNS": "250", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["aniworld-dl", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return Ended(status=int(ended.value.code or 0), output=captured.out, complaints=captured.err)

    return run


@asynccontextmanager
async def _serving(settings: Settings) -> AsyncIterator[str]:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    task = asyncio.create_task(serve(settings, on_ready=ready.set_result, engine_factory=open_engine, stop=stop))
    try:
        yield await ready
    finally:
        stop.set()
        await task


@pytest.fixture
def start(portal: BlockingPortal, tmp_path: Path) -> Callable[..., Any]:
    """Start a service on a free port; nothing runs there unless wanted. A context manager that gives its address."""

    def start(**fields: Any) -> Any:
        usual = {"port": 0, "download_dir": tmp_path / "films", "data_dir": tmp_path / "data"}
        wanted = {**usual, "max_concurrent_downloads": 0, "allowed_private_networks": ["127.0.0.0/8"], **fields}
        return portal.wrap_async_context_manager(_serving(Settings(**wanted)))

    return start
