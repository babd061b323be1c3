"""A certificate of one's own: looked at before the service starts, so that what is wrong is said in words."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from aniworld_dl.errors import ConfigError
from aniworld_dl.net.address import is_loopback

if TYPE_CHECKING:
    from pathlib import Path

    from aniworld_dl.config import Settings


def check_certificate(settings: Settings) -> None:
    """Load the certificate and its key, as the server will.

    Raises:
        ConfigError: one of them is missing, unreadable, protected by a password, or they do not belong together.
    """
    cert, key = settings.tls_cert, settings.tls_key
    if cert is None:
        if key is not None:
            raise ConfigError(key="tls_key", value=str(key), mend="set tls_cert too: a key alone proves nothing")
        return
    _require_readable("tls_cert", cert)
    if key is not None:
        _require_readable("tls_key", key)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password=_no_password)
    except _ProtectedError as error:
        mend = "its key is protected by a password: remove that (openssl pkey -in OLD -out NEW)"
        raise ConfigError(key="tls_key", value=str(key or cert), mend=mend) from error
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ConfigError(key="tls_key", value=str(key or cert), mend="it is another certificate's key") from error
        mend = f"give PEM files with a certificate and its private key ({error.reason or error})"
        raise ConfigError(key="tls_cert", value=str(cert), mend=mend) from error


def travels_openly(settings: Settings) -> bool:
    """Tell whether keys and passwords cross a network that others can read."""
    return settings.tls_cert is None and not settings.trusted_proxies and not is_loopback(settings.host)


class _ProtectedError(Exception):
    """The key wants a password."""


def _no_password() -> str:
    raise _ProtectedError


def _require_readable(name: str, path: Path) -> None:
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise ConfigError(key=name, value=str(path), mend=f"it cannot be read ({error.strerror})") from error
