"""Runs all checks, in the order in which people would mend what they find."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aniworld_dl.access.oidc import provider_login
from aniworld_dl.confine.walls import confinement
from aniworld_dl.doctor import storage
from aniworld_dl.doctor.finding import fail, ok, warn
from aniworld_dl.doctor.notices import check_notices
from aniworld_dl.errors import ConfigError, FfmpegMissingError
from aniworld_dl.ffmpeg import find_ffmpeg
from aniworld_dl.net.address import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.confine.walls import Confinement
    from aniworld_dl.doctor.finding import Finding

_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy")
_FEW_FILES: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """The providers there are, and those that could not be loaded, each with the reason."""

    names: Sequence[str]
    broken: Mapping[str, str] = field(default_factory=dict)


async def examine(
    settings: Settings, clock: Clock, providers: Providers, *, database: Path, serving: bool
) -> list[Finding]:
    """Run every check and return what each found; no request is sent. `serving`: the service itself asks."""
    now = clock.time()
    return await asyncio.to_thread(
        lambda: [
            storage.check_folder("download_dir", settings.download_dir),
            storage.check_folder("data_dir", settings.data_dir),
            storage.check_work(settings.download_dir),
            storage.check_space(settings.download_dir, settings.disk_reserve_bytes),
            check_ffmpeg(settings.ffmpeg),
            check_confinement(confinement()),
            storage.check_database(database),
            check_providers(providers),
            check_notices(settings.notices, database),
            storage.check_clock(now, settings.download_dir),
            check_proxies(os.environ),
            check_open_files(open_files_limit()),
            check_address(settings, access=storage.has_access(database)),
            check_login(settings, clock),
            check_port(settings, serving=serving),
        ]
    )


def check_ffmpeg(wanted: Path | None) -> Finding:
    """See which ffmpeg would be used."""
    try:
        found = find_ffmpeg(wanted)
    except FfmpegMissingError as error:
        return fail("ffmpeg", "ffmpeg_missing", mend=error.params["mend"])
    return ok("ffmpeg", "ffmpeg_ok", version=".".join(map(str, found.version)), path=str(found.path))


def check_confinement(possible: Confinement) -> Finding:
    """Say what keeps the programs that are started in their place; nothing can be mended but by another kernel."""
    if possible.landlock_version:
        code = "confined_whole" if possible.network else "confined_files"
        return ok("confinement", code, version=possible.landlock_version)
    return ok("confinement", "confined_network" if possible.network else "confined_little")


def check_providers(providers: Providers) -> Finding:
    """See whether every provider that is installed could be loaded."""
    if providers.broken:
        reason = "; ".join(providers.broken.values())
        return fail("providers", "providers_broken", names=", ".join(providers.broken), reason=reason)
    return ok("providers", "providers_ok", names=", ".join(providers.names))


def check_proxies(environment: Mapping[str, str]) -> Finding:
    """Name the variables that other programs take a proxy from; this one takes none."""
    names = sorted(name for name, value in environment.items() if name.lower() in _PROXIES and value)
    if names:
        return warn("proxy", "proxy_ignored", names=", ".join(names))
    return ok("proxy", "proxy_none")


def open_files_limit() -> int | None:
    """Return how many files this process may have open, None where the system does not say."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 - exists on POSIX only

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def check_open_files(limit: int | None) -> Finding:
    """Compare with what many connections, files and clients at a time need."""
    if limit is None:
        return ok("open_files", "files_unlimited")
    return (
        warn("open_files", "files_few", limit=limit)
        if limit < _FEW_FILES
        else ok("open_files", "files_ok", limit=limit)
    )


def check_address(settings: Settings, *, access: bool) -> Finding:
    """See who reaches the service; `access`: there are keys or passwords beside those in the settings."""
    if is_loopback(settings.host):
        return ok("address", "address_local", host=settings.host)
    asked = (settings.api_key, settings.proxy_user_header, settings.oidc_issuer)
    if not access and all(each is None for each in asked):
        return fail("address", "address_keyless", host=settings.host)
    if settings.tls_cert is None and not settings.trusted_proxies:
        return warn("address", "address_plain", host=settings.host)
    return ok("address", "address_open", host=settings.host)


def check_login(settings: Settings, clock: Clock) -> Finding:
    """See whether people can be sent to the login provider; it is not asked."""
    try:
        login = provider_login(settings, clock)
    except ConfigError as error:
        return fail("login", "login_unusable", key=error.params["key"], mend=error.params["mend"])
    return ok("login", "login_none") if login is None else ok("login", "login_ok", name=login.name)


def check_port(settings: Settings, *, serving: bool) -> Finding:
    """See whether the service can listen; while it does there is nothing to try."""
    if serving:
        return ok("port", "port_serving", port=settings.port)
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return warn("port", "port_taken", port=settings.port)
        return fail("port", "port_denied", port=settings.port, reason=error.strerror or str(error))
    return ok("port", "port_free", port=settings.port)
