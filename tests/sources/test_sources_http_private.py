"""What is private to a source goes to its own host only; its proxy carries all that is asked for its sake."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from support.fetching import fetching, names, network
from support.proxies import proxying, socks5
from support.rawserver import Exchange, RawServer, answer, redirect, serving

from monitor.errors import FetchError
from monitor.model import Access, Secret
from monitor.planning.work import Fetched, Request
from monitor.sources.http import HttpFetcher
from monitor.sources.urls import is_at_home

FEED = b"<rss/>"
KEY = "hunter2"
NAME = "feeds.example.org"


def private(home: str, *, proxy: str | None = None) -> Access:
    """Return the access of a source with a key and a login."""
    headers = (("X-Api-Key", Secret(KEY)), ("Authorization", Secret(f"Bearer {KEY}")), ("Cookie", Secret(f"s={KEY}")))
    return Access(home, headers, None if proxy is None else Secret(proxy))


async def get(fetcher: HttpFetcher, url: str, access: Access, *, robots: bool = False) -> Fetched:
    """Fetch a URL in this way; it must give a body."""
    result = await fetcher.fetch(Request(url, max_bytes=1_000_000, access=access, robots=robots))
    assert isinstance(result, Fetched)
    return result


def keys(site: RawServer) -> list[str]:
    """Return which paths were asked for, with a star where all of the key came along, and nothing where none did."""
    marks = {0: "", 3: "*"}
    held = ("x-api-key", "authorization", "cookie")
    counts = [sum(KEY in asked.headers.get(name, "") for name in held) for asked in site.asked]
    return [f"{asked.target}{marks[count]}" for asked, count in zip(site.asked, counts, strict=True)]


async def test_headers_go_to_the_sources_own_host_through_redirects_within_it() -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/feed", redirect("/b", 301))
        site.on("/b", answer(200, FEED))
        await get(fetcher, url, private(url))
        assert keys(site) == ["/feed*", "/b*"]


@pytest.mark.parametrize("name", ["user-agent", "User-Agent", "USER-AGENT"])
async def test_a_sources_own_header_takes_the_place_of_ours_however_it_is_spelt(name: str) -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/feed", answer(200, FEED))
        await get(fetcher, url, Access(url, ((name, Secret("a reader of ours")),)))
        (asked,) = site.asked
    assert asked.headers["user-agent"] == "a reader of ours"


async def test_headers_are_dropped_at_a_redirect_to_another_host_and_stay_dropped() -> None:
    table = names({NAME: "127.0.0.1", "away.example.org": "127.0.0.1", f"sub.{NAME}": "127.0.0.1"})
    async with serving() as site, fetching(lookup=table) as fetcher:
        home = site.url("/feed", NAME)
        site.on("/feed", redirect(site.url("/away", "away.example.org")))
        site.on("/away", redirect(site.url("/delete-all", NAME)))
        site.on("/delete-all", redirect(site.url("/end", f"sub.{NAME}")))
        site.on("/end", answer(200, FEED))
        await get(fetcher, home, private(home))
        assert keys(site) == ["/feed*", "/away", "/delete-all", "/end"]


async def test_headers_are_dropped_at_a_redirect_to_another_port() -> None:
    async with serving() as site, serving() as other, fetching() as fetcher:
        home = site.on("/feed", redirect(other.on("/feed", answer(200, FEED))))
        await get(fetcher, home, private(home))
        assert (keys(site), keys(other)) == (["/feed*"], ["/feed"])


async def test_a_feed_that_has_moved_to_another_host_is_asked_there_without_them() -> None:
    async with serving() as site, fetching() as fetcher:
        await get(fetcher, site.on("/feed", answer(200, FEED)), private("https://old.example.org/feed"))
        assert keys(site) == ["/feed"]


async def test_pages_at_the_sources_host_get_them_and_its_robots_txt_does_not() -> None:
    async with serving() as site, serving("127.0.0.2") as other, fetching() as fetcher:
        for one in (site, other):
            await get(fetcher, one.on("/article", answer(200, FEED)), private(site.url("/feed")), robots=True)
        assert (keys(site), keys(other)) == (["/robots.txt", "/article*"], ["/robots.txt", "/article"])


async def test_another_source_at_the_same_host_does_not_get_them() -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/feed", answer(200, FEED, "Set-Cookie: a=b"))
        await get(fetcher, url, private(url))
        await get(fetcher, url, Access())
        assert keys(site) == ["/feed*", "/feed"]
        assert "cookie" not in site.asked[1].headers


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_behind_a_redirect_says_that_they_were_left_behind_and_not_what_they_are(status: int) -> None:
    table = names({NAME: "127.0.0.1", "away.example.org": "127.0.0.1"})
    async with serving() as site, fetching(lookup=table) as fetcher:
        site.on("/feed", redirect(site.url("/closed", "away.example.org")))
        site.on("/closed", answer(status))
        home = site.url("/feed", NAME)
        with pytest.raises(FetchError) as caught:
            await get(fetcher, home, private(home))
    said = "; its headers and auth do not go to away.example.org, only to the host of its url"
    assert str(caught.value).endswith(said)
    assert KEY not in f"{caught.value!r} {caught.value}"


@pytest.mark.parametrize(
    ("url", "home", "same"),
    [
        ("https://a.org/x", "https://a.org/y", True),
        ("https://A.org:443/x", "https://a.org/y", True),
        ("https://a.org/x", "http://a.org/y", True),  # TLS where there was none.
        ("http://a.org/x", "https://a.org/y", False),  # and the other way round.
        ("https://a.org:8443/x", "http://a.org/y", False),
        ("https://a.org/x", "http://a.org:8080/y", False),
        ("https://b.a.org/x", "https://a.org/y", False),
        ("https://a.org.evil.org/x", "https://a.org/y", False),
        ("https://a.org/x", "", False),
        ("https://a.org/x", "http://[::1", False),
    ],
)
def test_a_source_is_at_home_at_its_host_port_and_scheme(url: str, home: str, *, same: bool) -> None:
    assert is_at_home(httpx.URL(url), home) == same


# --- a proxy of its own -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["socks5", "http"])
async def test_a_source_has_a_proxy_of_its_own_that_no_other_source_uses(scheme: str) -> None:
    async with (
        serving() as site,
        serving("127.0.0.2") as web,
        proxying(socks5, {NAME: (site.address, site.port)}) as socks,
    ):
        site.on("/feed", answer(200, FEED))
        web.on(f"http://{NAME}/feed", answer(200, FEED))
        proxy = f"socks5://127.0.0.1:{socks.port}" if scheme == "socks5" else web.url("")
        async with fetching(lookup=names({"other.example.org": "127.0.0.1"})) as fetcher:
            await get(fetcher, f"http://{NAME}/feed", Access(proxy=Secret(proxy)))
            await get(fetcher, site.url("/feed", "other.example.org"), Access())
        assert (socks.asked, web.paths()) == (([NAME], []) if scheme == "socks5" else ([], [f"http://{NAME}/feed"]))


async def test_a_source_may_go_straight_where_all_others_go_through_a_proxy() -> None:
    async with serving() as site, serving("127.0.0.2") as web:
        settings = replace(network(), proxy=Secret(web.url("")))
        async with fetching(settings) as fetcher:
            await get(fetcher, site.on("/feed", answer(200, FEED)), Access(proxy=Secret("")))
        assert web.connections == 0


async def test_robots_txt_is_asked_for_through_the_sources_proxy_and_remembered_for_it_alone() -> None:
    async with serving() as site, serving("127.0.0.2") as web:
        web.on(f"http://{NAME}/robots.txt", answer(200, b"User-agent: *\nDisallow: /closed"))
        web.on(f"http://{NAME}/page", answer(200, FEED))
        async with fetching(lookup=names({NAME: "127.0.0.1"})) as fetcher:
            away = private(f"http://{NAME}/feed", proxy=web.url(""))
            await get(fetcher, f"http://{NAME}/page", away, robots=True)
            with pytest.raises(FetchError, match="asks not to be read"):
                await get(fetcher, f"http://{NAME}/closed", away, robots=True)
            site.on("/closed", answer(200, FEED))
            await get(fetcher, site.url("/closed", NAME), Access(), robots=True)
        assert keys(web) == [f"http://{NAME}/robots.txt", f"http://{NAME}/page*"]
        assert site.paths() == ["/robots.txt", "/closed"]


async def test_a_login_goes_through_tunnels_and_is_dropped_behind_them_too() -> None:
    async with serving() as site, serving("127.0.0.2") as other:
        where = {NAME: (site.address, site.port), "away.example.org": (other.address, other.port)}
        site.on("/feed", redirect("http://away.example.org/feed"))
        other.on("/feed", answer(200, FEED))
        async with proxying(socks5, where) as proxy, fetching(lookup=names({})) as fetcher:
            home = f"http://{NAME}/feed"
            await get(fetcher, home, private(home, proxy=f"socks5://127.0.0.1:{proxy.port}"))
        assert (keys(site), keys(other)) == (["/feed*"], ["/feed"])


async def test_private_addresses_in_urls_stay_refused_behind_a_sources_own_proxy() -> None:
    async with serving() as web, fetching(network(allow=())) as fetcher:
        web.on(f"http://{NAME}/feed", redirect("http://169.254.169.254/latest/meta-data/"))
        for url in ("http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://2130706433/"):
            with pytest.raises(FetchError):
                await get(fetcher, url, Access(proxy=Secret(web.url(""))))
        with pytest.raises(FetchError, match=r"refused: this leads to 169\.254\.169\.254"):
            await get(fetcher, f"http://{NAME}/feed", Access(proxy=Secret(web.url(""))))
        assert web.paths() == [f"http://{NAME}/feed"]


async def test_a_flood_of_1xx_ends_as_early_behind_a_proxy() -> None:
    async def flood(exchange: Exchange) -> None:
        while not exchange.ending.is_set():
            await exchange.send(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500)

    async with serving() as site, proxying(socks5, {NAME: (site.address, site.port)}) as proxy:
        site.on("/feed", flood)
        async with fetching() as fetcher:
            with pytest.raises(FetchError, match="interim answers without end"):
                await get(fetcher, f"http://{NAME}/feed", Access(proxy=Secret(f"socks5://127.0.0.1:{proxy.port}")))


async def test_a_proxy_that_cannot_be_used_is_refused_without_its_password() -> None:
    async with fetching() as fetcher:
        with pytest.raises(FetchError, match=r"a proxy is one of http, https, socks4") as caught:
            await get(fetcher, f"http://{NAME}/feed", Access(proxy=Secret(f"ftp://u:{KEY}@127.0.0.1:1")))
    assert KEY not in str(caught.value)
