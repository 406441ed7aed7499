"""A whole monitor in this process, with one feed that can be made to fail in every way, and a channel that listens."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import trustme
from support.chatservers import WebhookServer
from support.feedsite import rss
from support.rawserver import RawServer, answer, serving

from monitor.app import App, open_app
from monitor.engine.local import LocalEngine
from monitor.log import NoLog
from monitor.planning.work import FeedState
from monitor.sources.http import HttpFetcher

NAME = "feeds.example.org"
PATIENCE = 0.6  # seconds that a whole fetch may take here.
CONFIG = """
[monitor]
state = "state/monitor.db"
[network]
contact = "test@example.org"
allow_private = ["127.0.0.0/8"]
timeout = "600ms"
max_feed = "1MB"
[alerting]
burst = 1000
[[feed]]
id = "wire"
url = "{url}"
full_text = false
[[channel]]
id = "desk"
url = "{channel}"
rate = "1000/1s"
[[watch]]
id = "homs"
keyword = "Homs"
"""
Lookup = Callable[[str], Awaitable[Sequence[str]]]


def items(count: int) -> bytes:
    """Return a feed of so many items, the newest first."""
    listed = [(str(n), f"https://wire.example/{n}", f"Report number {n} from Homs") for n in range(count, 0, -1)]
    return rss(listed).encode()


@dataclass(slots=True)
class Faulty:
    """The monitor, its one feed, and what its reader got. `look_up` says where the feed's name leads."""

    site: RawServer
    hook: WebhookServer
    app: App
    authority: trustme.CA
    look_up: Lookup
    url: str = ""
    states: list[FeedState] = field(default_factory=list)

    async def poll(self) -> FeedState:
        """Poll the feed now, tell what is to be told, and return how the feed then stands."""
        services = self.app.services
        # A fetcher of its own for each poll: what the last one remembers of names and connections has run out.
        fetcher = HttpFetcher(services.settings.network, clock=services.clock, lookup=self.look_up)
        services = replace(services, fetcher=fetcher)
        try:
            await services.db(services.store.make_feeds_due, now=services.clock.now())
            await LocalEngine(services).serve_once()
        finally:
            await fetcher.close()
        self.states.append((await services.db(services.store.load_poll, "wire")).state)
        return self.states[-1]

    def told(self, number: int) -> int:
        """How often the reader was told of an item."""
        return sum(f"Report number {number} from Homs" in str(one.json) for one in self.hook.hook.posted)

    def serve(self, count: int) -> None:
        """Let the feed be well, with so many items, the first of them old."""
        self.site.on("/feed", answer(200, items(count), "Content-Type: application/rss+xml", f'ETag: "{count}"'))


async def here(host: str) -> Sequence[str]:
    """Say that every name leads to this machine."""
    del host
    await asyncio.sleep(0)
    return ("127.0.0.1",)


@asynccontextmanager
async def faulty(folder: Path, authority: trustme.CA, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Faulty]:
    """Run a monitor whose feed has one old item."""
    hook = WebhookServer()
    channel = hook.start()
    try:
        async with serving(tls=tls) as site:
            url = site.url("/feed", NAME)
            config = folder / "config.toml"
            config.write_text(CONFIG.format(url=url, channel=channel), encoding="utf-8")
            async with open_app(config, NoLog()) as app:
                yield Faulty(site, hook, app, authority, here, url)
    finally:
        hook.stop()
