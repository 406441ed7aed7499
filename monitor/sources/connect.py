"""Connections: where names are looked up, and where each address is judged before and after it is connected to."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import aiohttp
import aiohttp_socks
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler

from monitor.sources.addresses import AddressRefusedError, Guard
from monitor.sources.handler import StrictHandler

Lookup = Callable[[str], Awaitable[Sequence[str]]]  # a host's name to its addresses, as text. Raises: OSError.

REMEMBER_NAMES = 60  # seconds; short beside the interval of any feed, long beside a page's redirects.
KEEP_ALIVE = 15.0  # seconds an idle connection stays open, up to twice that: long enough for a site's next article.
MOST_IDLE = 500  # hosts with idle connections; each takes about 20 KB.
LOOKUPS_AT_ONCE = 128  # threads; a hundred name servers that hang leave the others on time.
LOOKUP_PATIENCE = 10.0  # seconds; the C library asks each name server twice for five.
MAX_HEADER = 32_768  # bytes of one header: news sites send policies well over aiohttp's 8 KB.
MAX_HEADERS = 200
SOCKS_PORT = 1080
PROXIES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
ANYWHERE = Guard.of(("0.0.0.0/0", "::/0"))  # where a proxy may be: its address is the user's own choice.


class SystemLookup:
    """Ask the system for a name's addresses, each in a daemon thread of its own.

    Not the loop's pool of threads: a few names that hang would hold all of it, and its threads keep the process from
    ending.
    """

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(LOOKUPS_AT_ONCE)

    async def __call__(self, host: str) -> Sequence[str]:
        """Return the addresses of `host`. Raises: socket.gaierror, also when no answer comes in time."""
        try:
            async with asyncio.timeout(LOOKUP_PATIENCE):
                await self._free.acquire()
                return await self._ask(host)
        except TimeoutError as exc:
            raise socket.gaierror(socket.EAI_AGAIN, "no answer in time") from exc

    def _ask(self, host: str) -> asyncio.Future[Sequence[str]]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[str]] = loop.create_future()

        def finish(found: Sequence[str] | Exception) -> None:
            # The slot is held until the thread ends, although nobody may wait for it any more.
            self._free.release()
            if answer.done():
                return
            if isinstance(found, Exception):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        def work() -> None:
            found = look_up(host)
            try:
                loop.call_soon_threadsafe(finish, found)
            except RuntimeError:
                return  # the loop has closed meanwhile.

        try:
            threading.Thread(target=work, name=f"lookup {host}", daemon=True).start()
        except RuntimeError:
            finish(OSError(errno.EAGAIN, "no thread can be started"))
        return answer


def look_up(host: str) -> Sequence[str] | Exception:
    """Ask the system for a host's addresses, and wait for it; errors are returned."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        return exc if isinstance(exc, OSError) else socket.gaierror(socket.EAI_NONAME, "not a name")
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckingResolver(AbstractResolver):
    """Give the connector only addresses that may be connected to."""

    def __init__(self, guard: Guard, lookup: Lookup) -> None:
        self._guard = guard
        self._lookup = lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Look a name up. Raises: socket.gaierror, AddressRefusedError if no address of it may be connected to."""
        del family  # the connector sorts out families itself.
        found = await self._lookup(host)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        allowed = [address for address in found if not self._guard.refuses(address)]
        if not allowed:
            raise AddressRefusedError(host, found[0])
        return [_result(host, address, port) for address in allowed]

    async def close(self) -> None:
        """Keep nothing, close nothing."""


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return {"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": 0}


class CheckingConnector(aiohttp.TCPConnector):
    """Judge each address where it is connected, however it was found, and the peer once it is connected.

    No name, literal, redirect or cached answer comes past these two places.
    """

    def __init__(self, guard: Guard, **options: Any) -> None:  # noqa: ANN401 - aiohttp's own keyword arguments.
        options.setdefault("socket_factory", self._make_socket)
        super().__init__(**options)
        self._guard = guard
        make: Callable[..., ResponseHandler] = StrictHandler
        self._factory = partial(make, loop=self._loop)

    def _make_socket(self, info: Any) -> socket.socket:  # noqa: ANN401 - a tuple out of getaddrinfo.
        family, kind, protocol, _, address = info
        if self._guard.refuses(str(address[0])):
            raise AddressRefusedError("", str(address[0]))
        return socket.socket(family, kind, protocol)

    async def _wrap_create_connection(
        self,
        *args: Any,  # noqa: ANN401 - aiohttp's own arguments, passed on.
        **options: Any,  # noqa: ANN401 - same.
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        transport, protocol = await super()._wrap_create_connection(*args, **options)
        peer = transport.get_extra_info("peername")
        if not peer or self._guard.refuses(str(peer[0])):
            transport.abort()
            raise AddressRefusedError("", str(peer[0]) if peer else "an unknown address")
        return transport, protocol


def open_session(*, guard: Guard, lookup: Lookup, context: ssl.SSLContext, proxy: str = "") -> aiohttp.ClientSession:
    """Open the session that carries every request: no cookies, no environment, no decoding, names remembered briefly.

    With a proxy the connector connects to the proxy only, which is the user's own and may be private, and the proxy
    looks the names up.
    """
    options: dict[str, Any] = {"ssl": context, "limit": 0, "keepalive_timeout": KEEP_ALIVE}
    forward = None
    if proxy.lower().startswith("socks"):
        connector: aiohttp.TCPConnector = _socks_connector(proxy, options)
    else:
        if proxy:
            guard, forward = ANYWHERE, proxy
        options |= {"ttl_dns_cache": REMEMBER_NAMES, "dns_cache_max_size": 10_000}
        connector = CheckingConnector(guard, resolver=CheckingResolver(guard, lookup), **options)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        proxy=forward,
        max_line_size=MAX_HEADER,
        max_field_size=MAX_HEADER,
        max_headers=MAX_HEADERS,
    )


class SocksConnector(aiohttp_socks.ProxyConnector):
    """Connect through SOCKS, and read the answers as strictly as without."""

    async def _connect_via_proxy(
        self,
        *args: Any,  # noqa: ANN401 - the library's own arguments, passed on.
        **options: Any,  # noqa: ANN401 - same.
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        transport, loose = await super()._connect_via_proxy(*args, **options)
        strict = StrictHandler(self._loop)
        strict.holds = loose  # it owns the stream, which closes when nobody holds it.
        transport.set_protocol(strict)
        strict.connection_made(transport)
        return transport, strict


def _socks_connector(proxy: str, options: dict[str, Any]) -> SocksConnector:
    """Connect through SOCKS 4 or 5, the names always left to the proxy: looking them up here would give them away."""
    url = httpx.URL(proxy)
    return SocksConnector(
        host=url.host,
        port=url.port or SOCKS_PORT,
        proxy_type=aiohttp_socks.ProxyType.SOCKS4 if "4" in url.scheme else aiohttp_socks.ProxyType.SOCKS5,
        username=url.username or None,
        password=url.password or None,
        rdns=True,
        **options,
    )


def check_proxy(proxy: str) -> None:
    """Check that a proxy's URL can be used. Raises: ValueError, whose text holds no password."""
    try:
        url = httpx.URL(proxy)
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL("")
    if url.scheme not in PROXIES or not url.host:
        raise ValueError(f"a proxy is one of {', '.join(PROXIES)}, and a host")


def tls_context() -> ssl.SSLContext:
    """Return the one TLS context of all fetches: certificates and names verified, HTTP/1.1.

    Trusts the authorities in the file SSL_CERT_FILE or the folder SSL_CERT_DIR where one of these is set in the
    environment, else the Mozilla list that comes with httpx.
    """
    return _context_for(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=1)  # a context takes 30 ms and half a megabyte.
def _context_for(*named: str | None) -> ssl.SSLContext:
    del named  # what the context depends on; httpx reads the same variables.
    context = httpx.create_ssl_context(trust_env=True)
    context.set_alpn_protocols(["http/1.1"])
    return context


def idle_hosts() -> int:
    """Return how many hosts' connections may stay open: a quarter of the files that this process may open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_IDLE if soft == resource.RLIM_INFINITY else max(16, min(MOST_IDLE, soft // 4))
