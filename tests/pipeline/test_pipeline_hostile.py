"""What hostile feeds cost, through store and pipeline: one bad entry its bad part, a broken end its validators."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.world import World, document, world

from monitor.model import FeedHealth
from monitor.planning.work import FeedState
from monitor.store.views import open_views

WIRE = "https://wire.example.org/rss"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as opened:
        yield opened


def state(made: World) -> FeedState:
    with open_views(made.state) as views:
        return views.list_feeds()[0].state


@pytest.mark.parametrize("reference", ["&#xD800;", "&#x110000;", "\x00", "\x0b"])
async def test_fifty_of_fifty_entries_alert_when_one_holds_what_no_xml_may(made: World, reference: str) -> None:
    old = made.items(3, word="Damascus")
    made.publish(*old)
    await made.poll()
    body = document([*made.items(50, start=100), *old])
    made.outside.feeds[WIRE] = body.replace(b"onetwofive of the", f"onetwofive {reference} of the".encode())
    assert made.outside.feeds[WIRE] != body
    await made.poll()
    assert len(made.alerts()) == 50
    assert state(made).etag is not None
    await made.check_alive()


async def test_a_feed_that_breaks_off_gives_its_entries_and_keeps_no_validators(made: World) -> None:
    old = made.items(3, word="Damascus")
    made.publish(*old)
    await made.poll()
    assert state(made).etag is not None
    whole = document([*made.items(50, start=100), *old])
    made.outside.feeds[WIRE] = whole[: whole.index(b"story onetwozero")]
    await made.poll()
    assert len(made.alerts()) == 20
    assert (state(made).etag, state(made).body_digest, state(made).health) == (None, None, FeedHealth.OK)
    made.outside.feeds[WIRE] = whole
    await made.poll()
    assert len(made.alerts()) == 50
    assert state(made).etag is not None


async def test_a_web_page_in_a_feed_s_place_is_a_failure_that_names_the_feed_to_take(made: World) -> None:
    made.publish(*made.items(3))
    await made.poll()
    link = '<link rel="alternate" type="application/rss+xml" href="/news.xml">'
    feed, made.outside.feeds[WIRE] = made.outside.feeds[WIRE], f"<html><head>{link}</head></html>".encode()
    await made.poll()
    assert state(made).health is FeedHealth.FAILING
    assert "a web page, not a feed; it names https://wire.example.org/news.xml" in state(made).error
    made.outside.feeds[WIRE] = feed
    await made.check_alive()
