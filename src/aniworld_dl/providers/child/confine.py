"""Puts the process it runs in under rules: bounds of the system, walls, and a watch over connections and programs."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aniworld_dl.confine.landlock import Reach
from aniworld_dl.confine.walls import DEVICES, PROGRAMS, put_up
from aniworld_dl.net.address import ip_of
from aniworld_dl.net.guard import AddressGuard

if TYPE_CHECKING:
    from aniworld_dl.providers.child.rules import Rules

resource: Any = importlib.import_module("resource") if os.name == "posix" else None

_CONNECTIONS: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_PROGRAMS: Final = frozenset(
    {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.fork", "os.forkpty", "os.startfile"}
)
_NO_BOUND: Final = -1
_OPEN_FILES: Final = 256
_RESOLVERS: Final = ("systemd/resolve", "resolvconf", "NetworkManager", "nscd")
_SYSTEM: Final = (*map(Path, ("/etc", "/proc/self", "/sys")), *(Path("/run") / each for each in _RESOLVERS))
"""Names of hosts, certificates, time zones, and what the machine is."""
_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def confine(rules: Rules) -> None:
    """Put this process under the rules, for good. It has no threads yet, and its home is where it works."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for bound, value in ((resource.RLIMIT_AS, rules.memory_bytes), (resource.RLIMIT_FSIZE, rules.file_bytes)):
            lower_bound(bound, value)
        lower_bound(resource.RLIMIT_NOFILE, _OPEN_FILES)
    put_up(reach_of(rules, Path.cwd()))
    sys.addaudithook(Watch(rules))


def reach_of(rules: Rules, home: Path) -> Reach:
    """Return what is left to a child: Python and its modules, what belongs to no user, and its home."""
    python = (sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path)
    named = [entry for name in _CERTIFICATES for entry in os.environ.get(name, "").split(os.pathsep)]
    if rules.may_start_programs:  # which look at themselves, as other processes than this
        named += [*os.environ.get("PATH", "").split(os.pathsep), "/proc"]
    places = tuple(Path(entry) for entry in (*python, *named) if entry)
    return Reach(reads=(*PROGRAMS, *_SYSTEM, *places), writes=(home, *DEVICES), network=True)


def allow_processor_s(seconds: int) -> None:
    """Let this process have so much more processor time; when it is used up the system ends the process."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    lower_bound(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds)


def lower_bound(bound: int, value: int) -> None:
    """Set the soft bound to `value`, or to the hard one where that is lower."""
    _, most = resource.getrlimit(bound)
    resource.setrlimit(bound, (value if most == _NO_BOUND else min(value, most), most))


class Watch:
    """An audit hook that lets connections go to allowed addresses only, and programs be started only by who may."""

    def __init__(self, rules: Rules) -> None:
        self._guard = AddressGuard(rules.allowed_networks, rules.trusted_endpoints)
        self._may_start_programs = rules.may_start_programs

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Look at what is about to happen, and raise PermissionError where it must not."""
        if event in _CONNECTIONS:
            self._look_at(arguments[1])
        elif event in _PROGRAMS and not self._may_start_programs:
            raise PermissionError("no other programs may be started here")

    def _look_at(self, address: Any) -> None:
        if address is None:  # of a socket that is connected
            return
        if not isinstance(address, tuple):
            raise PermissionError("only connections over the internet are allowed here")
        host, port = str(address[0]), address[1]
        if ip_of(host) is None:  # the system has looked the name up by now, and would tell us perhaps something else
            raise PermissionError(f"{host} is a name: only addresses may be connected to here")
        if not self._guard.permits(host, port):
            raise PermissionError(
                f"{host} is not a public address: list its network in allowed_private_networks if you trust it"
            )
