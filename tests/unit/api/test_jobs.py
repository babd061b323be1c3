from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aniworld_dl.model import EpisodeRef, JobRequest

if TYPE_CHECKING:
    import httpx

    from tests.fakes.engine import FakeEngine

URL = "https://media.example.org/S01E01.m3u8"
BODY: dict[str, Any] = {"anime_title": "Anime A", "episode_urls": [URL]}


async def test_add_job_answers_201_with_its_address(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/jobs", json=BODY)
    assert answer.status_code == 201
    assert answer.headers["location"] == "/api/jobs/1"
    assert {**(await client.get(answer.headers["location"])).json(), "duplicates": []} == answer.json()


async def test_add_job_hands_every_field_on(client: httpx.AsyncClient, engine: FakeEngine) -> None:
    """Texts are stripped; addresses come as text or with their place in the series."""
    await client.post(
        "/api/jobs",
        headers={"Idempotency-Key": "k1"},
        json={
            "anime_title": "  Anime A ",
            "episode_urls": [f" {URL} ", {"url": URL, "season": 0, "number": 2, "title": "Two"}],
            "language": "German Sub",
            "provider": "VOE",
            "total_episodes": 12,
            "priority": -3,
            "bandwidth_limit_bytes_per_s": 2048,
            "paused": True,
        },
    )
    assert engine.requests == [
        JobRequest(
            anime_title="Anime A",
            episodes=(EpisodeRef(url=URL), EpisodeRef(url=URL, season=0, number=2, title="Two")),
            language="German Sub",
            provider="VOE",
            total_episodes=12,
            priority=-3,
            bandwidth_limit_bytes_per_s=2048,
            paused=True,
            idempotency_key="k1",
        )
    ]


async def test_same_idempotency_key_gives_the_same_job_with_200(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "once"}
    first = await client.post("/api/jobs", json=BODY, headers=headers)
    again = await client.post("/api/jobs", json=BODY, headers=headers)
    other = await client.post("/api/jobs", json=BODY, headers={"Idempotency-Key": "twice"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["location"] == "/api/jobs/1"
    assert (other.status_code, other.json()["id"]) == (201, 2)


async def test_ten_thousand_long_addresses_are_accepted(client: httpx.AsyncClient, engine: FakeEngine) -> None:
    urls = [f"https://media.example.org/{'x' * 200}/{index}.m3u8" for index in range(10_000)]
    answer = await client.post("/api/jobs", json={"anime_title": "A", "episode_urls": urls})
    assert answer.status_code == 201
    assert len(engine.requests[0].episodes) == 10_000


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"anime_title": None}, "anime_title"),
        ({"anime_title": " \n "}, "anime_title"),
        ({"anime_title": "x" * 501}, "anime_title"),
        ({"anime_title": 5}, "anime_title"),
        ({"episode_urls": []}, "episode_urls"),
        ({"episode_urls": URL}, "episode_urls"),
        ({"episode_urls": [URL] * 100_001}, "episode_urls"),
        ({"episode_urls": [URL, 7]}, "episode_urls.1"),
        ({"episode_urls": [None]}, "episode_urls.0"),
        ({"episode_urls": [" "]}, "episode_urls.0.url"),
        ({"episode_urls": ["x" * 4097]}, "episode_urls.0.url"),
        ({"episode_urls": [{"season": 1}]}, "episode_urls.0.url"),
        ({"episode_urls": [{"url": URL, "season": "1"}]}, "episode_urls.0.season"),
        ({"episode_urls": [{"url": URL, "number": -1}]}, "episode_urls.0.number"),
        ({"episode_urls": [{"url": URL, "number": 1.5}]}, "episode_urls.0.number"),
        ({"episode_urls": [{"url": URL, "title": ""}]}, "episode_urls.0.title"),
        ({"episode_urls": [{"url": URL, "sesaon": 1}]}, "episode_urls.0.sesaon"),
        ({"total_episodes": -1}, "total_episodes"),
        ({"priority": True}, "priority"),
        ({"priority": 10**30}, "priority"),
        ({"bandwidth_limit_bytes_per_s": 0}, "bandwidth_limit_bytes_per_s"),
        ({"paused": "yes"}, "paused"),
        ({"langauge": "German Sub"}, "langauge"),
        ({"anime_title": "Anime\0A"}, "anime_title"),
        ({"language": "German\0Sub"}, "language"),
        ({"episode_urls": [{"url": URL, "title": "\0"}]}, "episode_urls.0.title"),
    ],
)
async def test_a_bad_field_is_named(
    changes: dict[str, Any], field: str, client: httpx.AsyncClient, engine: FakeEngine
) -> None:
    answer = await client.post("/api/jobs", json={**BODY, **changes})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "request_invalid")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert problem["errors"][0]["mend"]
    assert len(problem["errors"][0]["value"]) <= 80
    assert problem["params"]["field"] == field
    assert field in problem["detail"]
    assert not engine.requests


async def test_every_bad_field_is_named_but_not_ten_thousand(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/jobs", json={"episode_urls": [0] * 10_000, "what": {"a": 1}, "why": [1, 2]})
    fields = {error["field"]: error["value"] for error in answer.json()["errors"]}
    assert len(fields) == 20
    assert "anime_title" in fields
    few = await client.post("/api/jobs", json={**BODY, "what": {"a": 1}, "why": [1, 2]})
    assert [error["value"] for error in few.json()["errors"]] == ["an object of 1", "a list of 2"]


@pytest.mark.parametrize("path", ["/api/jobs/1", "/api/settings"])
async def test_half_a_character_is_a_bad_field(path: str, client: httpx.AsyncClient) -> None:
    """JSON can say what UTF-8 cannot; also the name of a field may be so."""
    await client.post("/api/jobs", json=BODY)
    field = "anime_title" if "jobs" in path else "languages"
    for body in (rf'{{"{field}": "\ud800"}}'.encode(), rb'{"\ud800": 1}'):
        answer = await client.patch(path, content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["status"]) == (422, 422)


async def test_a_value_is_shown_as_json_has_it(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/jobs", json={**BODY, "paused": None, "priority": True})
    assert [error["value"] for error in answer.json()["errors"]] == ["true", "null"]
    answer = await client.post("/api/jobs", json=[])
    assert answer.json()["errors"] == [{"field": "body", "value": "a list of 0", "mend": "give an object"}]


async def test_an_address_nobody_knows_is_refused_with_the_engines_code(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/jobs", json={**BODY, "episode_urls": ["nobody:knows"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "no_provider")
    assert answer.json()["params"] == {"url": "nobody:knows"}


async def test_a_body_that_is_no_json_says_where(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/jobs", content=b'{"anime_title": }', headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "json_invalid")
    assert answer.json()["params"]["position"] == 16


@pytest.mark.parametrize("body", [b"\xff\xfe\xff", b"9" * 5000, b"[" * 100_000], ids=["no UTF-8", "digits", "deep"])
async def test_a_body_that_cannot_be_read_is_refused(body: bytes, client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/jobs", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "request_invalid")


async def test_a_form_of_a_foreign_page_is_no_request(client: httpx.AsyncClient, engine: FakeEngine) -> None:
    """Without a JSON content type, which other sites cannot send unasked, nothing is read."""
    answer = await client.post("/api/jobs", content=b'{"anime_title": "A", "episode_urls": ["https://a.example/"]}')
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert not engine.requests


async def test_list_jobs_filters_and_pages(client: httpx.AsyncClient) -> None:
    for title in ("Anime A", "Anime B", "Other"):
        await client.post("/api/jobs", json={**BODY, "anime_title": title, "paused": title == "Other"})
    first = (await client.get("/api/jobs", params={"q": "anime", "limit": 1})).json()
    second = (await client.get("/api/jobs", params={"q": "anime", "limit": 1, "cursor": first["next_cursor"]})).json()
    paused = (await client.get("/api/jobs", params={"status": "paused, failed"})).json()
    assert ([item["anime_title"] for item in first["items"]], first["total"]) == (["Anime A"], 2)
    assert ([item["anime_title"] for item in second["items"]], second["next_cursor"]) == (["Anime B"], None)
    assert [item["anime_title"] for item in paused["items"]] == ["Other"]
    assert (await client.get("/api/jobs", params={"status": " , "})).json()["total"] == 3


async def test_jobs_are_counted_and_listed_in_the_order_of_the_queue(
    client: httpx.AsyncClient, engine: FakeEngine
) -> None:
    for title in ("Anime A", "Anime B"):
        await client.post(
            "/api/jobs", json={"anime_title": title, "episode_urls": ["https://media.example.org/1.m3u8"]}
        )
    counted = dict.fromkeys(("downloading", "paused", "completed", "failed", "cancelled"), 0)
    assert (await client.get("/api/jobs/counts")).json() == {"queued": 2, **counted}
    assert (await client.get("/api/jobs/counts", params={"q": "e b"})).json() == {"queued": 1, **counted}
    engine.orders.clear()
    assert (await client.get("/api/jobs", params={"order": "queue"})).json()["total"] == 2
    assert (await client.get("/api/jobs", params={"order": "newest"})).json()["total"] == 2
    assert engine.orders == [True, False]
    assert (await client.get("/api/jobs", params={"order": "age"})).status_code == 422


@pytest.mark.parametrize(
    ("query", "field"),
    [("status=running", "status"), ("limit=0", "limit"), ("limit=many", "limit"), ("limit=1001", "limit")],
)
async def test_a_bad_query_is_named(query: str, field: str, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/api/jobs?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert answer.json()["params"]["field"] == field


@pytest.mark.parametrize(
    "changes",
    [{"priority": 5}, {"bandwidth_limit_bytes_per_s": None}, {"anime_title": "New", "priority": 0}, {}],
)
async def test_patch_changes_only_what_is_given(changes: dict[str, Any], client: httpx.AsyncClient) -> None:
    await client.post("/api/jobs", json={**BODY, "bandwidth_limit_bytes_per_s": 4096, "priority": 2})
    before = (await client.get("/api/jobs/1")).json()
    after = await client.patch("/api/jobs/1", json=changes)
    assert (after.status_code, after.json()) == (200, {**before, **changes})


@pytest.mark.parametrize("changes", [{"priority": None}, {"anime_title": None}, {"anime_title": ""}, {"status": "x"}])
async def test_patch_refuses_what_cannot_be(changes: dict[str, Any], client: httpx.AsyncClient) -> None:
    await client.post("/api/jobs", json=BODY)
    answer = await client.patch("/api/jobs/1", json=changes)
    assert (answer.status_code, answer.json()["params"]["field"]) == (422, next(iter(changes)))


async def test_delete_forgets_the_job(client: httpx.AsyncClient) -> None:
    await client.post("/api/jobs", json=BODY)
    answer = await client.delete("/api/jobs/1")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get("/api/jobs/1")).status_code == 404


async def test_actions_move_a_job_and_its_episodes(client: httpx.AsyncClient) -> None:
    await client.post("/api/jobs", json=BODY)
    moves = [("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled"), ("retry", "queued")]
    for action, status in moves:
        answer = await client.post(f"/api/jobs/1/{action}")
        assert (answer.status_code, answer.json()["status"]) == (200, status)
    for action, status in moves:
        answer = await client.post(f"/api/episodes/1000/{action}")
        assert (answer.status_code, answer.json()["status"], answer.json()["id"]) == (200, status, 1000)


async def test_a_refused_move_is_a_conflict(client: httpx.AsyncClient) -> None:
    await client.post("/api/jobs", json=BODY)
    answer = await client.post("/api/jobs/1/resume")
    assert (answer.status_code, answer.json()["code"]) == (409, "move_refused")
    assert answer.json()["params"] == {"what": "job", "id": 1, "action": "resume", "status": "queued"}


async def test_episodes_are_listed_and_read(client: httpx.AsyncClient) -> None:
    await client.post("/api/jobs", json={**BODY, "episode_urls": [URL, URL, URL]})
    page = (await client.get("/api/jobs/1/episodes", params={"limit": 2})).json()
    assert ([item["position"] for item in page["items"]], page["total"]) == ([0, 1], 3)
    assert (await client.get("/api/episodes/1001")).json() == page["items"][1]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/jobs/9"),
        ("PATCH", "/api/jobs/9"),
        ("DELETE", "/api/jobs/9"),
        ("GET", "/api/jobs/9/episodes"),
        ("POST", "/api/jobs/9/pause"),
        ("GET", "/api/episodes/9000"),
        ("POST", "/api/episodes/9000/retry"),
    ],
)
async def test_what_is_not_there_is_not_found(method: str, path: str, client: httpx.AsyncClient) -> None:
    answer = await client.request(method, path, json={} if method == "PATCH" else None)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("job_id", ["0", "-1", "one", str(2**63), "1e3"])
async def test_an_id_that_is_none_is_named(job_id: str, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/api/jobs/{job_id}")
    assert (answer.status_code, answer.json()["params"]["field"]) == (422, "job_id")
