"""`queue sources`, `standing`, `attempts` ... say in words what a service answers; `add` sends chains as they are."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from typer.testing import CliRunner

from aniworld_dl.cli.main import app_for
from aniworld_dl.errors import RequestInvalidError

if TYPE_CHECKING:
    from collections.abc import Iterator

TAKEN = {"text": "German Sub by VOE instead of German Dub", "instead_of_language": "German Dub"}
STANDING = {
    "text": "waits for German Dub",
    "next_at": "2026-02-01T00:00:00Z",
    "until": "2026-04-30T00:00:00Z",
    "error": {"text": "a.example answered 404"},
}
FAILED = {
    "attempt": 1,
    "at": "2026-01-31T18:00:00Z",
    "provider": "aniworld",
    "source": "Vidara",
    "language": "German Sub",
    "error": {"text": "nothing is there"},
}
ATTEMPT = {
    "attempt": 1,
    "outcome": "held",
    "reason": "retry_backoff",
    "reason_text": "its last attempt failed; it is tried again later",
    "started_at": "2026-01-31T18:00:00Z",
    "duration_s": 14.956,
    "host": "a.example",
    "fetched_bytes": 2048,
    "wasted_bytes": 1024,
    "average_speed_bytes_per_s": 4096,
    "error_message": "the file is not whole",
}
NEVER_CAME = {
    **dict.fromkeys(ATTEMPT),
    "attempt": 2,
    "started_at": "2026-01-31T19:00:00Z",
    "outcome": "interrupted",
}
EPISODE = {"id": 12, "anime_title": "Nordlicht", "taken": TAKEN, "standing": STANDING}


class Answers(BaseHTTPRequestHandler):
    """A service with one episode."""

    asked: ClassVar[list[tuple[str, str, Any]]] = []

    def _answer(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        self.asked.append((self.command, self.path.partition("?")[0], body))
        found = {
            "/api/episodes/12/sources": {"taken": TAKEN, "standing": STANDING, "failed": [FAILED]},
            "/api/episodes/13/sources": {"taken": None, "standing": None, "failed": []},
            "/api/standing": {"items": [EPISODE]},
            "/api/episodes/12/timeline": {"items": [ATTEMPT, NEVER_CAME]},
            "/api/episodes/13/timeline": {"items": []},
            "/api/settings": {"queue_order": "fair", "languages": ["German Dub"]},
            "/api/jobs": {"id": 7, "anime_title": "Nordlicht", "status": "queued"},
        }
        usual = {**EPISODE, "standing": None} if self.command == "DELETE" else EPISODE
        text = json.dumps(found.get(self.path.partition("?")[0], usual)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - the names are the handler's

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as above
        """Say nothing."""


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def run(service: str, *words: str) -> str:
    Answers.asked.clear()
    ended = CliRunner().invoke(app_for(["queue"]), ["queue", "--server", service, *words])
    assert ended.exit_code == 0, ended.output
    return ended.output.strip()


def test_sources(service: str) -> None:
    waits = "waits for German Dub, next look 2026-02-01T00:00:00Z, until 2026-04-30T00:00:00Z"
    assert run(service, "sources", "e12").splitlines() == [
        "taken: German Sub by VOE instead of German Dub",
        f"{waits} (the last look failed: a.example answered 404)",
        "failed 2026-01-31T18:00:00Z: Vidara German Sub (aniworld): nothing is there",
    ]
    assert run(service, "sources", "13") == "nothing is known of its sources"


def test_standing(service: str) -> None:
    assert run(service, "standing").startswith("e12 Nordlicht: German Sub by VOE instead of German Dub; waits for")
    run(service, "standing", "e12", "13")
    assert [each[:2] for each in Answers.asked] == [
        ("POST", "/api/episodes/12/standing"),
        ("POST", "/api/episodes/13/standing"),
    ]
    ended = run(service, "standing", "e12", "--end")
    assert ended == "e12: German Sub by VOE instead of German Dub; waits for nothing"


def test_a_chain_and_what_is_to_wait_are_sent(service: str) -> None:
    url = "https://a.example/S01E01.m3u8"
    run(service, "add", url, "--language", "German Dub > any", "--standing-days", "9")
    (asked,) = Answers.asked
    assert (asked[2]["language"], asked[2]["standing"]) == ("German Dub > any", 9)
    run(service, "add", url, "--no-standing")
    assert Answers.asked[0][2]["standing"] is False


def test_attempts(service: str) -> None:
    assert run(service, "attempts", "e12").splitlines() == [
        (
            "1. 2026-01-31T18:00:00Z: failed, after 15 s, 2.0 KiB fetched, 1.0 KiB of it wasted, 4.0 KiB/s, "
            "from a.example (the file is not whole)"
        ),
        "2. 2026-01-31T19:00:00Z: interrupted",
    ]
    assert run(service, "attempts", "13") == "none has ended yet"


def test_recordings_are_finished(service: str) -> None:
    assert run(service, "finish", "e12").splitlines() == ["e12 is finished"]
    assert Answers.asked == [("POST", "/api/episodes/12/finish", None)]


def test_settings(service: str) -> None:
    assert run(service, "settings").splitlines() == ['queue_order = "fair"', 'languages = ["German Dub"]']
    assert run(service, "settings", "queue_order") == 'queue_order = "fair"'
    run(service, "settings", "queue_order", "fifo")
    run(service, "settings", "languages", '["German Sub"]')
    assert [each[2] for each in Answers.asked] == [{"languages": ["German Sub"]}]
    refused = CliRunner().invoke(app_for(["queue"]), ["queue", "--server", service, "settings", "nope"])
    assert isinstance(refused.exception, RequestInvalidError)
