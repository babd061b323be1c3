"""The network or the server."""

from __future__ import annotations

from typing import Final

from aniworld_dl.errors.base import AniworldDlError

_TOO_MANY_REQUESTS: Final = 429
_UNAVAILABLE: Final = 503
_TRANSIENT_STATUSES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class NetError(AniworldDlError):
    """The network or the server."""

    retryable = True


class AddressRefusedError(NetError):
    """An address is not a global one and no setting allows it. Params: host, address."""

    code = "address_refused"
    text = (
        "{host} leads to {address}, which is not a public address: "
        "list its network in allowed_private_networks if you trust it"
    )
    retryable = False


class UrlInvalidError(NetError):
    """Not an http or https address. Params: url, reason."""

    code = "url_invalid"
    text = "{url} is not a usable address: {reason}"
    retryable = False


class NameNotResolvedError(NetError):
    """The host's name has no address. Params: host."""

    code = "name_not_resolved"
    text = "the name {host} has no address"


class ConnectError(NetError):
    """No connection. Params: host, reason."""

    code = "connect_failed"
    text = "no connection to {host}: {reason}"


class StalledError(NetError):
    """Nothing came for too long. Params: host, timeout_s."""

    code = "stalled"
    text = "{host} sent nothing for {timeout_s} s"


class ConnectionLostError(NetError):
    """The connection broke. Params: host, reason."""

    code = "connection_lost"
    text = "the connection to {host} broke: {reason}"


class BodyTruncatedError(NetError):
    """Fewer or more bytes than announced. Params: host, received_bytes, expected_bytes."""

    code = "body_truncated"
    text = "{host} announced {expected_bytes} bytes and sent {received_bytes}"


class TooManyRedirectsError(NetError):
    """A chain of redirects does not end. Params: url, count."""

    code = "too_many_redirects"
    text = "{url} was redirected {count} times without an end"
    retryable = False


class HttpStatusError(NetError):
    """The server answered with an error. Params: host, status, url, retry_after_s."""

    code = "http_status"
    text = "{host} answered {status} for {url}"

    def __init__(self, *, host: str, status: int, url: str, retry_after_s: float | None = None) -> None:
        super().__init__(host=host, status=status, url=url, retry_after_s=retry_after_s)
        self.status = status
        self.retry_after_s = retry_after_s
        self.refusal = status == _TOO_MANY_REQUESTS or (status == _UNAVAILABLE and retry_after_s is not None)
        """Whether the server only wants to be asked later, or by fewer at a time."""
        self.retryable = status in _TRANSIENT_STATUSES


class HostCoolingError(NetError):
    """A server wants to be left alone for longer than a request waits. Params: host, wait_s."""

    code = "host_cooling"
    text = "{host} wants to be left alone for {wait_s} s"

    def __init__(self, *, host: str, wait_s: float) -> None:
        super().__init__(host=host, wait_s=wait_s)
        self.host = host
        self.wait_s = wait_s


class TooLargeError(NetError):
    """A text that should be small is not. Params: url, limit_bytes."""

    code = "too_large"
    text = "{url} is larger than {limit_bytes} bytes"
    retryable = False
