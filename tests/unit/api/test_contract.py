"""The OpenAPI document is true: what it lists exists, and what is answered fits what it says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel, TypeAdapter

from aniworld_dl.api.app import create_app
from aniworld_dl.api.routers.updates import Updates
from aniworld_dl.api.schemas import access, actions, figures, names, requests, responses, service, versions
from aniworld_dl.api.schemas.requests import EpisodeIn, JobIn
from aniworld_dl.api.schemas.settings import SettingsOut
from aniworld_dl.config import RUNTIME_SETTINGS, SECRET_SETTINGS, Settings
from tests.fakes.engine import FakeEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from fastapi import FastAPI

    from aniworld_dl.api.app import Application

ACTIONS = ("pause", "resume", "cancel", "retry", "repair", "start", "move")
PROMISED = {
    "/api/jobs": "get post",
    "/api/jobs/counts": "get",
    "/api/jobs/{job_id}": "delete get patch",
    "/api/jobs/{job_id}/episodes": "get",
    **{
        f"/api/jobs/{{job_id}}/{action}": "post"
        for action in ("pause", "resume", "cancel", "retry", "repair", "start", "move")
    },
    "/api/episodes/{episode_id}": "delete get patch",
    **{
        f"/api/episodes/{{episode_id}}/{action}": "post"
        for action in ("pause", "resume", "cancel", "retry", "repair", "start", "move")
    },
    "/api/actions": "post",
    "/api/plan": "post",
    "/api/undo": "get",
    "/api/undo/{undo_id}": "post",
    "/api/episodes/{episode_id}/finish": "post",
    "/api/episodes/{episode_id}/sources": "get",
    "/api/episodes/{episode_id}/standing": "delete post",
    "/api/standing": "get",
    "/api/episodes/{episode_id}/timeline": "get",
    "/api/episodes/{episode_id}/segments": "get",
    "/api/episodes/{episode_id}/watch": "get",
    "/api/episodes/{episode_id}/watch/{cut}/index.m3u8": "get",
    "/api/episodes/{episode_id}/watch/{cut}/file": "get",
    "/api/episodes/{episode_id}/watch/{cut}/{number}.m3u8": "get",
    "/api/episodes/{episode_id}/watch/{cut}/{number}/{name}": "get",
    "/api/subscriptions": "get post",
    "/api/subscriptions/plan": "post",
    "/api/subscriptions/{subscription_id}": "delete get patch",
    "/api/subscriptions/{subscription_id}/episodes": "get",
    **{f"/api/subscriptions/{{subscription_id}}/{action}": "post" for action in ("check", "pause", "plan", "resume")},
    "/api/throughput": "get",
    "/api/history": "get",
    "/api/queue/export": "get",
    "/api/queue/import": "post",
    "/api/queue/pause": "post",
    "/api/queue/resume": "post",
    "/api/settings": "get patch",
    "/api/settings/details": "get",
    "/api/status": "get",
    "/api/summary": "get",
    "/api/doctor": "get",
    "/api/notices": "get",
    "/api/notices/{name}/test": "post",
    "/api/log": "get",
    "/api/providers": "get",
    "/api/names": "post",
    "/api/queue-status": "get",
    "/api/events": "get",
    "/api/updates": "get",
    "/api/session": "delete get post",
    "/api/session/oidc": "post",
    "/api/session/oidc/callback": "get",
    "/api/sessions": "delete",
    "/api/keys": "get post",
    "/api/keys/{key_id}": "delete",
    "/api/audit": "get",
    "/healthz": "get",
    "/metrics": "get",
    "/readyz": "get",
}
REQUEST = {"anime_title": "Anime A", "episode_urls": ["https://media.example.org/1.m3u8"]}

ANSWERS: list[tuple[str, str, Any, str]] = [
    ("POST", "/api/jobs", REQUEST, "AddedJobOut"),
    ("GET", "/api/jobs", None, "JobPage"),
    ("GET", "/api/jobs/1", None, "JobOut"),
    ("PATCH", "/api/jobs/1", {"priority": 1}, "JobOut"),
    ("GET", "/api/jobs/1/episodes", None, "EpisodePage"),
    ("POST", "/api/jobs/1/pause", None, "JobOut"),
    ("GET", "/api/episodes/1000", None, "EpisodeOut"),
    ("POST", "/api/episodes/1000/cancel", None, "EpisodeOut"),
    ("GET", "/api/queue-status", None, "QueueStatus"),
    ("POST", "/api/queue/pause", None, "Stats"),
    ("POST", "/api/queue/resume", None, "Stats"),
    ("GET", "/api/settings", None, "SettingsOut"),
    ("PATCH", "/api/settings", {"max_concurrent_downloads": 2}, "SettingsOut"),
    ("GET", "/api/settings/details", None, "SettingPage"),
    ("GET", "/api/status", None, "StatusOut"),
    ("GET", "/api/summary", None, "SummaryOut"),
    ("GET", "/api/doctor", None, "FindingsOut"),
    ("GET", "/api/log", None, "LogOut"),
    ("GET", "/api/providers", None, "ProviderPage"),
    ("GET", "/api/standing", None, "StandingPage"),
    ("GET", "/api/episodes/1000/sources", None, "SourcesOut"),
    ("POST", "/api/episodes/1000/standing", None, "EpisodeOut"),
    ("DELETE", "/api/episodes/1000/standing", None, "EpisodeOut"),
    ("GET", "/api/updates", None, "Updates"),
    ("GET", "/api/session", None, "SessionOut"),
    ("GET", "/api/keys", None, "KeyPage"),
    ("POST", "/api/keys", {"name": "TV", "scope": "admin"}, "NewKeyOut"),
    ("POST", "/api/keys", {"name": "TV"}, "Problem"),
    ("GET", "/api/audit", None, "AuditPage"),
    ("POST", "/api/names", {"naming_template": "plex"}, "NamesOut"),
    ("POST", "/api/names", {"naming_template": "{series}"}, "Problem"),
    ("GET", "/healthz", None, "Health"),
    ("GET", "/readyz", None, "Health"),
    ("GET", "/api/jobs/99", None, "Problem"),
    ("POST", "/api/jobs", {"priority": "high"}, "Problem"),
]


_OUTPUTS: dict[str, Any] = {
    "Updates": Updates,
    **vars(responses),
    **vars(figures),
    **vars(service),
    **vars(access),
    **vars(names),
    **vars(versions),
    "SettingsOut": SettingsOut,
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The OpenAPI document, made once for all tests."""
    settings = Settings()
    return create_app(FakeEngine(settings), settings).openapi()


def test_the_promised_routes_are_described_and_no_others(document: dict[str, Any]) -> None:
    paths = document["paths"]
    assert {path: " ".join(sorted(operations)) for path, operations in paths.items()} == PROMISED


@pytest.mark.parametrize(("method", "path", "body", "model"), ANSWERS)
async def test_answers_fit_what_is_declared(  # noqa: PLR0917 - two fixtures
    method: str, path: str, body: Any, model: str, client: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    """Ready data is sent without validation at run time: this is where it is validated."""
    await client.post("/api/jobs", json=REQUEST)
    answer = await client.request(method, path, json=body)
    adapter: TypeAdapter[Any] = TypeAdapter(_OUTPUTS[model])
    adapter.validate_python(answer.json())
    pattern = path.replace("/1000", "/{episode_id}").replace("/99", "/{job_id}").replace("/1", "/{job_id}")
    operation = document["paths"][pattern][method.lower()]
    content = operation["responses"][str(answer.status_code)]["content"]
    assert content[answer.headers["content-type"]]["schema"] == {"$ref": f"#/components/schemas/{model}"}


async def test_no_answer_has_an_undeclared_field(client: httpx.AsyncClient) -> None:
    await client.post("/api/jobs", json=REQUEST)
    job = (await client.get("/api/jobs/1")).json()
    episode = (await client.get("/api/episodes/1000")).json()
    assert job.keys() == responses.JobOut.model_fields.keys()
    assert episode.keys() == responses.EpisodeOut.model_fields.keys()


def test_every_route_below_api_documents_what_can_go_wrong_everywhere(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"]
            assert operation["description"]
            if path.startswith("/api"):
                assert {"401", "403", "421", "500"} <= operation["responses"].keys()
                assert {"key": []} in operation["security"]
            for status, response in operation["responses"].items():
                problem = "application/problem+json" in response.get("content", {})
                assert problem == (int(status) >= 400), (path, status)
                assert response["description"]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in _references(document):
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def test_examples_fit_their_models() -> None:
    checked = []
    for module in (requests, responses, actions):
        for name, model in vars(module).items():
            if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == module.__name__:
                extra: Any = model.model_config.get("json_schema_extra", {})
                for example in extra.get("examples", []):
                    model.model_validate(example)
                    checked.append(name)
    assert sorted(set(checked)) == [
        "ActionsIn",
        "AddedJobOut",
        "EpisodeMoveIn",
        "EpisodeOut",
        "EpisodePatch",
        "JobIn",
        "JobMoveIn",
        "JobOut",
        "JobPatch",
        "PlanIn",
        "QueueEntry",
    ]


def test_what_can_be_changed_is_described_from_the_settings_themselves(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/settings"]["patch"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == set(RUNTIME_SETTINGS)
    assert set(schema["examples"][0]) <= set(RUNTIME_SETTINGS)
    shown = set(document["components"]["schemas"]["SettingsOut"]["properties"])
    assert shown == set(Settings.model_fields) - SECRET_SETTINGS | {"api_key_set"}


def test_an_episode_is_an_address_or_an_object(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    items = schemas["JobIn"]["properties"]["episode_urls"]["items"]
    assert items == {"anyOf": [{"type": "string", "format": "uri"}, {"$ref": "#/components/schemas/EpisodeIn"}]}
    request = JobIn(anime_title="A", episode_urls=[EpisodeIn(url="https://a.example/1")]).to_request(None)
    assert request.episodes[0].url == "https://a.example/1"


async def test_the_document_is_served(app: FastAPI, client: httpx.AsyncClient) -> None:
    assert (await client.get("/openapi.json")).json() == app.openapi()
    assert app.openapi() is app.openapi()


async def test_nothing_waits_while_the_document_is_made(app: Application, client: httpx.AsyncClient) -> None:
    """It is made when it is first asked for, beside the loop."""
    with app._describing:
        asked = asyncio.create_task(client.get("/openapi.json"))
        for _ in range(100):
            await asyncio.sleep(0)
        assert (await client.get("/healthz")).status_code == 200
        assert not asked.done()
    assert (await asked).json() == app.openapi()
