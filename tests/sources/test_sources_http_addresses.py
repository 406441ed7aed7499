"""No URL, name, redirect or disguise leads a fetch to an address that is not public or allowed."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fetching import fetched, fetching, names, refused
from support.rawserver import answer, redirect, serving

from monitor.errors import FetchError, Retry
from monitor.model import Network
from monitor.planning.work import Request
from monitor.sources.addresses import AddressRefusedError, Guard
from monitor.sources.connect import CheckingConnector
from monitor.sources.urls import host_of, read_url

NOBODY = Network()
HERE = Network(allow_private=("127.0.0.1/32",))


def words(table: str) -> list[str]:
    """Return what is written with spaces between."""
    return table.split()


REFUSED = words("""
    0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254
    168.63.129.16 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1
    198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::8.8.8.8
    64:ff9b:1::1 100::1 2001::1 2001:0:7f00:1:: 2001:db8::1 2002:7f00:1:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254
    fd20:ce::254 fe80::1 fe80::1%lo fec0::1 ff02::1 1::1 4000::1
""")
PUBLIC = words("""
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 172.15.255.255
    172.32.0.0 192.167.255.255 198.17.255.255 198.20.0.0 223.255.255.255 ::ffff:8.8.8.8 2001:4860:4860::8888
    2a00:1450:4001:800::200e 2600::1
""")


@pytest.mark.parametrize("address", REFUSED)
def test_private_and_reserved_addresses_are_refused(address: str) -> None:
    assert Guard().refuses(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_not(address: str) -> None:
    assert not Guard().refuses(address)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "127.0.0.1 ", "１.1.1.1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert Guard.of(("0.0.0.0/0",)).refuses(text)


@given(st.ip_addresses(v=4).map(str), st.integers(1, 32))
def test_an_allowed_network_lets_its_own_addresses_through_and_no_others(address: str, bits: int) -> None:
    network = ipaddress.ip_network(f"{address}/{bits}", strict=False)
    guard = Guard.of((f"{address}/{bits}",))
    assert not guard.refuses(address)
    assert not guard.refuses(f"::ffff:{address}")
    assert guard.refuses("127.0.0.1") == (ipaddress.ip_address("127.0.0.1") not in network)


DISGUISES = words("""
    http://2130706433/ http://0x7f.1/ http://0x7f000001/ http://0177.0.0.1/ http://127.1/ http://127.0.1/
    http://017700000001/ http://0/ http://0.0.0.0/ http://[::]/ http://[::1]/ http://[::ffff:127.0.0.1]/
    http://[0:0:0:0:0:ffff:7f00:1]/ http://[::127.0.0.1]/ http://[64:ff9b::127.0.0.1]/ http://127.0.0.1./
    http://127.0.0.1%2f@example.org/ http://127。0。0。1/ http://①②⑦.0.0.1/ http://１２７.0.0.1/
    http://169.254.169.254/latest/meta-data/ http://localhost/ http://localhost./ http://LOCALHOST/
    http://example.org\\@127.0.0.1/ http://127.0.0.1\\@example.org/ http://user@127.0.0.1/ http://%31%32%37.0.0.1/
    http:///127.0.0.1/ http:127.0.0.1/ //127.0.0.1/ 127.0.0.1 file:///etc/passwd gopher://127.0.0.1/ http://
    dict://127.0.0.1/ http://127.0.0.1#@example.org/ http://[fe80::1%25lo]/ http://127.0.0.1:0/ http://127.0.0.1:-1/
""")


async def test_no_disguise_of_this_machine_is_connected_to() -> None:
    await expect_nothing_connected(DISGUISES)


@pytest.mark.corpus
async def test_no_known_disguise_is_connected_to(corpus: Path) -> None:
    await expect_nothing_connected(json.loads((corpus / "strings" / "ssrf.json").read_text("utf-8")))


async def expect_nothing_connected(urls: list[str]) -> None:
    """Check that none of these reaches a listener on any port it names, directly or by redirect."""

    async def all_names_lead_here(host: str) -> tuple[str, ...]:
        del host
        return ("127.0.0.1", "::1", "127.0.0.2")

    async with (
        serving() as site,
        serving("127.0.0.2") as canary,
        serving("0.0.0.0") as wide,  # noqa: S104 - a listener that must not be reached, on every loopback address.
        fetching(NOBODY, lookup=all_names_lead_here) as nobody,
        fetching(HERE, lookup=names({})) as only_site,
    ):
        for url in urls:
            for port in (wide.port, canary.port):
                aimed = url.replace("127.0.0.1/", f"127.0.0.1:{port}/").replace(":80", f":{port}")
                error = await refused(nobody, aimed)
                assert error.retry in (Retry.NEVER, Retry.LATER)
        for url in (url for url in urls if "127.0.0.1" not in url):
            await refused(only_site, site.on("/away", redirect(url.encode().decode("latin-1"))))
        assert (wide.connections, canary.connections) == (0, 0)
        assert not [asked for asked in site.asked if asked.target != "/away"]


async def test_a_name_is_judged_by_each_of_its_addresses() -> None:
    table = names({"both.example.org": ("127.0.0.2", "127.0.0.1"), "none.example.org": ("127.0.0.2", "10.0.0.1")})
    async with serving() as site, serving("127.0.0.2") as canary, fetching(HERE, lookup=table) as fetcher:
        site.on("/feed", answer(200, b"<rss/>"))
        assert (await fetched(fetcher, site.url("/feed", "both.example.org"))).body == b"<rss/>"
        error = await refused(fetcher, canary.url("/", "none.example.org"))
        assert canary.connections == 0
    assert (error.retry, str(error)) == (
        Retry.LATER,
        "none.example.org leads to 127.0.0.2, a private or reserved address that [network] allow_private does not list",
    )


async def test_a_name_that_flips_to_a_private_address_is_refused_when_it_is_looked_up_again() -> None:
    leads_to = ["127.0.0.1"]

    async def look_up(host: str) -> tuple[str, ...]:
        del host
        return tuple(leads_to)

    async with serving() as site, serving("127.0.0.2") as canary:
        site.on("/feed", answer(200, b"<rss/>"))
        async with fetching(HERE, lookup=look_up) as fetcher:
            await fetched(fetcher, site.url("/feed", "flips.example.org"))
            leads_to[:] = ["127.0.0.2"]
            # The same name at another port is another entry of the cache.
            error = await refused(fetcher, canary.url("/", "flips.example.org"))
        assert canary.connections == 0
    assert "flips.example.org leads to 127.0.0.2" in str(error)


async def test_a_name_is_not_looked_up_for_each_request() -> None:
    lookups = []

    async def look_up(host: str) -> tuple[str, ...]:
        lookups.append(host)
        await asyncio.sleep(0)
        return ("127.0.0.1",)

    async with serving() as site, fetching(HERE, lookup=look_up) as fetcher:
        site.on("/feed", answer(200, b"<rss/>", "Connection: close"))
        for _ in range(3):
            await fetched(fetcher, site.url("/feed", "feeds.example.org"))
    assert lookups == ["feeds.example.org"]


async def test_a_peer_that_is_not_the_address_asked_for_is_refused_before_anything_is_sent() -> None:
    def careless(info: aiohttp.AddrInfoType) -> socket.socket:
        return socket.socket(info[0], info[1], info[2])

    async with serving() as site, AsyncExitStack() as stack:
        connector = CheckingConnector(Guard(), socket_factory=careless)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        with pytest.raises(aiohttp.ClientOSError) as caught:
            await session.get(site.url("/"))
        assert isinstance(caught.value.__cause__, AddressRefusedError)
        assert site.asked == []


@pytest.mark.parametrize(
    "url", ["https://example.org/" + "a" * 9000, "http://" + "a" * 300 + ".org/", "http://a..b/", ""]
)
async def test_urls_beyond_all_measure_are_never_tried_again(url: str) -> None:
    async with fetching(NOBODY) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(Request(url, max_bytes=1000))
    assert caught.value.retry == Retry.NEVER


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "http://[", "http://a@", "http://127.0.0.1/"]))
def test_any_text_is_a_url_that_may_be_asked_for_or_refused(text: str, before: str) -> None:
    guard = Guard()
    try:
        url = read_url(before + text, guard)
    except FetchError as error:
        assert error.retry == Retry.NEVER  # noqa: PT017 - either outcome is right, and each is checked.
    else:
        assert (url.scheme in ("http", "https"), url.userinfo, url.fragment) == (True, b"", "")
        assert host_of(url)


def test_no_character_of_a_refused_url_reaches_the_message() -> None:
    for url in ("http://[fe80::1%25<b>]/", "http://a<b>c/", "evil<b>://x/", "http://<b>:99/", "http://0.<b>.1/"):
        with pytest.raises(FetchError) as caught:
            read_url(url, Guard())
        assert "<b>" not in str(caught.value)
