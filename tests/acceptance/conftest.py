from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.nginx import Nginx, serve_folder
from tests.acceptance.packaging import Packaged, package_episode

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Packaged:
    """One episode in every format, made once for all tests."""
    return package_episode(tmp_path_factory.mktemp("packaged"))


@pytest.fixture(scope="session")
def nginx(packaged: Packaged) -> Iterator[Nginx]:
    """A server of the packaged episode, as fast as it can."""
    with serve_folder(packaged.folder) as server:
        yield server
