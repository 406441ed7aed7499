"""What feeds do to their entries in the long run, through store and pipeline: liveblogs, moves, copies, releases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.world import Item, World, renamed, world

from monitor.model import Reason
from monitor.store.holds import drop_entries
from monitor.testing.doubles import Sent

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LIVE = Item("live-1", "https://wire.example.org/live/1", "Liveblog: what happens in the north")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as opened:
        yield opened


def desk(sent: list[Sent]) -> list[str]:
    return [one.message.body for one in sent if one.channel_id == "desk"]


async def begin(made: World, *items: Item) -> None:
    made.publish(*items)
    await made.poll()
    await made.poll()
    await made.deliver(within=10 * MINUTE)


# --- liveblogs ----------------------------------------------------------------------------------------------------


async def test_a_liveblog_s_new_hits_are_updates_that_leave_together_every_15_minutes(made: World) -> None:
    old = made.items(5, word="Damascus")
    await begin(made, *old)

    async def say(teaser: str) -> list[str]:
        made.publish(replace(LIVE, teaser=teaser), *old)
        await made.poll(after=MINUTE)
        return desk(await made.deliver(within=MINUTE))

    assert len(await say("Shots near Homs.")) == 1
    assert len(await say("Shots near Homs. Buses leave Hama.")) == 1
    assert await say("Shots near Homs. Buses leave Hama. Lights out in Idlib.") == []
    (later,) = desk(await made.deliver(within=16 * MINUTE))
    assert "Idlib" in later
    assert [one.alert.reason for one in made.alerts()] == [Reason.UPDATE, Reason.UPDATE, Reason.NEW]
    await made.check_alive()


async def test_what_waits_for_a_liveblog_s_next_update_is_told_though_the_line_has_gone(made: World) -> None:
    old = made.items(5, word="Damascus")
    await begin(made, *old)
    for teaser in ("Shots near Homs.", "Buses leave Hama.", "Lights out in Idlib.", "Nothing new."):
        made.publish(replace(LIVE, teaser=teaser), *old)
        await made.poll(after=MINUTE)
    told = "\n".join(desk(await made.deliver(within=20 * MINUTE)))
    assert all(word in told for word in ("Homs", "Hama", "Idlib"))


async def test_an_update_that_is_graver_than_what_was_told_does_not_wait(made: World) -> None:
    old = made.items(5, word="Damascus")
    await begin(made, *old)
    for teaser in ("Shots near Homs.", "Shots near Homs, and in Hama."):
        made.publish(replace(LIVE, teaser=teaser), *old)
        await made.poll(after=MINUTE)
        await made.deliver(within=MINUTE)
    made.publish(replace(LIVE, teaser="Shots near Homs, in Hama and in Aleppo."), *old)
    await made.poll(after=MINUTE)
    assert len(desk(await made.deliver(within=MINUTE))) == 1


# --- feeds that move ------------------------------------------------------------------------------------------------


async def test_a_feed_that_moved_for_good_is_asked_where_it_lives_and_tells_nothing_twice(made: World) -> None:
    old = made.items(12)
    await begin(made, *old)
    there = "https://cdn.example.net/wire.xml"
    made.outside.moved["https://wire.example.org/rss"] = there
    made.outside.feeds[there] = made.outside.feeds["https://wire.example.org/rss"]
    await made.poll()
    made.publish(*made.items(1, start=40), *old)
    made.outside.feeds[there] = made.outside.feeds["https://wire.example.org/rss"]
    del made.outside.moved["https://wire.example.org/rss"]
    made.outside.feeds["https://wire.example.org/rss"] = b"<html>moved</html>"
    await made.poll()
    assert len(made.alerts()) == 1
    assert made.log.failed == []


async def test_an_article_in_several_feeds_and_languages_of_one_publisher_is_told_of_once(made: World) -> None:
    for name in ("en", "world", "ar"):
        made.publish(*made.items(5, word="Damascus", host=name), feed_id=name)
    await made.poll()
    await made.deliver()
    links = {
        "en": "https://www.dw.com/en/homs/a-70979500?maca=en-rss-all",
        "world": "https://www.dw.com/en/homs-again/a-70979500?maca=en-rss-world",
        "ar": "https://p.dw.com/p/4np0e",
    }
    titles = {"en": "Homs: the long road home", "world": "Homs: the long road home", "ar": "الطريق الطويل (Homs)"}
    for name in ("en", "world", "ar"):
        item = Item(f"{name}-7", links[name], titles[name])
        made.publish(item, *made.items(5, word="Damascus", host=name), feed_id=name)
    await made.poll()
    (alert,) = made.alerts()
    assert {headline.feed_id for headline in alert.alert.headlines} == {"en", "world", "ar"}


# --- storms ---------------------------------------------------------------------------------------------------------


async def test_after_a_storm_later_polls_are_announced_as_usual_and_what_is_held_waits_for_ever(made: World) -> None:
    await begin(made, *made.items(20))
    storm = made.items(20, start=500, host="cms")
    made.publish(*storm)
    await made.poll()
    await made.deliver()
    made.publish(*made.items(2, start=900), *storm)
    await made.poll()
    assert len(made.alerts()) == 2
    made.restart()
    await made.poll(after=300 * 24 * HOUR)
    assert [(one.feed_id, one.entries) for one in made.held()] == [("wire", 20)]


async def test_a_second_storm_is_held_too_and_not_said_again_at_once(made: World) -> None:
    await begin(made, *made.items(20))
    for start in (500, 600, 700):
        made.publish(*made.items(20, start=start, host="cms"))
        await made.poll()
    assert [one.entries for one in made.held()] == [60]
    assert len(made.operator_alerts()) == 2
    assert made.alerts() == []


async def test_a_held_entry_that_its_feed_edits_is_not_let_out_by_it(made: World) -> None:
    await begin(made, *made.items(20))
    storm = made.items(20, start=500, host="cms")
    made.publish(*storm)
    await made.poll()
    made.publish(*(replace(item, teaser=f"{item.teaser} Edited.") for item in storm))
    await made.poll()
    assert made.alerts() == []
    assert [one.entries for one in made.held()] == [20]


async def test_what_is_dropped_is_never_told_and_the_next_storm_is_held_again(made: World) -> None:
    await begin(made, *made.items(20))
    made.publish(*made.items(20, start=500, host="cms"))
    await made.poll()
    assert drop_entries(made.state, "wire") == 20
    await made.poll()
    assert made.alerts() == []
    made.publish(*made.items(20, start=600, host="cms"))
    await made.poll()
    assert [one.entries for one in made.held()] == [20]


async def test_a_long_night_without_us_is_no_storm(made: World) -> None:
    await begin(made, *made.items(20))
    made.publish(*made.items(20, start=500))
    await made.poll(after=20 * HOUR)
    assert made.held() == ()
    assert len(made.alerts()) == 20


async def test_a_flood_that_only_adds_is_no_storm(made: World) -> None:
    old = made.items(12)
    await begin(made, *old)
    made.publish(*made.items(100, start=500), *old)
    await made.poll()
    assert made.held() == ()
    assert len(made.alerts()) == 100


async def test_a_small_feed_that_renews_itself_is_no_storm(made: World) -> None:
    await begin(made, *made.items(5))
    made.publish(*made.items(5, start=500))
    await made.poll()
    assert len(made.alerts()) == 5


# --- one text -------------------------------------------------------------------------------------------------------

TEXT = "Residents of Homs crossed the bridge on foot on Friday evening, three of them told the agency by phone."


async def test_the_same_words_a_week_later_in_another_feed_are_news(made: World) -> None:
    for name in ("one", "two"):
        made.publish(*made.items(5, word="Damascus", host=name), feed_id=name)
    await made.poll()
    for name, age in (("one", 7 * 24 * HOUR), ("two", HOUR)):
        item = Item(f"{name}-x", f"https://{name}.example.org/x", "On foot", TEXT, made.clock.now() - age)
        made.publish(item, *made.items(5, word="Damascus", host=name), feed_id=name)
    await made.poll()
    assert len(made.alerts()) == 2


async def test_a_short_text_in_two_feeds_is_two_articles(made: World) -> None:
    for name in ("one", "two"):
        made.publish(*made.items(5, word="Damascus", host=name), feed_id=name)
    await made.poll()
    for name in ("one", "two"):
        item = Item(f"{name}-x", f"https://{name}.example.org/x", "Weather in Homs", "Rain.")
        made.publish(item, *made.items(5, word="Damascus", host=name), feed_id=name)
    await made.poll()
    assert len(made.alerts()) == 2


async def test_ids_and_links_made_anew_at_every_poll_are_said_once_a_day(made: World) -> None:
    items = made.items(12)
    await begin(made, *items)
    for session in range(5):
        made.publish(*(renamed(item, guid=f"{{}}-{session}", link=f"{{}}/{session}") for item in items))
        await made.poll()
    assert made.alerts() == []
    assert len(made.operator_alerts()) == 2
