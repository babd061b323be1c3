"""Rates as people write them."""

from __future__ import annotations

import pytest

from aniworld_dl.cli.rates import parse_rate
from aniworld_dl.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "bytes_per_s"),
    [
        ("800000", 800_000),
        ("500K", 512_000),
        ("500k", 512_000),
        ("2M", 2 * 1024**2),
        ("1.5M", 1_572_864),
        ("1G", 1024**3),
        ("2MB", 2 * 1024**2),
        ("2MiB/s", 2 * 1024**2),
        ("100 KB/s", 102_400),
        ("64B", 64),
        (" 2M ", 2 * 1024**2),
        ("0", 0),
    ],
)
def test_rates(text: str, bytes_per_s: int) -> None:
    assert parse_rate(text) == bytes_per_s


@pytest.mark.parametrize(
    "text", ["", "fast", "-1", "2T", "M", "1,5M", "2M/h", "1e6", "0x10", "2 M M", "nan", "٣M", "2\u212a", "9" * 400]
)
def test_what_is_no_rate_is_an_error_that_names_it(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_rate(text)
    assert caught.value.params["key"] == "--limit-rate"
    assert caught.value.params["value"] == text
    assert "500K" in str(caught.value)
