"""Clients and servers for one kind of carrier and one scheme."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aniworld_dl.config import Settings
from aniworld_dl.net.book import AddressBook
from aniworld_dl.net.carriers import carrier_factory
from aniworld_dl.net.client import HttpClient
from aniworld_dl.net.guard import AddressGuard
from aniworld_dl.net.transport import PinnedTransport
from tests.fakes.clock import FakeClock
from tests.fakes.names import FakeResolver
from tests.integration.net.server import OK, Call, Server, serve

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from aniworld_dl.demo.authority import Authority
    from aniworld_dl.net.response import Response
    from tests.integration.net.server import Answer

HOST = "origin.example"
LONG = 400_000  # more than any buffer on the way reads at once
IMPATIENT: dict[str, Any] = {"connect_timeout_s": 1.0, "read_timeout_s": 0.3}


@dataclass
class Bench:
    """Makes servers and clients for one kind of carrier and one scheme."""

    kind: str
    scheme: str
    authority: Authority
    stack: AsyncExitStack
    resolver: FakeResolver = field(default_factory=lambda: FakeResolver({HOST: ["127.0.0.1"]}))

    async def serve(self, answer: Answer, *hosts: str) -> Server:
        tls = self.authority.context(hosts or (HOST,)) if self.scheme == "https" else None
        return await self.stack.enter_async_context(serve(answer, tls=tls))

    async def client(self, *, trusts_authority: bool = True, **settings: Any) -> HttpClient:
        chosen = Settings.model_construct(
            **{"transport": self.kind, "allowed_private_networks": ["127.0.0.0/8"]} | settings
        )
        guard = AddressGuard(chosen.allowed_private_networks, resolver=self.resolver)
        carriers = carrier_factory(chosen, ca_pem=self.authority.pem if trusts_authority else None)
        transport = PinnedTransport(AddressBook(guard, FakeClock()), carriers)
        client = HttpClient(chosen, FakeClock(auto_advance=True), transport=transport, resolver=self.resolver)
        return await self.stack.enter_async_context(client)

    def url(self, server: Server, path: str = "/", host: str = HOST) -> str:
        return f"{self.scheme}://{host}:{server.port}{path}"


async def body_of(response: Response) -> bytes:
    return b"".join([chunk async for chunk in response.chunks()])


async def get(client: HttpClient, url: str) -> bytes:
    async with client.stream(url) as response:
        return await body_of(response)


async def say_hello(call: Call) -> None:
    await call.send(OK)
