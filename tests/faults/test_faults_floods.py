"""What feeds suddenly do, and what comes of it: the cells of floods.toml, each a test through store and pipeline."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.world import Item, World, renamed, world

from monitor.model import FeedHealth, Reason, Severity
from monitor.store.holds import release_entries
from monitor.store.views import open_views

CELLS: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("floods.toml").read_text(encoding="utf-8"))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PREFIX = "test_flood_"


@pytest.fixture
def flooded(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


async def settle(made: World, *items: Item) -> None:
    """Let a feed be known well: a first poll, a poll that brings two new articles, and some that bring nothing."""
    made.publish(*items[2:])
    await made.poll()
    made.publish(*items)
    for _ in range(3):
        await made.poll()
    await made.deliver()
    assert len(made.alerts()) == 2


async def check(made: World, cell: str, *, before: tuple[int, int]) -> None:
    """Compare with the table what came of it since `before`, and show that the feed is still heard."""
    wanted = CELLS[cell]
    held = sum(one.entries for one in made.held())
    came = (len(made.alerts()) - before[0], len(made.operator_alerts()) - before[1], held)
    assert came == (wanted["alerts"], wanted.get("operator", 0), wanted.get("held", 0)), wanted["why"]
    await made.check_alive()


def counts(made: World) -> tuple[int, int]:
    return len(made.alerts()), len(made.operator_alerts())


def test_every_cell_of_the_table_is_a_test_and_every_test_a_cell() -> None:
    tests = {name.removeprefix(PREFIX).replace("_", "-") for name in globals() if name.startswith(PREFIX)}
    assert tests == set(CELLS)
    assert len(CELLS) == 14


async def test_flood_first_poll_of_1000(flooded: World) -> None:
    made = flooded
    made.publish(*made.items(600), *made.items(400, word="Damascus", start=600))
    await made.poll()
    (sent,) = await made.deliver()
    assert sent.channel_id == "operator"
    assert "1,000 articles" in sent.message.body
    assert "600 of them match" in sent.message.body
    await check(made, "first-poll-of-1000", before=(0, 0))


async def test_flood_restart(flooded: World) -> None:
    made = flooded
    await settle(made, *made.items(20))
    before = counts(made)
    made.restart()
    await made.poll()
    assert await made.deliver() == []
    await check(made, "restart", before=before)


async def test_flood_every_guid_changes(flooded: World) -> None:
    made = flooded
    items = made.items(20)
    await settle(made, *items)
    before = counts(made)
    made.publish(*(renamed(item, guid="new-{}") for item in items))
    await made.poll()
    await made.poll()
    await check(made, "every-guid-changes", before=before)


async def test_flood_links_in_other_clothes(flooded: World) -> None:
    made = flooded
    items = [replace(item, guid="") for item in made.items(20)]
    await settle(made, *items)
    before = counts(made)
    for clothes in ("{}/", "{}?utm_source=rss&utm_campaign=x", "{}?fbclid=abc#top"):
        made.publish(*(renamed(item, link=clothes) for item in items))
        await made.poll()
    made.publish(*(replace(item, link=item.link.replace("https://", "http://www.")) for item in items))
    await made.poll()
    await check(made, "links-in-other-clothes", before=before)


async def test_flood_guid_and_link_change(flooded: World) -> None:
    made = flooded
    items = made.items(20)
    await settle(made, *items)
    before = counts(made)
    made.publish(*(renamed(item, guid="moved-{}", link="{}-moved") for item in items))
    for _ in range(3):
        await made.poll()
    (sent,) = await made.deliver()
    assert (sent.channel_id, made.operator_alerts()[0].alert.reason) == ("operator", Reason.HEALTH)
    assert "wire: 20 entries of WIRE have new ids and links over the same texts" in sent.message.body
    await check(made, "guid-and-link-change", before=before)


async def test_flood_most_are_suddenly_new(flooded: World) -> None:
    made = flooded
    items = made.items(20)
    await settle(made, *items)
    before = counts(made)
    storm = made.items(16, start=500, host="elsewhere")
    made.publish(*storm, *items[:4])
    for _ in range(3):
        await made.poll()
    (sent,) = await made.deliver()
    assert (sent.channel_id, sent.message.severity) == ("operator", Severity.HIGH)
    assert "monitor feeds release wire" in sent.message.body
    assert "16 of them match" in sent.message.body
    await check(made, "most-are-suddenly-new", before=before)
    with open_views(made.state) as views:
        assert [view.state.health for view in views.list_feeds()] == [FeedHealth.HELD]
    assert release_entries(made.state, "wire", now=made.clock.now()) == 16
    await made.read()
    sent_now = await made.deliver(within=15 * MINUTE)
    assert len(made.alerts()) == before[0] + 1 + 16
    told = "\n".join(one.message.body for one in sent_now)
    assert [item.title for item in storm if item.title not in told] == []
    assert made.held() == ()


async def test_flood_all_redated(flooded: World) -> None:
    made = flooded
    items = made.items(20)
    await settle(made, *items)
    before = counts(made)
    made.publish(*(replace(item, at=made.clock.now()) for item in items))
    await made.poll()
    await check(made, "all-redated", before=before)


async def test_flood_guid_used_again(flooded: World) -> None:
    made = flooded
    items = made.items(20)
    await settle(made, *items)
    before = counts(made)
    other = Item(items[0].guid, "https://wire.example.org/other", "Bridge near Homs closed after the flood")
    made.publish(other, *items[1:])
    await made.poll()
    await made.poll()
    await check(made, "guid-used-again", before=before)


async def test_flood_one_link_for_many_guids(flooded: World) -> None:
    made = flooded
    items = made.items(20)
    await settle(made, *items)
    before = counts(made)
    titles = ("Homs counts its votes", "Buses run in Homs again", "Rain floods the streets of Homs")
    many = [Item(f"ticker-{n}", "https://wire.example.org/ticker", title) for n, title in enumerate(titles)]
    made.publish(many[0], *items)
    await made.poll()
    made.publish(*many, *items)
    await made.poll()
    await made.poll()
    await check(made, "one-link-for-many-guids", before=before)


async def test_flood_title_edited_to_match(flooded: World) -> None:
    made = flooded
    items = made.items(20)
    plain = [replace(items[0], title="Army leaves its posts", teaser="Residents told of it."), *items[1:]]
    made.publish(*plain)
    for _ in range(2):
        await made.poll()
    before = counts(made)
    for title in ("Army leaves its posts near Homs", "Army leaves all its posts near Homs", "Army leaves its posts"):
        made.publish(replace(plain[0], title=title), *plain[1:])
        await made.poll()
    await check(made, "title-edited-to-match", before=before)


async def test_flood_leaves_and_returns(flooded: World) -> None:
    made = flooded
    items = made.items(20)
    await settle(made, *items)
    before = counts(made)
    made.publish(*items[5:])
    await made.poll()
    made.publish()
    await made.poll(after=20 * HOUR)
    made.publish(*items)
    await made.poll(after=100 * 24 * HOUR)
    await check(made, "leaves-and-returns", before=before)


@pytest.mark.slow
async def test_flood_500_in_a_minute(flooded: World) -> None:
    made = flooded
    old = made.items(20)
    await settle(made, *old)
    await made.deliver(within=6 * MINUTE)
    before = counts(made)
    flood = made.items(500, start=1000)
    made.publish(*flood, *old)
    await made.poll()
    began = made.clock.now()
    sent = await made.deliver(within=8 * MINUTE)
    single = [one for one in sent if sum(item.title in one.message.body for item in flood) == 1]
    assert len(single) <= 5
    digests = made.alerts(Reason.DIGEST)
    starts = sorted({one.alert.created_at for one in digests})
    assert all(later - first >= MINUTE for first, later in pairwise(starts))
    told = "\n".join(one.message.body for one in sent)
    assert [item.title for item in flood if item.title not in told] == []
    assert starts[0] - began <= 2 * MINUTE
    await check(made, "500-in-a-minute", before=before)


async def test_flood_one_text_in_20_feeds(flooded: World) -> None:
    made = flooded
    names = ["wire", *(f"paper{number}" for number in range(20))]
    for name in names:
        made.publish(*made.items(12, word="Damascus", host=name, start=names.index(name) * 20), feed_id=name)
    await made.poll()
    await made.deliver()
    before = counts(made)

    def wire(name: str, *, at: timedelta) -> None:
        text = "Residents of Homs crossed the bridge on foot on Friday evening, three of them told the agency by phone."
        item = Item(f"{name}-x", f"https://{name}.example.org/x", "Families leave Homs on foot", text)
        old = made.items(12, word="Damascus", host=name, start=names.index(name) * 20)
        made.publish(replace(item, at=made.clock.now() + at), *old, feed_id=name)

    for name in names[1:13]:
        wire(name, at=-HOUR)
    await made.poll()
    (alert,) = made.alerts()
    assert len(alert.alert.headlines) == 12
    (sent,) = await made.deliver()
    named = next(line for line in sent.message.body.split("\n") if line.startswith("Also in: "))
    assert named.endswith("and 5 more")
    for name in names[13:]:
        wire(name, at=-2 * HOUR)
    await made.poll()
    (alert,) = made.alerts()
    assert {headline.feed_id for headline in alert.alert.headlines} == set(names[1:])
    assert [one for one in await made.deliver() if one.channel_id == "desk"] == []
    await check(made, "one-text-in-20-feeds", before=before)


async def test_flood_high_passes_grouping(flooded: World) -> None:
    made = flooded
    old = made.items(20)
    await settle(made, *old)
    await made.deliver(within=6 * MINUTE)
    before = counts(made)
    made.publish(*made.items(30, word="Aleppo", start=2000), *old)
    await made.poll()
    began = made.clock.now()
    sent = await made.deliver(within=31 * timedelta(seconds=1))
    desk = [one for one in sent if one.channel_id == "desk"]
    assert [one.message.title.count("story") for one in desk] == [1] * 30
    assert made.alerts(Reason.DIGEST) == []
    # One message a second is what the service takes: the last went out 29 seconds after the first.
    times = sorted(row.delivered_at for one in made.alerts() for row in one.deliveries if row.delivered_at)
    times = [at for at in times if at >= began]
    assert all(later - first >= timedelta(seconds=1) for first, later in pairwise(times))
    await check(made, "high-passes-grouping", before=before)
