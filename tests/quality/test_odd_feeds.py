"""Whether every odd feed gives what feedparser makes of it, but for exceptions that a file lists with their reasons."""

from __future__ import annotations

import asyncio
import gzip
import html
import io
import re
import tomllib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import feedparser
import pytest

from monitor.errors import ParseError
from monitor.planning.work import Fetched, ParsedFeed
from monitor.sources.childfeeds import ChildFeedParser
from monitor.sources.children import Children

pytestmark = [pytest.mark.corpus, pytest.mark.slow]

EXCEPTIONS = Path(__file__).parent / "data" / "odd_feeds_exceptions.toml"
BLOCK = re.compile(r"</?(?:br|div|h\d|li|p|td|tr)\b[^>]*>", re.IGNORECASE)
INLINE = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Stated:
    """What feedparser says of one entry."""

    id: str
    title: str
    link: str


def stated(body: bytes) -> list[Stated]:
    """Return feedparser's entries of a body, read as anyone would."""
    entries = feedparser.parse(io.BytesIO(body)).entries
    return [Stated(*(" ".join((entry.get(key) or "").split()) for key in ("id", "title", "link"))) for entry in entries]


def same_title(ours: str, theirs: str) -> bool:
    """Whether our plain text is what a browser shows of feedparser's title."""
    return ours in (theirs, " ".join(html.unescape(INLINE.sub("", BLOCK.sub(" ", theirs))).split()))


def differences(feed: ParsedFeed | ParseError, theirs: list[Stated]) -> set[str]:
    """Return in what a feed differs from feedparser's reading: entries, id, title, link."""
    entries = () if isinstance(feed, ParseError) else feed.entries
    if len(entries) != len(theirs):
        return {"entries"}
    found = set()
    for ours, other in zip(entries, theirs, strict=True):
        found |= {"id"} if (ours.guid or "") != other.id else set()
        found |= {"title"} if not same_title(ours.title, other.title) else set()
        found |= {"link"} if ours.link != other.link else set()
    return found


async def previewed(bodies: Iterable[bytes]) -> list[ParsedFeed | ParseError]:
    """Read all bodies in children, as the daemon does. Anything but a feed or a ParseError is raised."""
    children = Children()
    parser = ChildFeedParser(children)

    async def one(body: bytes) -> ParsedFeed | ParseError:
        try:
            return await parser.parse(Fetched("", body))
        except ParseError as error:
            return error

    try:
        return list(await asyncio.gather(*(one(body) for body in bodies)))
    finally:
        await children.close()


@pytest.fixture(scope="module")
def odd_feeds(corpus: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(corpus / "odd-feeds" / "odd-feeds.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


@pytest.fixture(scope="module")
def odd_readings(odd_feeds: dict[str, bytes]) -> dict[str, ParsedFeed | ParseError]:
    return dict(zip(odd_feeds, asyncio.run(previewed(odd_feeds.values())), strict=True))


def test_every_odd_feed_gives_feedparser_s_entries_by_id_title_and_link(
    odd_feeds: dict[str, bytes], odd_readings: dict[str, ParsedFeed | ParseError]
) -> None:
    compared = {name: differences(odd_readings[name], stated(body)) for name, body in odd_feeds.items()}
    found = {name: sorted(differs) for name, differs in compared.items() if differs}
    table = tomllib.loads(EXCEPTIONS.read_text("utf-8"))["exception"]
    print(f"\n{len(odd_feeds)} odd feeds, {len(found)} of them read otherwise than by feedparser")  # noqa: T201
    for group in table:
        print(f"{len(group['feeds']):4}  {group['reason']}")  # noqa: T201 - the figures of the run.
    assert all(group["reason"] for group in table)
    assert found == {name: sorted(group["fields"]) for group in table for name in group["feeds"]}


def test_no_odd_feed_takes_its_child_with_it(odd_readings: dict[str, ParsedFeed | ParseError]) -> None:
    errors = [str(reading) for reading in odd_readings.values() if isinstance(reading, ParseError)]
    words = ("not a feed", "not a JSON Feed", "begins like JSON", "is empty")
    assert [error for error in errors if not any(word in error for word in words)] == []


@pytest.mark.release  # feedparser takes its time.
async def test_every_real_feed_gives_feedparser_s_entries(corpus: Path) -> None:
    bodies = {path.name: gzip.decompress(path.read_bytes()) for path in sorted((corpus / "feeds").glob("*.gz"))}
    feeds = await previewed(bodies.values())
    found = {}
    for (name, body), feed in zip(bodies.items(), feeds, strict=True):
        # Links differ where FeedBurner hid the article's own, and where relative ones have no base here.
        differs = differences(feed, stated(body)) - {"link"}
        # feedparser knows no JSON Feed.
        is_json = isinstance(feed, ParsedFeed) and feed.format.startswith("json") and len(feed.entries) > 0
        if differs and not is_json:
            found[name] = differs
    assert found == {}


async def test_dw_s_feed_gives_141_entries_with_dw_s_ids_though_feedparser_knows_no_published(corpus: Path) -> None:
    body = gzip.decompress((corpus / "feeds" / "dw-rss-en-all.xml.gz").read_bytes())
    assert not any("published" in entry for entry in feedparser.parse(io.BytesIO(body)).entries)
    (feed,) = await previewed([body])
    assert isinstance(feed, ParsedFeed)
    assert (feed.format, len(feed.entries), feed.ttl) == ("rss10", 141, None)
    assert len({entry.content_id for entry in feed.entries}) == 141
    for entry in feed.entries:
        assert entry.content_id is not None
        assert entry.url.endswith(f"-{entry.content_id}")
        assert "maca=" in entry.link
        assert "maca=" not in entry.url
        assert entry.published_at is not None
        assert entry.language == "en"
