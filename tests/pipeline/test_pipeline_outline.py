"""A document that is cut to what is new of it leaves the same state behind as one that is read whole."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path

import pytest
from support.world import Outside, World, world

from monitor.model import Feed
from monitor.planning.work import Fetched, ParsedFeed
from monitor.sources.childfeeds import known_of
from monitor.sources.feeds import parse_feed

TABLES = ("feeds", "listings", "entries", "identities", "noticed", "articles", "matches", "alerts", "deliveries")
FEEDS, STEPS = 24, 5
WORDS = ("Homs", "rain", "market", "school", "bridge", "Aleppo", "harbour", "council", "river", "strike", "fire")


@dataclass(frozen=True)
class Story:
    """One entry, as its feed words it."""

    guid: str
    link: str
    title: str
    teaser: str
    text: str
    at: datetime


class Counting(Outside):
    """An outside that remembers what it did not read again; `cuts` False reads everything."""

    cuts = True
    kept = 0

    async def parse(self, fetched: Fetched) -> ParsedFeed:
        known = known_of(fetched.outline if self.cuts else None)
        parsed = await asyncio.to_thread(parse_feed, fetched.body, fetched.url, fetched.content_type, known)
        self.kept += len(parsed.kept)
        return parsed


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[World, World]]:
    folders = tmp_path / "cut", tmp_path / "whole"
    for folder in folders:
        folder.mkdir()
    with world(folders[0]) as cut, world(folders[1]) as whole:
        for made, cuts in ((cut, True), (whole, False)):
            made.outside = Counting()
            made.outside.cuts = cuts
            made.feeds += [
                Feed(f"f{n}", f"https://f{n}.example.org/rss", f"F{n}", full_text=False) for n in range(FEEDS)
            ]
        yield cut, whole


async def test_what_is_cut_and_what_is_whole_leave_the_same_state(pair: tuple[World, World]) -> None:
    dice = random.Random(6)  # noqa: S311 - made-up feeds.
    start = pair[0].clock.now()
    stories = {n: [story(dice, f"{n}-{k}", start - timedelta(hours=k + 1)) for k in range(8)] for n in range(FEEDS)}
    for step in range(STEPS):
        if step:
            now, before = pair[0].clock.now(), stories
            stories = {n: edited(dice, old, before, f"{n}+{step}", now) for n, old in before.items()}
        for number, listed in stories.items():
            for made in pair:
                made.outside.feeds[f"https://f{number}.example.org/rss"] = written(number, step, listed)
        for made in pair:
            await made.poll()
        assert state(pair[0]) == state(pair[1]), f"after step {step}"
    kept = [made.outside.kept for made in pair if isinstance(made.outside, Counting)]
    assert kept[0] > FEEDS * STEPS
    assert kept[1] == 0


async def test_an_entry_that_becomes_what_it_was_is_a_change(pair: tuple[World, World]) -> None:
    dice = random.Random(7)  # noqa: S311 - made-up feeds.
    first = [story(dice, f"k{k}", pair[0].clock.now() - timedelta(hours=k + 1)) for k in range(6)]
    twin = replace(first[1], guid=first[0].guid, title="Something else again in Homs")
    for edition in (first, [replace(first[0], title="Homs, corrected"), twin, *first[1:]], first):
        for made in pair:
            made.feeds[1:] = []
            made.outside.feeds["https://f0.example.org/rss"] = written(0, 0, edition)
            await made.poll()
    assert state(pair[0]) == state(pair[1])
    with closing(sqlite3.connect(pair[0].state)) as opened:
        titles = {title for (title,) in opened.execute("SELECT title FROM entries")}
    assert first[0].title in titles


def story(dice: random.Random, name: str, at: datetime) -> Story:
    """Make up an entry."""
    teaser, text = (" ".join(dice.choices(WORDS, k=length)) + f" {name}." for length in (14, 30))
    title = " ".join(dice.choices(WORDS, k=5)) + f" {name}"
    return Story(f"g{name}", f"https://x{name}.example.org/s/{name}", title, teaser, text, at)


def edited(
    dice: random.Random, old: list[Story], others: dict[int, list[Story]], name: str, now: datetime
) -> list[Story]:
    """Bring something new, and do to the rest one of the things that feeds do."""
    stories = [story(dice, name, now - timedelta(minutes=1)), *old[: 8 - dice.randrange(3)]]
    at = dice.randrange(1, len(stories))
    one = stories[at]
    other = dice.choice(others[dice.randrange(FEEDS)])
    changes = (
        replace(one, title=f"{one.title}, again"),
        replace(one, text=f"{one.text} And more."),
        replace(one, at=one.at + timedelta(hours=2)),
        replace(one, at=now + timedelta(days=1)),
        replace(one, guid=stories[0].guid),
        replace(one, link=stories[0].link),
        replace(one, guid="", link=""),
        replace(one, guid=f"new-{one.guid}", link=f"{one.link}-moved"),
        replace(other, guid=f"wire-{name}", link=f"{one.link}/wire"),
        replace(one, title=stories[0].title, teaser=stories[0].teaser),
    )
    kind = dice.randrange(len(changes) + 5)
    if kind < len(changes):
        stories[at] = changes[kind]
    elif kind == len(changes):
        stories.insert(at, one)
    elif kind == len(changes) + 1:
        dice.shuffle(stories)
    elif kind == len(changes) + 2:
        stories = [replace(each, guid=f"n{each.guid}", link=f"{each.link}?n") for each in stories]
    return stories


def written(number: int, step: int, stories: list[Story]) -> bytes:
    """Write a feed: RSS, or Atom; one in six in a way that is not to be cut."""
    atom, odd = number % 2, number % 6 == 5
    rows = "\n".join(_atom(one) if atom else _rss(one) for one in stories)
    remark = "<!-- no entry --><x/>" if odd else ""
    if atom:
        head = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><updated>2024-12-06T0{step}:00:00Z</updated>'
        return f"<?xml version='1.0'?>{head}{rows}{remark}</feed>".encode()
    head = f'<rss version="2.0"><channel><title>F</title><ttl>{step + 5}</ttl>'
    return f"<?xml version='1.0'?>{head}{rows}{remark}</channel></rss>".encode()


def _rss(one: Story) -> str:
    link = f"<link>{one.link}</link>" if one.link else ""
    guid = f'<guid isPermaLink="false">{one.guid}</guid>' if one.guid else ""
    text = f"<description><![CDATA[<p>{one.teaser}</p>]]></description>"
    return (
        f"<item><title>{escape(one.title)}</title>{link}{guid}<pubDate>{format_datetime(one.at)}</pubDate>{text}</item>"
    )


def _atom(one: Story) -> str:
    link = f'<link href="{one.link}"/>' if one.link else ""
    guid = f"<id>{one.guid}</id>" if one.guid else ""
    when = f"<updated>{one.at.isoformat()}</updated>"
    texts = f"<summary>{one.teaser}</summary><content type='html'>&lt;p&gt;{one.text}&lt;/p&gt;</content>"
    return f"<entry><title>{escape(one.title)}</title>{link}{guid}{when}{texts}</entry>"


def state(made: World) -> dict[str, list[tuple[object, ...]]]:
    """Return all that is stored, table by table."""
    with closing(sqlite3.connect(made.state)) as opened:
        return {table: sorted(opened.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}  # noqa: S608 - our own names.
