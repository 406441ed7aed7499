"""What one source costs holds up no other one: not its pages that eat a child's time, and not its host that hangs."""

from __future__ import annotations

import asyncio
from pathlib import Path

from support.feedsite import rss
from support.rawserver import Exchange, RawServer, answer, serving

from monitor.app import open_app
from monitor.engine.local import LocalEngine
from monitor.log import NoLog
from monitor.planning.work import Fetched
from monitor.sources.articles import ChildExtractor

FEED = rss([("1", "https://wire.example/1", "An old report")]).encode()
HEAD = """[monitor]
state = "{folder}/state.db"
[network]
allow_private = ["127.0.0.0/8"]
timeout = "{timeout}s"
[[channel]]
id = "c"
url = "console://"
[[watch]]
id = "w"
keyword = "Homs"
"""


def configuration(folder: Path, feeds: str, *, timeout: float = 30) -> Path:
    config = folder / "config.toml"
    config.write_text(HEAD.format(folder=folder, timeout=f"{timeout:g}") + feeds)
    return config


async def test_no_feed_waits_for_pages_that_eat_the_time_of_their_children(tmp_path: Path) -> None:
    config = configuration(tmp_path, '[[feed]]\nid = "f"\nurl = "http://127.0.0.1:9/f"\n')
    async with open_app(config, NoLog()) as app, asyncio.TaskGroup() as group:
        extractor = app.services.extractor
        assert isinstance(extractor, ChildExtractor)
        # Pages whose bytes keep a child busy change with the libraries; a function that waits does not.
        eat = extractor._children.run  # noqa: SLF001 - the pool that pages are read in.
        pages = [group.create_task(eat("time:sleep", (60,))) for _ in range(20)]
        await asyncio.sleep(0)  # they stand in line before the feed does.
        async with asyncio.timeout(20):
            feed = await app.services.parser.parse(Fetched("http://127.0.0.1:9/f", FEED))
        assert [entry.title for entry in feed.entries] == ["An old report"]
        assert not any(page.done() for page in pages)
        for page in pages:
            page.cancel()


MANY = 1_500
FEED_OF = '[[feed]]\nid = "{id}"\nurl = "{url}"\nevery = "1s"\nbackfill = "all"\n'


def put_feed(site: RawServer, *paths: str, name: str = "/feed") -> str:
    """Serve a feed whose entries lead to these paths; return its address."""
    items = [(path, site.url(path), f"A report from Homs, {path}") for path in paths]
    return site.on(name, answer(200, rss(items).encode(), "Content-Type: application/rss+xml"))


async def asked_for(site: RawServer, start: str, count: int = 1) -> None:
    """Wait until so many requests for what begins so have come."""
    async with site.arrived:
        await site.arrived.wait_for(lambda: sum(path.startswith(start) for path in site.paths()) >= count)


async def test_a_thousand_entries_at_a_host_that_hangs_do_not_delay_another_feeds_entry(tmp_path: Path) -> None:
    pages = [f"/page/{number}" for number in range(MANY)]
    async with serving() as slow, serving("127.0.0.2") as wire:
        feeds = FEED_OF.format(id="slow", url=put_feed(slow, *pages)) + FEED_OF.format(id="wire", url=put_feed(wire))
        await _wire_is_read(tmp_path, slow, wire, pages, feeds)


async def test_twenty_feeds_of_a_host_that_hangs_do_not_delay_another_feeds_entry(tmp_path: Path) -> None:
    async with serving() as slow, serving("127.0.0.2") as wire:
        feeds, pages = FEED_OF.format(id="wire", url=put_feed(wire)), []
        for number in range(20):
            its = [f"/page/{number}/{entry}" for entry in range(10)]
            feeds += FEED_OF.format(id=f"slow{number}", url=put_feed(slow, *its, name=f"/feed/{number}"))
            pages += its
        await _wire_is_read(tmp_path, slow, wire, pages, feeds)


async def _wire_is_read(folder: Path, slow: RawServer, wire: RawServer, pages: list[str], feeds: str) -> None:
    """Let these pages of one host hang, and see that an entry that then comes from the other is read."""
    for path in pages:
        slow.on(path, Exchange.hang)
    for site in (slow, wire):
        site.on("/robots.txt", answer(404))
    async with open_app(configuration(folder, feeds, timeout=4), NoLog()) as app:
        engine = LocalEngine(app.services)
        work = asyncio.create_task(engine.serve())
        async with asyncio.timeout(90):
            await asked_for(slow, "/page/", 2)
        wire.on("/page", answer(200, b"<p>Homs</p>"))
        put_feed(wire, "/page")
        async with asyncio.timeout(15):
            await asked_for(wire, "/page")
        engine.stop()
        await app.services.fetcher.close()
        await work


async def test_hundreds_of_feeds_at_a_host_that_hangs_do_not_delay_another_feed(tmp_path: Path) -> None:
    async with serving() as slow, serving("127.0.0.2") as wire:
        feeds = FEED_OF.format(id="wire", url=put_feed(wire))
        for number in range(300):
            feeds += FEED_OF.format(id=f"slow{number}", url=slow.on(f"/feed/{number}", Exchange.hang))
        async with open_app(configuration(tmp_path, feeds, timeout=30), NoLog()) as app:
            engine = LocalEngine(app.services)
            work = asyncio.create_task(engine.serve())
            async with asyncio.timeout(15):
                await asked_for(wire, "/feed", 3)
            assert len(slow.asked) <= 4
            engine.stop()
            await app.services.fetcher.close()
            await work
