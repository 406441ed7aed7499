"""A site's robots.txt is asked for pages, kept for a day, and obeyed. Source: RFC 9309."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from support.fetching import StillClock, fetched, fetching, network, refused
from support.rawserver import Exchange, RawServer, Reply, answer, redirect, serving

from monitor.errors import Retry
from monitor.planning.work import Fetched, Request
from monitor.sources.http import HttpFetcher

PAGE = b"<p>Rastan</p>"
NOT_ME = b"User-agent: *\nDisallow: /\n"
NOT_PRIVATE = b"User-agent: *\nDisallow: /private\nAllow: /private/but-this\n"


async def page(fetcher: HttpFetcher, url: str) -> bytes:
    """Fetch a page as a page is fetched."""
    result = await fetcher.fetch(Request(url, max_bytes=1000, robots=True))
    assert isinstance(result, Fetched)
    return result.body


def pages(site: RawServer, robots: Reply) -> str:
    """Put a page and a robots.txt on a site."""
    site.on("/robots.txt", robots)
    return site.on("/page", answer(200, PAGE))


async def test_a_page_that_robots_txt_closes_is_not_asked_for() -> None:
    async with serving() as site, fetching() as fetcher:
        url = pages(site, answer(200, NOT_ME))
        error = await refused(fetcher, url, robots=True)
        assert site.paths() == ["/robots.txt"]
        assert site.asked[0].headers["user-agent"].startswith("news-monitor/")
    assert (str(error), error.retry) == ("robots.txt of 127.0.0.1 asks not to be read", Retry.NEVER)


async def test_a_feed_is_asked_for_whatever_robots_txt_says() -> None:
    async with serving() as site, fetching() as fetcher:
        url = pages(site, answer(200, NOT_ME))
        assert (await fetched(fetcher, url)).body == PAGE
        assert site.paths() == ["/page"]


async def test_robots_txt_is_not_asked_for_where_the_configuration_says_no() -> None:
    async with serving() as site, fetching(replace(network(), robots=False)) as fetcher:
        assert await page(fetcher, pages(site, answer(200, NOT_ME))) == PAGE
        assert site.paths() == ["/page"]


@pytest.mark.parametrize(
    ("robots", "path", "is_open"),
    [
        (NOT_PRIVATE, "/page", True),
        (NOT_PRIVATE, "/private/x", False),
        (NOT_PRIVATE, "/private/but-this", True),
        (b"User-agent: news-monitor\nDisallow: /\n\nUser-agent: *\nAllow: /\n", "/page", False),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: News-Monitor\nDisallow:\n", "/page", True),
        (b"User-agent: monitor\nDisallow: /\n", "/page", True),
        (b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /\r\n", "/page", False),
        (b"\xff\xfe\x00 no robots at all <html>", "/page", True),
        (b"", "/page", True),
        (b"User-agent: *\n" + b"Disallow: /x\n" * 30_000 + b"Disallow: /page\n", "/page", True),
        (NOT_ME + b"# " + b"x" * 600_000 + b"\nUser-agent: news-monitor\nAllow: /\n", "/page", False),
    ],
)
async def test_the_rules_that_stand_for_us_decide(robots: bytes, path: str, *, is_open: bool) -> None:
    async with serving() as site, fetching() as fetcher:
        pages(site, answer(200, robots))
        url = site.on(path, answer(200, PAGE))
        if is_open:
            assert await page(fetcher, url) == PAGE
        else:
            assert (await refused(fetcher, url, robots=True)).retry == Retry.NEVER


@pytest.mark.parametrize(
    "robots", [answer(404), answer(403), answer(410), answer(401, NOT_ME), redirect("/robots.txt")]
)
async def test_a_site_without_robots_txt_is_open(robots: bytes) -> None:
    async with serving() as site, fetching() as fetcher:
        assert await page(fetcher, pages(site, robots)) == PAGE


async def hang(exchange: Exchange) -> None:
    await exchange.hang()


@pytest.mark.parametrize(
    ("robots", "why"),
    [(answer(503), "answered 503 (service unavailable)"), (b"", "the connection was closed without an answer")],
)
async def test_a_site_whose_robots_txt_cannot_be_had_is_left_alone_for_a_minute(robots: bytes, why: str) -> None:
    async def reply(exchange: Exchange) -> None:
        await exchange.send(robots)

    clock = StillClock()
    async with serving() as site, fetching(clock=clock) as fetcher:
        url = pages(site, reply)
        for _ in range(2):
            error = await refused(fetcher, url, robots=True)
            assert (str(error), error.retry) == (f"robots.txt of 127.0.0.1 cannot be read: {why}", Retry.LATER)
        assert len([path for path in site.paths() if path == "/page"]) == 0
        asked = len(site.asked)
        site.on("/robots.txt", answer(404))
        clock.move(timedelta(minutes=1))
        assert await page(fetcher, url) == PAGE
        assert len(site.asked) == asked + 2


async def test_a_robots_txt_that_hangs_ends_at_the_deadline() -> None:
    async with serving() as site, fetching(network(seconds=0.3)) as fetcher:
        error = await refused(fetcher, pages(site, hang), robots=True)
        assert site.paths() == ["/robots.txt"]
    assert "stopped after 0.3 s" in str(error)
    assert error.retry == Retry.LATER


async def test_a_page_has_its_whole_time_however_long_its_robots_txt_waits_for_a_turn() -> None:
    async with serving() as site, fetching(network(seconds=0.6, per_host=1)) as fetcher:
        url, slow = pages(site, answer(404)), site.on("/slow", hang)
        others = [asyncio.create_task(refused(fetcher, slow)) for _ in range(2)]
        await site.wait_for(1)
        assert await page(fetcher, url) == PAGE
        assert all(other.done() for other in others)


async def test_robots_txt_is_asked_for_once_a_day_however_many_pages_are_read() -> None:
    clock = StillClock()
    async with serving() as site, fetching(clock=clock) as fetcher:
        url = pages(site, answer(200, NOT_PRIVATE))
        assert await asyncio.gather(*(page(fetcher, url) for _ in range(5))) == [PAGE] * 5
        clock.move(timedelta(hours=23))
        await page(fetcher, url)
        assert site.paths().count("/robots.txt") == 1
        clock.move(timedelta(hours=2))
        await page(fetcher, url)
        assert site.paths().count("/robots.txt") == 2


async def test_a_redirect_does_not_lead_around_the_robots_txt_of_where_it_leads() -> None:
    async with serving() as site, serving("127.0.0.2") as closed, fetching() as fetcher:
        url = pages(closed, answer(200, NOT_ME))
        error = await refused(fetcher, site.on("/out", redirect(url)), robots=True)
        assert closed.paths() == ["/robots.txt"]
    assert str(error) == "robots.txt of 127.0.0.2 asks not to be read"


async def test_one_who_stops_waiting_for_robots_txt_does_not_stop_the_others() -> None:
    release = asyncio.Event()

    async def late(exchange: Exchange) -> None:
        await release.wait()
        await exchange.send(answer(404))

    async with serving() as site, fetching() as fetcher:
        url = pages(site, late)
        first, second = (asyncio.create_task(page(fetcher, url)) for _ in range(2))
        await site.wait_for(1)
        first.cancel()
        await asyncio.wait([first])
        release.set()
        assert await second == PAGE
        assert site.paths().count("/robots.txt") == 1
