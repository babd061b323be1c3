"""What a client or user gave is not acceptable."""

from __future__ import annotations

from aniworld_dl.errors.base import AniworldDlError


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
    """The request carries no valid API key, and comes from nobody who is logged in."""

    code = "unauthorized"
    text = "this service wants to know who asks: log in, or send an API key as 'X-Api-Key' or 'Authorization: Bearer'"


class ForbiddenError(UsageError):
    """Whoever asks may not do this. Params: needed, scope (what they may)."""

    code = "forbidden"
    text = "this needs the scope {needed}, and you have {scope}"


class UnprovenError(UsageError):
    """A change by someone who is logged in does not show that the service's own page asks for it."""

    code = "unproven"
    text = "with a session or behind a login proxy, changes must carry the header 'X-Requested-With: aniworld-dl'"


class LoginRefusedError(UsageError):
    """The name or the password is wrong."""

    code = "login_refused"
    text = "the name or the password is wrong"


class LoginSlowedError(UsageError):
    """There were too many logins that failed. Params: wait_s."""

    code = "login_slowed"
    text = "too many logins have failed: try again in {wait_s} s"
    retryable = True


class OidcUnreachableError(UsageError):
    """The login provider cannot be used now. Params: reason."""

    code = "oidc_unreachable"
    text = "the login provider cannot be used: {reason}"
    retryable = True


class OidcExpiredError(UsageError):
    """A login that comes back was not begun in this browser, or too long ago. Params: address (where to begin)."""

    code = "oidc_expired"
    text = "this login was not begun in this browser, has been used, or took too long: begin again at {address}"


class OidcRefusedError(UsageError):
    """The login provider has not let somebody in, or what it says does not hold. Params: reason."""

    code = "oidc_refused"
    text = "the login provider's answer does not let anybody in: {reason}"


class OidcForbiddenError(UsageError):
    """Somebody has logged in at the login provider who may not use this service. Params: name."""

    code = "oidc_forbidden"
    text = "{name} may not use this service: neither oidc_users nor oidc_groups lets them in"


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


class NotWatchableError(UsageError):
    """An episode cannot be played in the page as it is now. Params: reason (a code: `api.md` explains each)."""

    code = "not_watchable"
    text = "this cannot be played here: {reason}"


class PartNotReadyError(UsageError):
    """A part of an episode that is being watched is not there yet. Params: reason (a code: `api.md` explains each)."""

    code = "part_not_ready"
    text = "this part of the episode is not there yet: {reason}"
    retryable = True
