"""The ways into the world: straight, or through a proxy; each a client of its own, opened when first gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from httpx_aiohttp import AiohttpTransport

from monitor.model import Access, Network
from monitor.sources.addresses import Guard
from monitor.sources.connect import Lookup, check_proxy, open_session, tls_context
from monitor.sources.decode import ACCEPTED
from monitor.sources.headers import user_agent


@dataclass(frozen=True, slots=True)
class Way:
    """One client. `proxied`: a proxy looks names up, so that where they lead cannot be judged here."""

    client: httpx.AsyncClient
    proxied: bool
    headers: Mapping[str, tuple[str, str]]  # what is sent with each request, by the name in small letters.

    async def ask(self, url: httpx.URL, headers: Mapping[str, str]) -> httpx.Response:
        """Get a URL with these headers in place of ours of the same name; the body is still to be read."""
        # What httpx builds for a client's own defaults takes twice as long, for the same request.
        named = {**self.headers, **{name.lower(): (name, value) for name, value in headers.items()}}
        return await self.client.send(httpx.Request("GET", url, headers=list(named.values())), stream=True)


class _NoCookies(httpx.Cookies):
    """Keep none. To look through each answer for some, and refuse them, takes a tenth of a fetch."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them where they are."""


class _Client(httpx.AsyncClient):
    """httpx's client, without cookies."""

    cookies = property(lambda _: _NoCookies(), lambda _, __: None)


class Ways:
    """Keep one client for each proxy that is configured, and one for none.

    Every client connects past the same guard, keeps no cookies and looks at no environment.
    """

    def __init__(self, network: Network, *, guard: Guard, lookup: Lookup) -> None:
        """Raises: ValueError for a proxy of the network's that cannot be used."""
        self._network = network
        self._guard = guard
        self._lookup = lookup
        self._ways: dict[str, Way] = {}
        self.is_closed = False
        self.of(Access())

    def of(self, access: Access) -> Way:
        """Return how a source is reached. Raises: ValueError for a proxy that cannot be used."""
        proxy = proxy_of(access, self._network)
        return self._ways.get(proxy) or self._ways.setdefault(proxy, self._way(proxy))

    async def close(self) -> None:
        """End every connection."""
        self.is_closed = True
        for way in self._ways.values():
            await way.client.aclose()

    def _way(self, proxy: str) -> Way:
        context = tls_context()
        if proxy:
            check_proxy(proxy)
        # The session is opened at the first request, because it belongs to the loop that runs then.
        transport = AiohttpTransport(
            verify=context,
            client=lambda: open_session(guard=self._guard, lookup=self._lookup, context=context, proxy=proxy),
        )
        # No timeout: one deadline stands over the whole fetch.
        client = _Client(transport=transport, trust_env=False, timeout=None)
        ours = (("User-Agent", user_agent(self._network.contact)), ("Accept", "*/*"), ("Accept-Encoding", ACCEPTED))
        return Way(client, bool(proxy), {name.lower(): (name, value) for name, value in ours})


def proxy_of(access: Access, network: Network) -> str:
    """Return the proxy that a source is reached through, "" for none: its own, else the network's."""
    proxy = network.proxy if access.proxy is None else access.proxy
    return proxy.reveal if proxy else ""
