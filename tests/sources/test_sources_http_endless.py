"""What never ends is ended: at the deadline, at the limit of bytes, or before."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from support.fetching import fetched, fetching, network, refused
from support.rawserver import Exchange, Reply, answer, redirect, serving

from monitor.errors import Retry

FEED = b"<rss><channel><item><title>One</title></item></channel></rss>"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"
SHORT = 0.3  # seconds, for servers that never end.


async def slow_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    while not exchange.ending.is_set():
        await exchange.send(b"X-A: b\r\n")
        await exchange.breathe()


async def slow_endless_1xx(exchange: Exchange) -> None:
    while not exchange.ending.is_set():
        await exchange.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await exchange.breathe()


async def endless_1xx(exchange: Exchange) -> None:
    while not exchange.ending.is_set():
        await exchange.send(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500)


async def slow_body(exchange: Exchange) -> None:
    await exchange.send(LONG)
    while not exchange.ending.is_set():
        await exchange.send(b"a")
        await exchange.breathe()


async def endless_body(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while not exchange.ending.is_set():
        await exchange.send(b"a" * 65_536)


async def test_slow_headers_end_at_the_deadline() -> None:
    await expect_deadline(slow_headers, "without an answer")


async def test_endless_1xx_end_at_the_deadline() -> None:
    await expect_deadline(slow_endless_1xx, "without an answer")


async def test_a_flood_of_1xx_ends_long_before_the_deadline() -> None:
    async with serving() as site, fetching() as fetcher:
        error = await refused(fetcher, site.on("/feed", endless_1xx))
    assert str(error) == "it sends interim answers without end"


async def test_a_few_1xx_before_the_answer_do_no_harm() -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/feed", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3 + answer(200, FEED))
        assert (await fetched(fetcher, url)).body == FEED


async def test_a_server_that_accepts_and_says_nothing_ends_at_the_deadline() -> None:
    await expect_deadline(Exchange.hang, "without an answer")


async def test_a_black_hole_ends_at_the_deadline() -> None:
    # A queue of connections that is full drops all others: they get no answer of any kind.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as stack:
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0)
            filler.connect_ex(server.getsockname())
        async with fetching(network(seconds=SHORT)) as fetcher:
            error = await refused(fetcher, f"http://127.0.0.1:{server.getsockname()[1]}/feed")
    assert str(error) == f"stopped after {SHORT:g} s without an answer"


async def test_a_slow_body_ends_at_the_deadline() -> None:
    await expect_deadline(slow_body, "in the middle of the body")


async def expect_deadline(reply: Reply, stage: str) -> None:
    """Check that a fetch of this ends as said, and that the next one works."""
    async with serving() as site, fetching(network(seconds=SHORT)) as fetcher:
        error = await refused(fetcher, site.on("/feed", reply))
        assert (str(error), error.retry) == (f"stopped after {SHORT:g} s {stage}", Retry.LATER)
        assert (await fetched(fetcher, site.on("/good", answer(200, FEED)))).body == FEED


async def test_an_endless_body_ends_at_the_limit() -> None:
    async with serving() as site, fetching() as fetcher:
        error = await refused(fetcher, site.on("/feed", endless_body), max_bytes=10_000_000)
    assert str(error) == "larger than 10 MB"


async def test_a_body_of_exactly_the_limit_is_taken() -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/feed", answer(200, FEED))
        assert (await fetched(fetcher, url, max_bytes=len(FEED))).body == FEED
        assert str(await refused(fetcher, url, max_bytes=len(FEED) - 1)) == "larger than 0.06 kB"


async def test_the_deadline_counts_over_all_redirects() -> None:
    async def late(exchange: Exchange) -> None:
        await exchange.breathe(0.8)
        await exchange.send(redirect(f"/{len(site.asked)}"))

    async with serving() as site, fetching(network(seconds=2.4)) as fetcher:
        for number in range(5):
            site.on(f"/{number}", late)
        error = await refused(fetcher, site.url("/0"))
        assert 2 <= len(site.asked) <= 3  # each by itself would have had the time.
    assert str(error) == "stopped after 2.4 s without an answer"


async def test_a_lookup_that_hangs_ends_at_the_deadline_and_holds_up_nobody() -> None:
    async def look_up(host: str) -> tuple[str, ...]:
        if host.startswith("hangs"):
            await asyncio.Event().wait()
        return ("127.0.0.1",)

    async with serving() as site, fetching(network(seconds=SHORT), lookup=look_up) as fetcher:
        site.on("/feed", answer(200, FEED))
        hangs = asyncio.create_task(refused(fetcher, "http://hangs.example.org/rss"))
        assert (await fetched(fetcher, site.url("/feed", "good.example.org"))).body == FEED
        assert str(await hangs) == f"stopped after {SHORT:g} s without an answer"
