from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.nginx import Nginx, serve_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.media_samples import Samples


@pytest.fixture(scope="session")
def nginx(samples: Samples) -> Iterator[Nginx]:
    """A server of the samples, as fast as it can."""
    with serve_folder(samples.folder) as server:
        yield server
