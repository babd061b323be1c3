"""What a provider's child process may connect to and start."""

from __future__ import annotations

import socket

import pytest

from aniworld_dl.providers.child.confine import Watch
from aniworld_dl.providers.child.rules import Rules

CONNECTIONS = ["socket.connect", "socket.sendto", "socket.sendmsg"]
PROGRAMS = ["subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.fork", "os.forkpty"]
REFUSED = [
    ("127.0.0.1", 80),
    ("::1", 80, 0, 0),
    ("10.0.0.1", 443),
    ("169.254.169.254", 80),
    ("192.0.0.192", 80),
    ("::ffff:127.0.0.1", 80, 0, 0),
    ("fe80::1%1", 80, 0, 1),
    ("0.0.0.0", 80),
    ("", 80),
    ("<broadcast>", 80),
    ("127.1", 80),
    ("8.8.8.8.", 80),
    ("localhost", 80),
    ("a.example", 443),
    (0, 0),
    "/run/docker.sock",
    b"\0abstract",
]


@pytest.mark.parametrize("event", CONNECTIONS)
@pytest.mark.parametrize("address", REFUSED, ids=str)
def test_only_public_addresses_are_connected_to(event: str, address: object) -> None:
    """Names neither: what the system looked up for one is not what another look-up tells."""
    with pytest.raises(PermissionError):
        Watch(Rules())(event, (None, address))


def test_what_is_public_allowed_or_connected_already_passes() -> None:
    watch = Watch(Rules(allowed_networks=("10.0.0.0/8",), trusted_endpoints=(("127.0.0.1", 8081),)))
    for address in [("8.8.8.8", 443), ("2606:4700::1111", 443, 0, 0), ("10.1.2.3", 80), ("127.0.0.1", 8081), None]:
        watch("socket.connect", (None, address))
    with pytest.raises(PermissionError):
        watch("socket.connect", (None, ("127.0.0.1", 8082)))


@pytest.mark.parametrize("event", PROGRAMS)
def test_programs_are_started_by_who_may_alone(event: str) -> None:
    with pytest.raises(PermissionError):
        Watch(Rules())(event, ())
    Watch(Rules(may_start_programs=True))(event, ())


def test_what_python_connects_by_a_name_goes_through_addresses() -> None:
    """Refusing names costs libraries nothing: they look a name up and connect to what they get."""
    seen: list[object] = []

    class Socket(socket.socket):
        def connect(self, address: object) -> None:
            seen.append(address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "socket", Socket)
        socket.create_connection(("localhost", 9)).close()
    assert [each[0] for each in seen if isinstance(each, tuple)] in (["127.0.0.1"], ["::1"])
