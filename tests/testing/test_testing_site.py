"""The newsroom on loopback: what it serves, when, and how conditional requests are answered."""

from __future__ import annotations

import tomllib
from calendar import timegm
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import httpx
import pytest

from monitor.config.load import load
from monitor.testing import STORY_AT, NewsroomSite, seeds_path

FEEDS = ("dw-en", "dw-ar", "wire", "courier", "sinir", "vestnik", "tagblatt", "voice", "coast")


@pytest.fixture
async def site() -> AsyncIterator[NewsroomSite]:
    async with NewsroomSite() as open_site:
        yield open_site


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as open_client:
        yield open_client


def go_to(site: NewsroomSite, step: int) -> None:
    while site.step < step:
        site.advance()


def links_of(response: httpx.Response) -> list[str]:
    if "json" in response.headers["Content-Type"]:
        return [item["url"] for item in response.json()["items"]]
    return [entry.link for entry in feedparser.parse(response.content).entries]


def validators(response: httpx.Response, *names: str) -> dict[str, str]:
    asked = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
    return {name: response.headers[asked[name]] for name in names or asked}


async def test_every_feed_and_every_page_that_is_out_is_served(site: NewsroomSite, client: httpx.AsyncClient) -> None:
    assert site.feed_ids == FEEDS
    while True:
        for feed_id in FEEDS:
            assert (await client.get(site.url(feed_id))).status_code == HTTPStatus.OK
        for article in site.newsroom.articles:
            out = article.state_at(site.step) is not None
            status = (await client.get(site.page_url(article.id))).status_code
            assert status == (HTTPStatus.OK if out else HTTPStatus.NOT_FOUND), (site.step, article.id)
        if not site.advance():
            break
    assert site.step == site.steps


async def test_all_links_of_the_feeds_lead_to_pages_of_the_site(site: NewsroomSite, client: httpx.AsyncClient) -> None:
    go_to(site, site.steps)
    for feed_id in FEEDS:
        response = await client.get(site.url(feed_id))
        assert "{{" not in response.text
        listed = [article for article in site.newsroom.articles if article.feed == feed_id]
        links = links_of(response)
        assert len(set(links)) == len(listed)
        for link in links:
            page = await client.get(link)
            assert page.status_code == HTTPStatus.OK, link
            assert "{{" not in page.text


async def test_publishers_can_be_told_apart_by_their_address(site: NewsroomSite) -> None:
    addresses = {publisher.id: urlsplit(site.url(publisher.id)) for publisher in site.newsroom.publishers[1:]}
    addresses["dw"] = urlsplit(site.url("dw-en"))
    assert len({address.netloc for address in addresses.values()}) == 8
    assert all(address.hostname and address.hostname.startswith("127.0.0.") for address in addresses.values())
    assert addresses["dw"].netloc == urlsplit(site.url("dw-ar")).netloc


@pytest.mark.parametrize("names", [("If-None-Match",), ("If-Modified-Since",), ("If-None-Match", "If-Modified-Since")])
async def test_a_feed_that_has_not_changed_answers_304_and_one_that_has_200(
    site: NewsroomSite, client: httpx.AsyncClient, names: tuple[str, ...]
) -> None:
    first = await client.get(site.url("dw-en"))
    again = await client.get(site.url("dw-en"), headers=validators(first, *names))
    assert again.status_code == HTTPStatus.NOT_MODIFIED
    assert again.content == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    site.advance()
    changed = await client.get(site.url("dw-en"), headers=validators(first, *names))
    assert changed.status_code == HTTPStatus.OK
    assert changed.headers["ETag"] != first.headers["ETag"]


async def test_a_step_leaves_the_feeds_that_it_does_not_concern_as_they_were(
    site: NewsroomSite, client: httpx.AsyncClient
) -> None:
    first = await client.get(site.url("coast"))
    changed = {article.feed for article in site.advance()}
    assert "coast" not in changed
    again = await client.get(site.url("coast"), headers=validators(first))
    assert again.status_code == HTTPStatus.NOT_MODIFIED


async def test_an_etag_wins_over_a_date(site: NewsroomSite, client: httpx.AsyncClient) -> None:
    first = await client.get(site.url("wire"))
    headers = {"If-None-Match": '"another"', "If-Modified-Since": first.headers["Last-Modified"]}
    assert (await client.get(site.url("wire"), headers=headers)).status_code == HTTPStatus.OK


@pytest.mark.parametrize("since", ["yesterday", "Fri, 99 Dec 2024 05:00:00 GMT", "-0000"])
async def test_a_date_that_is_none_is_no_condition(site: NewsroomSite, client: httpx.AsyncClient, since: str) -> None:
    response = await client.get(site.url("wire"), headers={"If-Modified-Since": since})
    assert response.status_code == HTTPStatus.OK


async def test_bodies_are_packed_for_those_who_ask(site: NewsroomSite, client: httpx.AsyncClient) -> None:
    packed = await client.get(site.url("dw-ar"), headers={"Accept-Encoding": "gzip"})
    plain = await client.get(site.url("dw-ar"), headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.text == plain.text
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])


async def test_a_page_changes_with_its_article(site: NewsroomSite, client: httpx.AsyncClient) -> None:
    go_to(site, 2)
    before = (await client.get(site.page_url("wire-bridge"))).text
    go_to(site, 4)
    after = (await client.get(site.page_url("wire-bridge"))).text
    assert "Talbiseh" not in before
    assert "Talbiseh" in after


async def test_the_story_ends_and_stays_as_it_is(site: NewsroomSite) -> None:
    steps = [[article.id for article in site.advance()] for _ in range(site.steps)]
    assert all(steps)
    assert "dw-homs" in steps[0]
    assert site.advance() == ()
    assert site.step == site.steps


async def test_every_visit_is_written_down(site: NewsroomSite, client: httpx.AsyncClient) -> None:
    await client.get(site.url("voice"), headers={"User-Agent": "news-monitor/test"})
    await client.get(site.page_url("voice-homs"))
    visits = [(visit.publisher, visit.request.path, visit.status) for visit in site.visits]
    assert visits == [("voice", "/feed", 200), ("voice", "/archives/58213", 404)]
    assert site.visits[0].request.headers["user-agent"] == "news-monitor/test"


async def test_a_front_page_says_where_its_feeds_are_and_robots_may_read(
    site: NewsroomSite, client: httpx.AsyncClient
) -> None:
    front = site.url("dw-en").removesuffix("/rdf/rss-en-all")
    text = (await client.get(front)).text
    assert 'type="application/rdf+xml"' in text
    assert 'href="/rdf/rss-ar-all"' in text
    assert "Disallow: /search" in (await client.get(f"{front}/robots.txt")).text


async def test_a_head_has_no_body_and_a_post_is_refused(site: NewsroomSite, client: httpx.AsyncClient) -> None:
    head = await client.head(site.url("wire"))
    assert head.status_code == HTTPStatus.OK
    assert int(head.headers["Content-Length"]) > 0
    assert head.content == b""
    assert (await client.post(site.url("wire"), content=b"x")).status_code == HTTPStatus.METHOD_NOT_ALLOWED


async def test_a_shift_moves_the_story_into_today_and_leaves_the_archive_where_it_is() -> None:
    now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    async with NewsroomSite(shift=now - STORY_AT) as site, httpx.AsyncClient(trust_env=False) as client:
        site.advance()
        for feed_id in ("dw-en", "wire", "courier"):
            entries = feedparser.parse((await client.get(site.url(feed_id))).content).entries
            stated = [entry["published_parsed" if "published" in entry else "updated_parsed"] for entry in entries]
            dates = [datetime.fromtimestamp(timegm(date), UTC) for date in stated]
            assert all(date <= now for date in dates), feed_id
            recent = [date for date in dates if now - date < timedelta(days=10)]
            assert len(recent) == len(dates) - (feed_id == "courier"), feed_id


async def test_the_site_keeps_no_dates_to_itself_when_nothing_is_shifted(
    site: NewsroomSite, client: httpx.AsyncClient
) -> None:
    site.advance()
    assert "<dc:date>2024-12-06T16:25:00Z</dc:date>" in (await client.get(site.url("dw-en"))).text


async def test_the_configuration_is_complete_and_the_monitor_takes_it(site: NewsroomSite, tmp_path: Path) -> None:
    text = site.config_text("json://127.0.0.1:9/desk", state="demo.db")
    assert "{{" not in text.replace("# ", "")
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    loaded = load(path)
    assert loaded.warnings == ()
    assert [feed.id for feed in loaded.settings.feeds] == list(FEEDS)
    assert [feed.url for feed in loaded.settings.feeds] == [site.url(feed_id) for feed_id in FEEDS]
    assert [channel.url.reveal for channel in loaded.settings.channels] == ["json://127.0.0.1:9/desk"]
    assert loaded.settings.state.endswith("demo.db")
    watches = [watch.id for watch in loaded.settings.watches]
    assert watches == ["homs", "hama", "rastan", "talbiseh", "aleppo", "tripoli", "hts", "golani", "m5-attacked"]


async def test_awkward_values_stay_values_in_the_configuration(site: NewsroomSite) -> None:
    text = site.config_text('json://127.0.0.1/"quoted"', state="a\\b.db")
    config = tomllib.loads(text)
    assert config["channel"][0]["url"] == 'json://127.0.0.1/"quoted"'
    assert config["monitor"]["state"] == "a\\b.db"


async def test_two_sites_stand_side_by_side(site: NewsroomSite, client: httpx.AsyncClient) -> None:
    async with NewsroomSite() as other:
        site.advance()
        one, two = [(await client.get(each.url("dw-en"))).text for each in (site, other)]
    assert "rebel-forces-close-in-on-homs" in one
    assert "rebel-forces-close-in-on-homs" not in two


def test_the_seeds_are_found_in_a_checkout() -> None:
    assert (seeds_path() / "feeds.opml").is_file()
