"""How soon a second open page knows what was done to a job, an episode, the queue or the settings."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.acceptance.service import Service

_READY: Final = """async () => {
    const from = (name) => import(new URL(name, document.querySelector('[src$="main.js"]').src));
    const [{ jobs, episodes }, { settings, stats }] = [await from('rows.js'), await from('state.js')];
    const data = (table) => (id) => table.rows.get(id)?.data;
    window.seen = { job: data(jobs), episode: data(episodes), settings, stats };
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Action:
    """A request, and what a page knows afterwards, as an expression over `seen`; names in braces are ids."""

    method: str
    path: str
    shows: str
    body: dict[str, Any] | None = None


def _does(kind: str, action: str, status: str) -> _Action:
    return _Action(
        method="POST", path=f"/{kind}s/{{{kind}}}/{action}", shows=f"seen.{kind}({{{kind}}}).status === '{status}'"
    )


def _sets(path: str, shows: str, **body: Any) -> _Action:
    return _Action(method="PATCH", path=path, shows=shows, body=body)


_ACTIONS: Final = (
    _does("job", "pause", "paused"),
    _does("job", "resume", "queued"),
    _sets("/jobs/{job}", "seen.job({job}).priority === 3", priority=3),
    _sets("/jobs/{job}", "seen.job({job}).bandwidth_limit_bytes_per_s === 9000", bandwidth_limit_bytes_per_s=9000),
    _sets("/jobs/{job}", "seen.job({job}).priority === 0", priority=0),
    _Action(
        method="POST",
        path="/jobs/{job}/move",
        shows="seen.job({job}).position < seen.job({other}).position",
        body={"to": "top"},
    ),
    _does("episode", "pause", "paused"),
    _does("episode", "resume", "queued"),
    _sets("/episodes/{episode}", "seen.episode({episode}).priority === 2", priority=2),
    _does("episode", "cancel", "cancelled"),
    _does("episode", "retry", "queued"),
    _does("job", "cancel", "cancelled"),
    _does("job", "retry", "queued"),
    _Action(method="POST", path="/queue/pause", shows="seen.stats.data.queue_paused"),
    _Action(method="POST", path="/queue/resume", shows="!seen.stats.data.queue_paused"),
    _sets(
        "/settings",
        "seen.settings.value.bandwidth_limit_bytes_per_s === 5000000",
        bandwidth_limit_bytes_per_s=5_000_000,
    ),
    _sets("/settings", "seen.settings.value.bandwidth_limit_bytes_per_s === null", bandwidth_limit_bytes_per_s=None),
    _sets("/jobs/{job}", "seen.job({job}).anime_title === 'Renamed'", anime_title="Renamed"),
    _Action(method="DELETE", path="/jobs/{job}", shows="!seen.job({job})"),
)


async def until_seen(page: Page, service: Service) -> dict[str, float]:
    """Do each action over REST and return after how many milliseconds an open page knew of it, by what was done."""
    await page.evaluate(_READY)
    waiting = (await service.client.get("/api/jobs", params={"status": "queued", "order": "queue", "limit": 2})).json()
    job, other = (each["id"] for each in waiting["items"])
    episode = (await service.episodes(job))[0]["id"]
    await page.get_by_role("searchbox").fill(waiting["items"][0]["anime_title"])
    await page.get_by_role("button", name="Unfold all", exact=True).click()
    await page.wait_for_function(f"() => seen.episode({episode})")
    ids = {"job": job, "other": other, "episode": episode}
    took: dict[str, float] = {}
    for action in _ACTIONS:
        began = perf_counter()
        answer = await service.client.request(action.method, "/api" + action.path.format(**ids), json=action.body)
        answer.raise_for_status()
        await page.wait_for_function(f"() => {action.shows.format(**ids)}")
        name = f"{action.method} {action.path} {', '.join(action.body or ())}".rstrip()
        took[name] = max(took.get(name, 0.0), (perf_counter() - began) * 1e3)
    return took
