"""The error tree. Every failure the product knows is a leaf here; foreign exceptions become one at one seam each.

AniworldDlError
├── UsageError                what a client or user gave is not acceptable
│   ├── ConfigError             setting_invalid
│   ├── RequestInvalidError     request_invalid
│   ├── NotFoundError           not_found
│   ├── MoveRefusedError        move_refused
│   ├── UnauthorizedError       unauthorized
│   ├── HostRefusedError        host_refused
│   ├── OriginRefusedError      origin_refused
│   ├── JsonInvalidError        json_invalid
│   ├── MethodRefusedError      method_refused
│   ├── BodyTooLargeError       body_too_large
│   └── NotReadyError           not_ready
├── ProviderError             no source for an episode
│   ├── NoProviderError         no_provider
│   └── NoEpisodesError         no_episodes
├── NetError                  the network or the server
│   ├── AddressRefusedError     address_refused
│   ├── UrlInvalidError         url_invalid
│   ├── NameNotResolvedError    name_not_resolved
│   ├── ConnectError            connect_failed
│   ├── StalledError            stalled
│   ├── ConnectionLostError     connection_lost
│   ├── BodyTruncatedError      body_truncated
│   ├── TooManyRedirectsError   too_many_redirects
│   ├── HttpStatusError         http_status
│   └── TooLargeError           too_large
├── MediaError                what came is not what was announced
│   ├── NotMediaError           not_media
│   ├── ManifestError           manifest_invalid
│   ├── UnsupportedMediaError   media_unsupported
│   ├── SegmentInvalidError     segment_invalid
│   ├── SourceChangedError      source_changed
│   ├── DecryptError            decrypt_failed
│   ├── MuxError                mux_failed
│   └── IncompleteError         incomplete
├── StorageError              disk and files
│   ├── DiskFullError           disk_full
│   ├── FolderDeniedError       folder_denied
│   ├── FolderInUseError        folder_in_use
│   ├── FileFailedError         file_failed
│   └── FfmpegMissingError      ffmpeg_missing
└── InternalError               internal
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from aniworld_dl.model import ErrorInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Param = str | int | float | None
_TRANSIENT_STATUSES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class AniworldDlError(Exception):
    """Base of all errors of the product.

    `code` is stable and machine-readable, `params` fill the sentence `text` here and in the page's catalogues,
    `retryable` says whether the same request may succeed later without anyone changing anything.
    """

    code: ClassVar[str] = ""
    text: ClassVar[str] = ""
    retryable: bool = False

    def __init__(self, **params: Param) -> None:
        self.params: Mapping[str, Param] = params
        super().__init__(self.text.format_map(params))

    def info(self) -> ErrorInfo:
        """Return the error as data, to be stored and shown."""
        return ErrorInfo(code=self.code, params=dict(self.params), text=str(self))


class UsageError(AniworldDlError):
    """What a client or user gave is not acceptable."""


class ConfigError(UsageError):
    """A setting is unknown or has a bad value. Params: key, value, mend."""

    code = "setting_invalid"
    text = "setting {key}: {value!r} is not usable: {mend}"


class RequestInvalidError(UsageError):
    """A request has a bad field. Params: field, value, mend."""

    code = "request_invalid"
    text = "{field}: {value!r} is not usable: {mend}"


class NotFoundError(UsageError):
    """There is no such thing. Params: what, id."""

    code = "not_found"
    text = "there is no {what} {id}"


class MoveRefusedError(UsageError):
    """The status does not allow the action. Params: what, id, action, status."""

    code = "move_refused"
    text = "{what} {id} is {status}: {action} is not possible"


class UnauthorizedError(UsageError):
    """The request carries no valid API key."""

    code = "unauthorized"
    text = "this service wants its API key: send it as 'X-Api-Key' or 'Authorization: Bearer'"


class HostRefusedError(UsageError):
    """A request was sent to a host name that is not this service's. Params: host."""

    code = "host_refused"
    text = "this service does not answer to the name {host!r}: list it in allowed_hosts if it should"


class OriginRefusedError(UsageError):
    """A page of another site sent the request. Params: origin."""

    code = "origin_refused"
    text = "pages from {origin!r} may not use this service: list the host in allowed_hosts if they should"


class JsonInvalidError(UsageError):
    """A request's body is not JSON. Params: position (characters from the start), reason."""

    code = "json_invalid"
    text = "the body is not JSON (at character {position}): {reason}"


class MethodRefusedError(UsageError):
    """A path does not know the method. Params: method, allowed (comma-separated)."""

    code = "method_refused"
    text = "{method} is not possible here: {allowed} is"


class BodyTooLargeError(UsageError):
    """A request's body is larger than any that makes sense. Params: limit_bytes."""

    code = "body_too_large"
    text = "the body is larger than {limit_bytes} bytes"


class NotReadyError(UsageError):
    """The service is not able to work. Params: reason."""

    code = "not_ready"
    text = "the service is not ready: {reason}"
    retryable = True


class ProviderError(AniworldDlError):
    """A provider has no source for an episode."""


class NoProviderError(ProviderError):
    """No provider knows the address. Params: url."""

    code = "no_provider"
    text = "no provider knows {url}: give the http or https address of a playlist or media file"


class NoEpisodesError(ProviderError):
    """A series address led to no episode. Params: url."""

    code = "no_episodes"
    text = "{url} leads to no episode"


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
        self.retryable = status in _TRANSIENT_STATUSES


class TooLargeError(NetError):
    """A text that should be small is not. Params: url, limit_bytes."""

    code = "too_large"
    text = "{url} is larger than {limit_bytes} bytes"
    retryable = False


class MediaError(AniworldDlError):
    """What came is not what was announced."""


class NotMediaError(MediaError):
    """The address gives something else. Params: url, found."""

    code = "not_media"
    text = "{url} is no playlist and no media file, it is {found}"


class ManifestError(MediaError):
    """A playlist or manifest breaks its format. Params: line, reason."""

    code = "manifest_invalid"
    text = "the playlist is not valid (line {line}): {reason}"


class UnsupportedMediaError(MediaError):
    """Valid, but of a kind that is not opened. Params: what."""

    code = "media_unsupported"
    text = "this kind of media cannot be downloaded: {what}"


class SegmentInvalidError(MediaError):
    """A segment's bytes are not what they should be. Params: index, url, reason."""

    code = "segment_invalid"
    text = "segment {index} is damaged: {reason}"
    retryable = True


class SourceChangedError(MediaError):
    """The resource became another one while it was being read. Params: url."""

    code = "source_changed"
    text = "{url} changed while it was being downloaded"
    retryable = True


class DecryptError(MediaError):
    """A key is unusable or does not fit. Params: index, reason."""

    code = "decrypt_failed"
    text = "segment {index} cannot be decrypted: {reason}"


class MuxError(MediaError):
    """ffmpeg could not write the file. Params: reason."""

    code = "mux_failed"
    text = "the segments could not be joined: {reason}"


class IncompleteError(MediaError):
    """The result is not whole. Params: reason, missing (comma-separated time ranges, '' when unknown)."""

    code = "incomplete"
    text = "the file is not whole: {reason}"
    retryable = True


class StorageError(AniworldDlError):
    """Disk and files."""


class DiskFullError(StorageError):
    """No space left. Params: path."""

    code = "disk_full"
    text = "no space left in {path}"
    retryable = True


class FolderDeniedError(StorageError):
    """A folder cannot be written. Params: path, reason."""

    code = "folder_denied"
    text = "{path} cannot be written: {reason}"


class FolderInUseError(StorageError):
    """Another process owns the folder. Params: path."""

    code = "folder_in_use"
    text = "{path} is in use by another aniworld-dl: stop it, or choose another folder"


class FileFailedError(StorageError):
    """Reading or writing a file failed. Params: path, reason."""

    code = "file_failed"
    text = "{path}: {reason}"


class FfmpegMissingError(StorageError):
    """There is no ffmpeg. Params: mend."""

    code = "ffmpeg_missing"
    text = "no usable ffmpeg was found: {mend}"


class InternalError(AniworldDlError):
    """A defect of the product. Params: reason."""

    code = "internal"
    text = "an unexpected error: {reason} (the log has the details)"


def all_leaves() -> Iterator[type[AniworldDlError]]:
    """Yield every class that can be raised, for documentation and tests."""
    waiting: list[type[AniworldDlError]] = [AniworldDlError]
    while waiting:
        current = waiting.pop()
        waiting.extend(current.__subclasses__())
        if current.code:
            yield current
