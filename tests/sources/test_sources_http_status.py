"""What each status means to who asked, and where redirects lead."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.fetching import fetched, fetching, names, network, refused
from support.rawserver import answer, redirect, serving

from monitor.errors import After, Retry
from monitor.model import Network

FEED = b"<rss/>"


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (401, "answered 401 (unauthorized)"),
        (403, "answered 403 (forbidden)"),
        (404, "answered 404 (not found)"),
        (500, "answered 500 (internal server error)"),
        (503, "answered 503 (service unavailable)"),
        (204, "answered 204 (no content)"),
        (206, "answered 206 (partial content)"),
        (300, "answered 300 (multiple choices)"),
        (999, "answered 999"),
    ],
)
async def test_a_status_that_brings_no_body_is_tried_again_later(status: int, text: str) -> None:
    async with serving() as site, fetching() as fetcher:
        error = await refused(fetcher, site.on("/feed", answer(status, b"" if status == 204 else FEED)))
    assert (str(error), error.status, error.retry) == (text, status, Retry.LATER)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("said", "retry"),
    [
        ("120", After(timedelta(minutes=2))),  # seconds
        ("Fri, 06 Dec 2024 13:30:00 GMT", After(timedelta(minutes=90))),  # a date, at noon of that day
        ("315360000", After(timedelta(hours=24))),  # ten years
        ("Wed, 06 Dec 2034 12:00:00 GMT", After(timedelta(hours=24))),
        ("9" * 400, After(timedelta(hours=24))),
        ("0", Retry.LATER),
        ("-5", Retry.LATER),
        ("soon", Retry.LATER),
        ("Thu, 05 Dec 2024 12:00:00 GMT", Retry.LATER),  # over already
        ("Fri, 31 Dec 99999 23:59:59 GMT", Retry.LATER),
    ],
)
async def test_retry_after_is_kept_to_within_a_day(status: int, said: str, retry: Retry | After) -> None:
    async with serving() as site, fetching() as fetcher:
        error = await refused(fetcher, site.on("/feed", answer(status, b"", f"Retry-After: {said}")))
    assert (error.retry, error.status) == (retry, status)


# --- redirects ----------------------------------------------------------------------------------------------------


async def test_a_chain_of_permanent_redirects_is_remembered() -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/a", redirect("/b", 301))
        site.on("/b", redirect("c?x=1#part", 308))
        site.on("/c", answer(200, FEED))
        result = await fetched(fetcher, url)
    assert (result.url, result.moved_to) == (site.url("/c?x=1"), site.url("/c?x=1"))


@pytest.mark.parametrize("statuses", [(302, 301), (301, 302), (307, 308), (303, 303)])
async def test_a_chain_with_a_passing_redirect_in_it_is_followed_and_not_remembered(statuses: tuple[int, int]) -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/a", redirect("/b", statuses[0]))
        site.on("/b", redirect("/c", statuses[1]))
        site.on("/c", answer(200, FEED))
        result = await fetched(fetcher, url)
    assert (result.url, result.moved_to) == (site.url("/c"), None)


async def test_a_redirect_to_another_host_is_followed() -> None:
    async with (
        serving() as site,
        serving("127.0.0.2") as other,
        fetching(lookup=names({"old.example.org": "127.0.0.1", "new.example.org": "127.0.0.2"})) as fetcher,
    ):
        other.on("/feed", answer(200, FEED))
        site.on("/feed", redirect(other.url("/feed", "new.example.org"), 301))
        result = await fetched(fetcher, site.url("/feed", "old.example.org"))
        assert other.asked[0].headers["host"] == f"new.example.org:{other.port}"
    assert result.moved_to == other.url("/feed", "new.example.org")


async def test_a_redirect_in_another_script_is_followed() -> None:
    async with serving() as site, fetching() as fetcher:
        location = "/أخبار/حمص page".encode().decode("latin-1")
        url = site.on("/a", redirect(location))
        site.on("/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1/%D8%AD%D9%85%D8%B5%20page", answer(200, FEED))
        assert (await fetched(fetcher, url)).body == FEED


async def test_five_redirects_are_followed_and_six_are_not() -> None:
    async with serving() as site, fetching() as fetcher:
        for number in range(6):
            site.on(f"/{number}", redirect(f"/{number + 1}"))
        site.on("/6", answer(200, FEED))
        assert (await fetched(fetcher, site.url("/1"))).body == FEED
        error = await refused(fetcher, site.url("/0"))
    assert (str(error), error.retry) == ("it redirects more than 5 times", Retry.LATER)


async def test_redirects_in_a_circle_are_noticed() -> None:
    async with serving() as site, fetching() as fetcher:
        url = site.on("/a", redirect("/b", 301))
        site.on("/b", redirect("/a#again", 301))
        error = await refused(fetcher, url)
        assert site.paths() == ["/a", "/b"]
    assert (str(error), error.status) == ("it redirects in a circle", 301)


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ("file:///etc/passwd", "only http and https are fetched, not file"),
        ("ftp://127.0.0.1/feed", "only http and https are fetched, not ftp"),
        ("javascript:alert(1)", "this is not an address that can be read"),
        ("http://user:secret@127.0.0.1/", "addresses with a user name or password in them are not fetched"),
        ("http://2130706433/", "2130706433 is an address in disguise"),
        ("http://0x7f.1/", "0x7f.1 is an address in disguise"),
        ("http://[::ffff:10.0.0.1]/", "allow_private does not list"),
        ("http://10.0.0.1/", "10.0.0.1, a private or reserved address that [network] allow_private does not list"),
        ("http://127.0.0.1:99999/", "there is no port 99999"),
        ("http://[::1/", "it redirects to an address that cannot be read"),
        ("", "it redirects without saying where"),
    ],
)
async def test_a_redirect_to_where_nobody_may_go_is_refused(location: str, text: str) -> None:
    async with serving() as site, fetching() as fetcher:
        error = await refused(fetcher, site.on("/a", redirect(location)))
        assert len(site.asked) == 1
    assert str(error).endswith(text)
    assert error.retry == Retry.LATER


async def test_a_redirect_to_a_name_that_leads_to_a_private_address_is_refused() -> None:
    only_first = Network(allow_private=("127.0.0.1/32",), timeout=network().timeout)
    table = names({"inside.example.org": "127.0.0.2"})
    async with serving() as site, serving("127.0.0.2") as canary, fetching(only_first, lookup=table) as fetcher:
        error = await refused(fetcher, site.on("/a", redirect(canary.url("/", "inside.example.org"))))
        assert canary.connections == 0
    assert "inside.example.org leads to 127.0.0.2, a private or reserved address" in str(error)
