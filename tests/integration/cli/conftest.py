"""The command line in this process: its own words and exit status, against a server in a thread of its own."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from anyio.from_thread import start_blocking_portal

from aniworld_dl.cli.main import main
from aniworld_dl.demo.origin import Origin
from aniworld_dl.demo.series import NACHTZUG, Catalogue
from tests.commands import LOOPBACK, Ended

if TYPE_CHECKING:
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
