from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.media_samples import Samples, make_samples

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """One short episode in every format, made once for all tests."""
    folder: Path = tmp_path_factory.mktemp("samples")
    return make_samples(folder)
