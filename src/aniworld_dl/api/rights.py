"""Which route needs which scope. Every route of the app stands here once; a test walks them all."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aniworld_dl.access import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

WEBSOCKET: Final = "WEBSOCKET"
"""In place of a method."""
_ACTIONS: Final = ("pause", "resume", "cancel", "retry", "repair", "start", "move")

ANYONE: Final = (
    "GET /healthz",
    "GET /readyz",
    "GET /docs",
    "GET /api/session",
    "POST /api/session",
    "DELETE /api/session",
    "POST /api/session/oidc",
    "GET /api/session/oidc/callback",
)
"""Needs nobody to say who they are."""

NEEDED: Final[Mapping[Scope, tuple[str, ...]]] = {
    Scope.READ: (
        "GET /openapi.json",
        "GET /metrics",
        "GET /api/doctor",
        "GET /api/episodes/{episode_id}",
        "GET /api/episodes/{episode_id}/segments",
        "GET /api/episodes/{episode_id}/sources",
        "GET /api/episodes/{episode_id}/timeline",
        "GET /api/episodes/{episode_id}/watch",
        "GET /api/episodes/{episode_id}/watch/{cut}/file",
        "GET /api/episodes/{episode_id}/watch/{cut}/index.m3u8",
        "GET /api/episodes/{episode_id}/watch/{cut}/{number}.m3u8",
        "GET /api/episodes/{episode_id}/watch/{cut}/{number}/{name}",
        "GET /api/events",
        "GET /api/history",
        "GET /api/jobs",
        "GET /api/jobs/counts",
        "GET /api/jobs/{job_id}",
        "GET /api/jobs/{job_id}/episodes",
        "GET /api/providers",
        "GET /api/queue-status",
        "GET /api/queue/export",
        "GET /api/settings",
        "GET /api/settings/details",
        "GET /api/standing",
        "GET /api/status",
        "GET /api/subscriptions",
        "GET /api/subscriptions/{subscription_id}",
        "GET /api/subscriptions/{subscription_id}/episodes",
        "GET /api/summary",
        "GET /api/throughput",
        "GET /api/undo",
        "GET /api/updates",
        "POST /api/names",
        "DELETE /api/sessions",
        f"{WEBSOCKET} /api/ws",
    ),
    Scope.DOWNLOAD: (
        "POST /api/actions",
        "DELETE /api/episodes/{episode_id}",
        "PATCH /api/episodes/{episode_id}",
        *(f"POST /api/episodes/{{episode_id}}/{action}" for action in (*_ACTIONS, "finish")),
        "POST /api/episodes/{episode_id}/standing",
        "DELETE /api/episodes/{episode_id}/standing",
        "POST /api/jobs",
        "DELETE /api/jobs/{job_id}",
        "PATCH /api/jobs/{job_id}",
        *(f"POST /api/jobs/{{job_id}}/{action}" for action in _ACTIONS),
        "POST /api/plan",
        "POST /api/queue/import",
        "POST /api/queue/pause",
        "POST /api/queue/resume",
        "POST /api/subscriptions",
        "POST /api/subscriptions/plan",
        "PATCH /api/subscriptions/{subscription_id}",
        "DELETE /api/subscriptions/{subscription_id}",
        *(f"POST /api/subscriptions/{{subscription_id}}/{action}" for action in ("plan", "check", "pause", "resume")),
        "POST /api/undo/{undo_id}",
    ),
    Scope.ADMIN: (
        "GET /api/audit",
        "GET /api/keys",
        "POST /api/keys",
        "DELETE /api/keys/{key_id}",
        "GET /api/log",
        "GET /api/notices",
        "POST /api/notices/{name}/test",
        "PATCH /api/settings",
    ),
}
"""The others, by what they need at least."""

_CHANGING_NOTHING: Final = frozenset(
    {"POST /api/plan", "POST /api/names", "DELETE /api/sessions", "POST /api/session/oidc"}
)
"""They are not audited, or say themselves what they do."""
_PROTECTED: Final = ("/api", "/openapi.json", "/metrics")
_SAFE: Final = frozenset({"GET", WEBSOCKET})


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """What a request needs: at least `scope`, None for nothing. `action` is the route, `targets` what it names."""

    scope: Scope | None
    action: str
    targets: Mapping[str, str] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether it is to be audited; what is no route changes nothing."""
        return _TABLE.get(self.action) is not None and not is_safe(self.action) and self.action not in _CHANGING_NOTHING


def is_safe(action: str) -> bool:
    """Tell whether a method, alone or before a path, changes nothing."""
    return action.partition(" ")[0] in _SAFE


def is_protected(path: str) -> bool:
    """Tell whether a path is none of the page's and the documentation's files."""
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in _PROTECTED)


def right_of(method: str, path: str) -> Right:
    """Return what a request needs. What is not in the table needs all, so that a new route is never open by mistake."""
    action = f"{'GET' if method == 'HEAD' else method} {path}"
    if (known := _EXACT.get(action)) is not None:
        return known
    for pattern, route, scope in _PATTERNS:
        if (match := pattern.fullmatch(action)) is not None:
            return Right(scope=scope, action=route, targets=match.groupdict())
    return Right(scope=Scope.ADMIN if is_protected(path) else None, action=action)


def table() -> Mapping[str, Scope | None]:
    """Return what each route needs."""
    rows: dict[str, Scope | None] = dict.fromkeys(ANYONE, None)
    for scope, routes in NEEDED.items():
        rows |= dict.fromkeys(routes, scope)
    return rows


def _pattern(route: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", route)
    names = [f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(parts)]
    return re.compile("".join(names))


_TABLE: Final = table()
_EXACT: Final = {route: Right(scope=scope, action=route) for route, scope in _TABLE.items() if "{" not in route}
_PATTERNS: Final = [(_pattern(route), route, scope) for route, scope in _TABLE.items() if "{" in route]
