"""What httpx does of itself, and what we make of it: each test shows that the naive call fails, and ours does not."""

from __future__ import annotations

import asyncio
import ipaddress
import zlib

import httpx
import pytest
from support.fetching import fetched, fetching, network, refused
from support.rawserver import Exchange, RawServer, answer, redirect, serving

from monitor.model import Network
from monitor.sources.addresses import Guard


async def drip(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    while not exchange.ending.is_set():
        await exchange.send(b"a")
        await exchange.breathe(0.05)


async def test_httpx_never_ends_a_slow_answer_and_we_do() -> None:
    async with serving() as site:
        url = site.on("/drip", drip)
        async with httpx.AsyncClient(timeout=0.3, trust_env=False) as naive:
            with pytest.raises(TimeoutError):
                # Its timeout is over three times, and it still reads: only ours ends this.
                async with asyncio.timeout(1.0):
                    await naive.get(url)
        async with fetching(network(seconds=0.3)) as fetcher:
            assert "stopped after 0.3 s" in str(await refused(fetcher, url))


async def hint(exchange: Exchange) -> None:
    while not exchange.ending.is_set():
        await exchange.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await exchange.breathe(0.05)


async def test_httpx_never_ends_interim_answers_and_we_do() -> None:
    async with serving() as site:
        url = site.on("/hint", hint)
        async with httpx.AsyncClient(timeout=0.3, trust_env=False) as naive:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1.0):
                    await naive.get(url)
        async with fetching(network(seconds=0.3)) as fetcher:
            await refused(fetcher, url)


async def test_httpx_unpacks_all_of_a_bomb_at_once_and_we_stop() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    bomb = packer.compress(bytes(20_000_000)) + packer.flush()
    async with serving() as site:
        url = site.on("/bomb", answer(200, bomb, "Content-Encoding: gzip"))
        async with httpx.AsyncClient(trust_env=False) as naive, naive.stream("GET", url) as response:
            assert len(await anext(response.aiter_bytes())) > 10_000_000
        async with fetching() as fetcher:
            assert str(await refused(fetcher, url)) == "larger than 1 MB"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]"])
async def test_httpx_follows_redirects_to_addresses_in_disguise_and_we_do_not(host: str) -> None:
    async with serving("127.0.0.77") as site, serving() as inside:
        url = site.on("/away", redirect(f"http://{host}:{inside.port}/secret"))
        inside.on("/secret", answer(200, b"secret"))
        async with httpx.AsyncClient(follow_redirects=True, trust_env=False) as naive:
            assert (await naive.get(url)).text == "secret"
        only_site = Network(allow_private=("127.0.0.77/32",))
        async with fetching(only_site) as fetcher:
            assert "refused" in str(await refused(fetcher, url))
        assert inside.paths() == ["/secret"]


@pytest.mark.parametrize("address", ["64:ff9b::7f00:1", "192.88.99.1", "::127.0.0.1", "224.0.0.1", "fec0::1"])
def test_is_global_lets_these_through_or_does_not_say_and_we_refuse_them(address: str) -> None:
    known = ipaddress.ip_address(address)
    assert known.is_global
    assert Guard().refuses(address)


async def test_httpx_goes_by_proxy_variables_and_we_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving("127.0.0.2") as proxy, serving() as site:
        proxy.on(site.url("/feed"), answer(200, b"from the proxy"))
        url = site.on("/feed", answer(200, b"from the site"))
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, proxy.url(""))
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        async with httpx.AsyncClient() as naive:
            assert (await naive.get(url)).text == "from the proxy"
        before = proxy.connections
        assert await body_of(url) == b"from the site"
        assert proxy.connections == before


async def test_httpx_keeps_cookies_and_sends_logins_of_urls_and_we_do_neither() -> None:
    async with serving() as site:
        url = site.on("/feed", answer(200, b"<rss/>", "Set-Cookie: id=1; Path=/"))
        async with httpx.AsyncClient(trust_env=False) as naive:
            await naive.get(url)
            await naive.get(url)
            await naive.get(url.replace("//", "//ann:secret@"))
        assert shown(site) == ["", "cookie", "authorization"]
        site.asked.clear()
        async with fetching() as fetcher:
            await fetched(fetcher, url)
            await fetched(fetcher, url)
            await refused(fetcher, url.replace("//", "//ann:secret@"))
        assert shown(site) == ["", ""]


def shown(site: RawServer) -> list[str]:
    """Return what each request gave away of us."""
    return [" ".join(name for name in ("cookie", "authorization") if name in asked.headers) for asked in site.asked]


async def body_of(url: str) -> bytes:
    """Fetch a URL as we do."""
    async with fetching() as fetcher:
        return (await fetched(fetcher, url)).body
