"""What a program may ask the Python API for."""

from __future__ import annotations

from typing import Any

import pytest

from aniworld_dl.asking import job_request
from aniworld_dl.errors import RequestInvalidError
from aniworld_dl.model import EpisodeRef, JobRequest

URL = "https://media.example/1.m3u8"
GOOD: dict[str, Any] = {"anime_title": "A", "episode_urls": [URL]}


def test_addresses_and_what_is_known_of_them() -> None:
    """Any iterable will do, and null means not known."""
    asked = (item for item in (URL, {"url": URL, "season": 2, "number": 0, "title": "T", "series": None}))
    request = job_request(anime_title=" A ", episode_urls=asked, language="German Sub", total_episodes=12, standing=30)
    episodes = (EpisodeRef(url=URL), EpisodeRef(url=URL, season=2, number=0, title="T"))
    assert job_request(**{**GOOD, "priority": None, "paused": None}).priority == 0  # null means left out
    assert request == JobRequest(
        anime_title="A", episodes=episodes, language="German Sub", total_episodes=12, standing=30
    )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"anime_title": " "}, "anime_title"),
        ({"anime_title": None}, "anime_title"),
        ({"anime_title": "A\0"}, "anime_title"),
        ({"episode_urls": []}, "episode_urls"),
        ({"episode_urls": URL}, "episode_urls"),
        ({"episode_urls": None}, "episode_urls"),
        ({"episode_urls": [URL, ...]}, "episode_urls[1]"),
        ({"episode_urls": [{"season": 1}]}, "episode_urls[0]"),
        ({"episode_urls": [{"url": URL, "season": "1"}]}, "episode_urls[0].season"),
        ({"episode_urls": [{"url": URL, "number": True}]}, "episode_urls[0].number"),
        ({"episode_urls": [{"url": URL, "title": 5}]}, "episode_urls[0].title"),
        ({"episode_urls": [{"url": URL, "sesaon": None}]}, "episode_urls[0].sesaon"),
        ({"language": 5}, "language"),
        ({"provider": ""}, "provider"),
        ({"total_episodes": "12"}, "total_episodes"),
        ({"total_episodes": -1}, "total_episodes"),
        ({"priority": "high"}, "priority"),
        ({"priority": 10**30}, "priority"),
        ({"paused": "yes"}, "paused"),
        ({"bandwidth_limit_bytes_per_s": 1023}, "bandwidth_limit_bytes_per_s"),
        ({"bandwidth_limit_bytes_per_s": "2M"}, "bandwidth_limit_bytes_per_s"),
        ({"standing": 0}, "standing"),
        ({"langauge": "German Sub"}, "langauge"),
        ({"standing": 10**6}, "standing"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(RequestInvalidError) as refused:
        job_request(**{**GOOD, **fields})
    assert refused.value.params["field"] == field
