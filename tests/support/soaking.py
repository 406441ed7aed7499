"""A day of news and faults, sixty times as fast: feeds, pages and a channel that fail at random, and a daemon between.

A poll every two seconds stands for one every two minutes, a fetch's second and a half for its half minute, and ten
minutes for ten hours. When which feed fails, how, and for how long is drawn from a seed.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import random
import re
import resource
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from support.chatservers import Answer, WebhookServer
from support.feedsite import page, rss
from support.rawserver import Exchange, RawServer, answer, redirect, serving

HOSTS = 20  # loopback addresses, of two feeds each: one that hangs holds up its neighbour at most.
FEEDS = 40
LISTED = 40  # entries of a feed.
EVERY = 2.0  # seconds between two polls of a feed.
ILL = (2.0, 12.0)  # seconds that a fault lasts,
WELL = (10.0, 60.0)  # and that all is well between two of them.
PAGE = resource.getpagesize()
OUTAGE, UP = (2.0, 8.0), (20.0, 60.0)  # the same of the channel.
CONFIG = """
[monitor]
state = "state/monitor.db"
[network]
contact = "test@example.org"
allow_private = ["127.0.0.0/8"]
timeout = "1500ms"
max_feed = "1MB"
max_page = "1MB"
[delivery]
retry_first = "1s"
retry_max = "5s"
[alerting]
burst = 100000
[[channel]]
id = "desk"
url = "{channel}"
rate = "1000/1s"
[[watch]]
id = "homs"
place = "Homs, SY"
"""
FEED = '[[feed]]\nid = "f{number}"\nurl = "{url}"\nevery = "{every:g}s"\n'
_REPORT = re.compile(r"Report number \d+ from Homs")
_BOMB = gzip.compress(bytes(30_000_000))
_POISON = b"<html><body>" + b"<div>" * 3_000 + b"<p " + b"a=b " * 5_000 + b">Homs"

Fault = Callable[[Exchange, bytes], Awaitable[None]]


# --- how things fail ------------------------------------------------------------------------------------------------


async def hang(exchange: Exchange, _: bytes) -> None:
    await exchange.hang()


async def drip(exchange: Exchange, body: bytes) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
    for at in range(len(body)):
        await exchange.send(body[at : at + 1])
        await exchange.breathe(0.1)
        if exchange.ending.is_set():
            return


async def break_off(exchange: Exchange, body: bytes) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    await exchange.send(head + body[: len(body) // 2])


async def reset(exchange: Exchange, body: bytes) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + body[: len(body) // 2])
    exchange.reset()


async def endless(exchange: Exchange, _: bytes) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")
    for _piece in range(40):
        await exchange.send(b"<p>Homs</p>" * 5_000)


def says(reply: bytes) -> Fault:
    """Return a fault that is one answer."""

    async def fault(exchange: Exchange, _: bytes) -> None:
        await exchange.send(reply)

    return fault


COMMON: dict[str, Fault] = {
    "hangs": hang,
    "drips": drip,
    "breaks off": break_off,
    "is reset": reset,
    "never ends": endless,
    "500": says(answer(500)),
    "503": says(answer(503, b"", "Retry-After: 2")),
    "garbage": says(answer(200, bytes(range(256)) * 40)),
    "bomb": says(answer(200, _BOMB, "Content-Encoding: gzip")),
    "empty": says(answer(200)),
    "circle": says(redirect("/circle")),
}
FEED_FAULTS = {**COMMON, "login": says(answer(200, b"<html><body>Log in</body></html>", "Content-Type: text/html"))}
PAGE_FAULTS = {**COMMON, "poison": says(answer(200, _POISON, "Content-Type: text/html")), "404": says(answer(404))}


# --- the day --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Day:
    """The world of one soak. `faults` counts what was answered wrongly, by how."""

    dice: random.Random
    hook: WebhookServer
    sites: list[RawServer]
    reports: list[list[tuple[str, str, str]]] = field(default_factory=lambda: [[] for _ in range(FEEDS)])
    ill: list[str] = field(default_factory=lambda: [""] * FEEDS)
    faults: Counter[str] = field(default_factory=Counter)
    titles: list[str] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def site(self, number: int) -> RawServer:
        return self.sites[number % len(self.sites)]

    def configure(self, folder: Path, channel: str) -> Path:
        """Write the configuration, and let each feed hold one old entry."""
        rows = []
        for number in range(FEEDS):
            site = self.site(number)
            self.reports[number].append((f"old-{number}", site.url(f"/old/{number}"), f"An old report of {number}"))
            url = site.on(f"/feed/{number}", self._feed(number))
            rows.append(FEED.format(number=number, url=url, every=EVERY))
        config = folder / "config.toml"
        config.write_text(CONFIG.format(channel=channel) + "".join(rows), encoding="utf-8")
        config.chmod(0o600)
        return config

    def begin(self) -> None:
        """Let feeds and the channel fail from now on, each at its own times."""
        self.tasks += [asyncio.create_task(self._feed_life(number)) for number in range(FEEDS)]
        self.tasks.append(asyncio.create_task(self._channel_life()))

    async def report_for(self, seconds: float, *, every: float) -> None:
        """Report at random moments, on average one report in `every` seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            await asyncio.sleep(self.dice.expovariate(1 / every))
            self.report()

    def report(self) -> None:
        """Add a report to a feed; its page may be one that cannot be read."""
        number = self.dice.randrange(FEEDS)
        title = f"Report number {len(self.titles) + 1} from Homs"
        path = f"/page/{len(self.titles) + 1}"
        self.titles.append(title)
        body = page(title, f"Residents of Homs spoke of what {title.lower()} says.", "More is to follow.").encode()
        fault = self.dice.choice(sorted(PAGE_FAULTS)) if self.dice.random() < 0.2 else ""
        url = self.site(number).on(path, self._answered(lambda: (fault, body), PAGE_FAULTS))
        self.reports[number].append((path, url, title))

    async def end(self) -> None:
        """Let all be well again."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.ill = [""] * FEEDS
        self.hook.hook.always(Answer(200, b""))

    def taken(self) -> Counter[str]:
        """Count how often each report was accepted by the channel."""
        accepted = (str(one.json) for one in self.hook.hook.posted if one.answered == 200)
        return Counter(title for text in accepted for title in set(_REPORT.findall(text)))

    def _feed(self, number: int) -> Callable[[Exchange], Awaitable[None]]:
        def state() -> tuple[str, bytes]:
            return self.ill[number], rss(self.reports[number][-LISTED:], f"Feed {number}").encode()

        return self._answered(state, FEED_FAULTS, kind="application/rss+xml")

    def _answered(
        self, state: Callable[[], tuple[str, bytes]], faults: dict[str, Fault], *, kind: str = "text/html"
    ) -> Callable[[Exchange], Awaitable[None]]:
        """Return a reply that is right, or wrong in the way that `state` says."""

        async def reply(exchange: Exchange) -> None:
            ill, body = state()
            if ill:
                self.faults[ill] += 1
                await faults[ill](exchange, body)
                return
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            known = exchange.asked.headers.get("if-none-match") == tag
            facts = (f"Content-Type: {kind}; charset=utf-8", f"ETag: {tag}", "Connection: close")
            await exchange.send(answer(304 if known else 200, b"" if known else body, *facts))

        return reply

    async def _feed_life(self, number: int) -> None:
        while True:
            await asyncio.sleep(self.dice.uniform(*WELL))
            self.ill[number] = self.dice.choice(sorted(FEED_FAULTS))
            await asyncio.sleep(self.dice.uniform(*ILL))
            self.ill[number] = ""

    async def _channel_life(self) -> None:
        refusals = (Answer(503), Answer(500), Answer(429, b"", (("Retry-After", "2"),)))
        while True:
            await asyncio.sleep(self.dice.uniform(*UP))
            self.hook.hook.always(self.dice.choice(refusals))
            self.faults["channel"] += 1
            await asyncio.sleep(self.dice.uniform(*OUTAGE))
            self.hook.hook.always(Answer(200, b""))


@asynccontextmanager
async def soaking(seed: int) -> AsyncIterator[tuple[Day, str]]:
    """Serve the world of a day, and give it with the channel's address."""
    hook = WebhookServer()
    channel = hook.start()
    try:
        async with AsyncExitStack() as stack:
            sites = [await stack.enter_async_context(serving(f"127.0.0.{number + 2}")) for number in range(HOSTS)]
            yield Day(random.Random(seed), hook, sites), channel  # noqa: S311 - when to fail is no secret.
    finally:
        hook.stop()


# --- what the daemon takes ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sample:
    """What a daemon holds: resident bytes of itself and of its whole tree, and its open descriptors."""

    own: int
    tree: int
    descriptors: int


def sample(process: int) -> Sample:
    """Look at a daemon and its children. Raises: OSError if it is gone."""
    own = resident(process)
    tree = own
    for child in children(process):
        with contextlib.suppress(OSError):  # it may have ended meanwhile.
            tree += resident(child)
    return Sample(own, tree, len(list(Path(f"/proc/{process}/fd").iterdir())))


def resident(process: int) -> int:
    """Return the resident memory of a process, in bytes."""
    return int(Path(f"/proc/{process}/statm").read_bytes().split()[1]) * PAGE


def children(process: int) -> list[int]:
    """Return the children of a process, whichever of its threads started them."""
    found = Path(f"/proc/{process}/task").glob("*/children")
    return [int(word) for path in found for word in path.read_text(encoding="ascii").split()]
