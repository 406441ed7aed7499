"""Nothing that a stranger writes makes us connect to where strangers have no business: not once, in no disguise.

Each URL is tried as a feed's address, as where a redirect leads, and as an article's link. Every name leads to this
machine. What counts is not what an error says but whether anybody was connected to: whoever listens counts, and so does
the interpreter's own audit of each connect().
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from support.disguises import urls
from support.fetching import StillClock
from support.rawserver import RawServer, answer, redirect, serving

from monitor.app import open_app
from monitor.engine.local import LocalEngine
from monitor.errors import FetchError
from monitor.log import NoLog
from monitor.model import Network
from monitor.planning.work import Request
from monitor.sources.http import HttpFetcher

STRANGER = "127.0.0.77"  # plays the public server that feeds come from.
OUTSIDE = Network(allow_private=(f"{STRANGER}/32",))
_asked: list[list[object]] = []


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and _asked:
        _asked[-1].append(arguments[1])


sys.addaudithook(_audit)


@contextmanager
def connects() -> Iterator[list[object]]:
    """Keep where this process connects to meanwhile, its feed's own server left out."""
    kept: list[object] = []
    _asked.append(kept)
    try:
        yield kept
    finally:
        _asked.remove(kept)
        kept[:] = [where for where in kept if not (isinstance(where, tuple) and where[0] == STRANGER)]


async def all_names_lead_here(host: str) -> Sequence[str]:
    """Lead every name to this machine, by all its addresses."""
    del host
    await asyncio.sleep(0)
    return ("127.0.0.1", "::1", "169.254.169.254", "0.0.0.0", "::ffff:127.0.0.1", "64:ff9b::7f00:1")  # noqa: S104 - who must not be reached.


@dataclass(slots=True)
class Canaries:
    """Listeners on one port of each address of this machine. None of them may sing."""

    port: int
    servers: tuple[RawServer, ...] = field(default=())

    @property
    def connections(self) -> int:
        return sum(server.connections for server in self.servers)


@asynccontextmanager
async def canaries() -> AsyncIterator[Canaries]:
    """Listen on 0.0.0.0 and ::1, at the same port."""
    async with serving("0.0.0.0") as four, serving("::1", port=four.port) as six:  # noqa: S104 - all of loopback.
        yield Canaries(four.port, (four, six))


def aimed(listed: Sequence[str], port: int) -> tuple[str, ...]:
    """Return URLs that lead to a port of ours, as they are and with their usual ports in its place."""
    ours = [url.replace("PORT", str(port)) for url in listed]
    moved = [url.replace(":80", f":{port}").replace(":443", f":{port}").replace(":22", f":{port}") for url in ours]
    bare = [url.replace("127.0.0.1/", f"127.0.0.1:{port}/") for url in ours if ":" not in url.partition("://")[2]]
    return tuple(dict.fromkeys((*ours, *moved, *bare)))


async def expect_no_connection(listed: Sequence[str], folder: Path) -> tuple[int, int]:
    """Try URLs in the three places; return how many there were and how many fetches."""
    async with canaries() as birds, serving(STRANGER) as stranger:
        tried = aimed(listed, birds.port)
        fetcher = HttpFetcher(OUTSIDE, clock=StillClock(), lookup=all_names_lead_here)
        with connects() as made:
            for number, url in enumerate(tried):
                location = url.encode().decode("latin-1").replace("\r\n", "\r\n ").replace("\x00", "")
                away = stranger.on(f"/{number}", redirect(location, (301, 302, 303, 307, 308)[number % 5]))
                for address in (url, away):
                    with pytest.raises(FetchError):
                        await fetcher.fetch(Request(address, max_bytes=1000))
            await fetcher.close()
            read = await read_articles(tried, stranger, folder)
        assert len(stranger.asked) >= len(tried)
        assert read == len(tried)
        assert (made, birds.connections) == ([], 0)
        return len(tried), 2 * len(tried) + read


async def read_articles(links: Sequence[str], stranger: RawServer, folder: Path) -> int:
    """Let the whole monitor read a feed whose entries link there, and return how many entries it has read."""
    entries = "".join(
        f"<item><guid isPermaLink='false'>{number}</guid><title>Homs report {number}</title>"
        f"<link>{escape(clean(link))}</link></item>"
        for number, link in enumerate(links)
    )
    feed = f"<rss version='2.0'><channel><title>W</title>{entries}</channel></rss>".encode("utf-8", "replace")
    url = stranger.on("/feed", answer(200, feed, "Content-Type: application/rss+xml; charset=utf-8"))
    config = folder / "config.toml"
    config.write_text(
        f'[monitor]\nstate = "{folder / "state.db"}"\n[network]\nallow_private = ["{STRANGER}/32"]\n'
        f'[[feed]]\nid = "f"\nurl = "{url}"\nbackfill = "all"\n[[channel]]\nid = "c"\nurl = "console://"\n'
        '[[watch]]\nid = "w"\nkeyword = "Idlib"\n'
    )
    async with open_app(config, NoLog()) as app:
        fetcher = HttpFetcher(app.services.settings.network, clock=app.services.clock, lookup=all_names_lead_here)
        engine = LocalEngine(replace(app.services, fetcher=fetcher))
        await engine.serve_once()
        await fetcher.close()
        return engine.counts.read


def clean(link: str) -> str:
    """Drop what XML cannot hold."""
    return "".join(letter for letter in link if letter.isprintable() or letter in "\t\r\n" or ord(letter) > 159)


@pytest.mark.slow
async def test_no_disguise_is_connected_to_as_a_feed_a_redirect_or_an_article(tmp_path: Path) -> None:
    count, fetches = await expect_no_connection(urls(), tmp_path)
    print(f"{count} URLs, {fetches} fetches, 0 connections")  # noqa: T201 - the figure that this test is for.
    assert count > 500


@pytest.mark.slow
@pytest.mark.corpus
async def test_no_disguise_of_a_public_list_is_connected_to(corpus: Path, tmp_path: Path) -> None:
    listed = json.loads((corpus / "strings" / "ssrf.json").read_text("utf-8"))
    count, fetches = await expect_no_connection(listed, tmp_path)
    print(f"{count} URLs, {fetches} fetches, 0 connections")  # noqa: T201 - the figure that this test is for.
    assert count >= len(listed)


async def test_a_connection_where_none_may_be_would_be_noticed() -> None:
    async with canaries() as birds, serving(STRANGER):
        careless = HttpFetcher(Network(allow_private=("127.0.0.0/8",)), clock=StillClock())
        with connects() as made, pytest.raises(FetchError):
            await careless.fetch(Request(f"http://127.0.0.1:{birds.port}/", max_bytes=1000))
        await careless.close()
        assert (len(made), birds.connections) == (1, 1)
