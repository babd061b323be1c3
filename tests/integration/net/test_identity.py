"""Who is connected to is who was checked: TLS names, IPv6, spellings of a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.errors import (
    ConnectError,
)
from tests.integration.net.bench import HOST, Bench, get, say_hello
from tests.integration.net.server import serve

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_server_is_told_the_name_it_is_asked_for(secure: Bench) -> None:
    server = await secure.serve(say_hello)
    client = await secure.client()
    await get(client, secure.url(server))
    assert server.calls[0].server_name == HOST


async def test_a_certificate_for_another_name_is_refused(secure: Bench) -> None:
    server = await secure.serve(say_hello, "other.example")
    client = await secure.client()
    with pytest.raises(ConnectError, match=f"no connection to {HOST}"):
        await get(client, secure.url(server))
    assert server.calls == []


async def test_a_certificate_of_an_unknown_authority_is_refused(secure: Bench) -> None:
    server = await secure.serve(say_hello)
    client = await secure.client(trusts_authority=False)
    with pytest.raises(ConnectError):
        await get(client, secure.url(server))


async def test_an_authority_of_ones_own_is_named_by_the_environment(
    secure: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`SSL_CERT_FILE` is where programs on Unix look for it, whatever carries the requests."""
    ca_file = tmp_path / "authority.pem"
    ca_file.write_bytes(secure.authority.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    server = await secure.serve(say_hello)
    client = await secure.client(trusts_authority=False)
    assert await get(client, secure.url(server)) == b"hello"


async def test_an_address_needs_a_certificate_of_its_own(secure: Bench) -> None:
    client = await secure.client()
    server = await secure.serve(say_hello, "127.0.0.1")
    assert await get(client, secure.url(server, host="127.0.0.1")) == b"hello"
    server = await secure.serve(say_hello, HOST)
    with pytest.raises(ConnectError):
        await get(client, secure.url(server, host="127.0.0.1"))


async def test_two_names_of_one_address_never_share_a_connection(secure: Bench) -> None:
    """The connection made for one name has proved nothing about the other."""
    secure.resolver.names["second.example"] = ["127.0.0.1"]
    server = await secure.serve(say_hello, HOST)
    client = await secure.client()
    await get(client, secure.url(server))
    with pytest.raises(ConnectError):
        await get(client, secure.url(server, host="second.example"))
    assert [call.server_name for call in server.calls] == [HOST]


async def test_ipv6_addresses_and_names(plain: Bench) -> None:
    plain.resolver.names["six.example"] = ["::1"]
    client = await plain.client(allowed_private_networks=["::1/128"])
    server = await plain.stack.enter_async_context(serve(say_hello, host="::1"))
    assert await get(client, plain.url(server, host="[::1]")) == b"hello"
    assert await get(client, plain.url(server, host="six.example")) == b"hello"
    assert server.calls[0].headers["host"] == f"[::1]:{server.port}"


async def test_the_name_is_not_looked_up_by_anyone_else(bench: Bench) -> None:
    """The name does not exist outside this test, in any spelling: who connects uses the pinned address."""
    server = await bench.serve(say_hello, HOST, "xn--bcher-kva.example", "under_score.example")
    bench.resolver.default = "127.0.0.1"
    client = await bench.client()
    for host in ["ORIGIN.example", "origin.example.", "bücher.example"]:
        assert await get(client, bench.url(server, host=host)) == b"hello"
    assert [call.headers["host"].partition(":")[0] for call in server.calls] == [
        "origin.example",
        "origin.example",
        "xn--bcher-kva.example",
    ]
