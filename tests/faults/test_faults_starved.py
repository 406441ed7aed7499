"""What one source costs holds up no other one: not its pages that eat a child's time, and not its host that hangs."""

from __future__ import annotations

import asyncio
from pathlib import Path

from support.feedsite import rss

from monitor.app import open_app
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
