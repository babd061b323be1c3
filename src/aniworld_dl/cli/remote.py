"""A running service, asked over REST and heard over its event stream."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Self

import httpx

from aniworld_dl.errors import AniworldDlError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from aniworld_dl.config import Settings

Json = dict[str, Any]

_TIMEOUT_S: Final = 30.0
_SILENCE_S: Final = 60.0
"""The stream sends a comment more often than this while nothing happens."""
_LONGEST_PAUSE_S: Final = 10.0
_UNAUTHORIZED: Final = 401


class ServiceError(AniworldDlError):
    """The service does not answer, or refuses. Params: reason."""

    text = "{reason}"


class Service:
    """A service at an address; a context manager.

    Every method raises `ServiceError`, with the service's own words where it has some.
    """

    def __init__(self, url: str, api_key: str | None) -> None:
        self.url = url.rstrip("/")
        headers = [(b"X-Api-Key", api_key.encode())] if api_key else []
        # an environment's proxy is for the world outside, and the key is not for the proxy
        try:
            self._http = httpx.Client(base_url=self.url, headers=headers, timeout=_TIMEOUT_S, trust_env=False)
        except httpx.InvalidURL as error:
            raise ServiceError(reason=f"{url!r} is no address of a service: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.close()

    def ask(
        self, method: str, path: str, *, body: object = None, timeout_s: float = _TIMEOUT_S, **query: object
    ) -> Any:
        """Send one request below `/api/` and return the answer, None when it is empty. A query of None is left out."""
        with self._send(method, path, body, query, timeout_s=timeout_s) as response:
            return json.loads(response.read() or b"null")

    def download(self, path: str, **query: object) -> Iterator[bytes]:
        """Yield an answer piece by piece."""
        with self._send("GET", path, None, query) as response:
            yield from response.iter_bytes()

    def upload(self, path: str, content: Iterator[bytes]) -> Any:
        """Send a JSON document piece by piece and return the answer."""
        with self._send("POST", path, content, {}) as response:
            return json.loads(response.read() or b"null")

    def messages(self) -> Iterator[Json]:
        """Yield the live messages, a snapshot first; comes back by itself when the connection breaks.

        Raises:
            ServiceError: there is no service at the first try, or it refuses.
        """
        seq: int | None = None
        pause_s = 0.5
        while True:
            try:
                for message in self._stream(seq):
                    seq, pause_s = message["seq"], 0.5
                    yield message
            except ServiceError as error:
                if seq is None or not isinstance(error.__cause__, httpx.TransportError):
                    raise
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    def _stream(self, since: int | None) -> Iterator[Json]:
        with self._send("GET", "events", None, {"since": since}, timeout_s=_SILENCE_S) as response:
            for line in response.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    @contextmanager
    def _send(
        self, method: str, path: str, body: object, query: dict[str, object], *, timeout_s: float = _TIMEOUT_S
    ) -> Iterator[httpx.Response]:
        is_document = hasattr(body, "__next__")
        request = self._http.build_request(
            method,
            f"api/{path}",
            params={name: str(value) for name, value in query.items() if value is not None},
            json=None if is_document else body,
            content=body if is_document else None,  # type: ignore[arg-type]  # an iterator of bytes
            headers={"Content-Type": "application/json"} if is_document else None,
            timeout=timeout_s,
        )
        try:
            response = self._http.send(request, stream=True)
            try:
                if response.is_error:
                    raise ServiceError(reason=_words(response))
                yield response
            finally:
                response.close()
        except httpx.TransportError as error:
            reason = f"no service answers at {self.url} ({error}): start it with 'aniworld-dl serve', or name another"
            raise ServiceError(reason=f"{reason} with --server") from error
        except (httpx.HTTPError, ValueError) as error:
            raise ServiceError(reason=f"what answers at {self.url} is no aniworld-dl: {error}") from error


def address_of(settings: Settings) -> str:
    """Return where a service with these settings is found on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if settings.tls_cert else 'http'}://{shown}:{settings.port}{settings.base_path}"


def _words(response: httpx.Response) -> str:
    """Return what the service says of its refusal."""
    try:
        problem = json.loads(response.read())
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    words = problem.get("detail") or problem.get("title") or f"the service answered {response.status_code}"
    if response.status_code == _UNAUTHORIZED:
        words = "this service wants an API key: give it with --api-key, or set ANIWORLD_DL_API_KEY"
    return str(words)
