"""The newsroom on loopback: one address for each publisher, feeds that change when the site advances."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from html import escape
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from monitor.testing.newsroom import Newsroom, Outlet, Publisher, Scheduled, load_newsroom, shift_dates
from monitor.testing.seeds import seeds_path
from monitor.testing.web import LocalServer, Request, Response

# The evening of the story: nothing in it is dated later. `shift=now - STORY_AT` makes the story one of today.
STORY_AT = datetime(2024, 12, 6, 22, 0, tzinfo=UTC)
MORNING = datetime(2024, 12, 6, 5, 0, tzinfo=UTC)
STEP = timedelta(hours=1)  # between one state of a feed and the next, as Last-Modified tells it.
FALLBACK = "127.0.0.1"  # where a system has no other loopback address, each publisher has a port of its own.
ROBOTS = b"User-agent: *\nDisallow: /search\n"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that was answered: by whom, for what, with which status."""

    publisher: str
    request: Request
    status: int


@dataclass(frozen=True, slots=True)
class _Resource:
    body: bytes
    type: str
    modified_at: datetime


class NewsroomSite:
    """Serve the newsroom: `async with NewsroomSite() as site`, then poll `site.url("dw-en")` and `site.advance()`.

    `folder` is the newsroom, by default the one that ships. `shift` moves the dates in the feeds. Feeds and pages
    have ETag, Last-Modified and gzip, and are answered with 304 when they are asked for conditionally.
    """

    def __init__(self, folder: Path | None = None, *, shift: timedelta = timedelta(0)) -> None:
        self.newsroom: Newsroom = load_newsroom(folder or seeds_path() / "newsroom")
        self.step = 0
        self.visits: list[Visit] = []
        self._shift = shift
        self._servers: dict[str, LocalServer] = {}

    async def __aenter__(self) -> Self:
        """Start to listen, on one port and an address for each publisher where the system allows."""
        port = 0
        for publisher in self.newsroom.publishers:
            server = LocalServer(partial(self._respond, publisher))
            try:
                await server.start(publisher.host, port)
            except OSError:
                await server.start(FALLBACK)
            else:
                port = server.port
            self._servers[publisher.id] = server
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop to listen."""
        for server in self._servers.values():
            await server.close()

    @property
    def steps(self) -> int:
        """Return the last step: after it, `advance` changes nothing."""
        return self.newsroom.steps

    @property
    def feed_ids(self) -> tuple[str, ...]:
        """Return the ids of all feeds, which are those of the demo's configuration."""
        return tuple(outlet.id for outlet in self.newsroom.outlets)

    def url(self, feed_id: str) -> str:
        """Return the address of a feed. Raises: KeyError."""
        outlet = self._outlet(feed_id)
        return self._servers[outlet.publisher].address + outlet.path

    def page_url(self, article_id: str) -> str:
        """Return the address of an article's page, percent-encoded. Raises: KeyError."""
        article = {each.id: each for each in self.newsroom.articles}[article_id]
        return self._servers[self._outlet(article.feed).publisher].address + quote(article.path)

    def advance(self) -> tuple[Scheduled, ...]:
        """Take the next step and return the articles that appear or change at it; none when the story is over."""
        if self.step >= self.steps:
            return ()
        self.step += 1
        return self.newsroom.changed_at(self.step)

    def config_text(self, sink_url: str, *, state: str = "monitor.db") -> str:
        """Return the demo's whole configuration: feeds of this site, one channel at `sink_url`, the watches."""
        text = (self.newsroom.folder / "config.toml").read_text(encoding="utf-8")
        filled = {feed_id: self.url(feed_id) for feed_id in self.feed_ids} | {"sink": sink_url, "state": state}
        for name, value in filled.items():
            text = text.replace("{{" + name + "}}", value.replace("\\", "\\\\").replace('"', '\\"'))
        return text

    def _outlet(self, feed_id: str) -> Outlet:
        return {outlet.id: outlet for outlet in self.newsroom.outlets}[feed_id]

    def _respond(self, publisher: Publisher, request: Request) -> Response:
        response = self._answer(publisher, request)
        self.visits.append(Visit(publisher.id, request, response.status))
        return response

    def _answer(self, publisher: Publisher, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return Response(HTTPStatus.METHOD_NOT_ALLOWED, headers=(("Allow", "GET, HEAD"),))
        make = self._resources(publisher).get(request.path)
        if make is None:
            return Response(HTTPStatus.NOT_FOUND, b"not here\n", (("Content-Type", "text/plain"),))
        return _conditional(request, make())

    def _resources(self, publisher: Publisher) -> dict[str, Callable[[], _Resource]]:
        """Return what a publisher serves at the present step, by path."""
        outlets = [outlet for outlet in self.newsroom.outlets if outlet.publisher == publisher.id]
        found: dict[str, Callable[[], _Resource]] = {
            "/": partial(self._front, publisher, outlets),
            "/robots.txt": lambda: _Resource(ROBOTS, "text/plain", MORNING),
        }
        found |= {outlet.path: partial(self._feed, outlet) for outlet in outlets}
        feeds = {outlet.id for outlet in outlets}
        for article in self.newsroom.articles:
            state = article.state_at(self.step)
            if article.feed in feeds and state:
                found[article.path] = partial(self._page, publisher, *state)
        return found

    def _front(self, publisher: Publisher, outlets: list[Outlet]) -> _Resource:
        links = "\n".join(
            f'<link rel="alternate" type="{outlet.type}" title="{outlet.lang}" href="{outlet.path}">'
            for outlet in outlets
        )
        name = escape(publisher.name)
        html = (
            f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{name}</title>\n{links}\n</head><body></body>'
        )
        return _Resource(f"{html}</html>\n".encode(), "text/html; charset=utf-8", MORNING)

    def _feed(self, outlet: Outlet) -> _Resource:
        text = shift_dates(self.newsroom.feed_text(outlet, self.step), self._shift)
        last = self.newsroom.last_change(outlet.id, self.step)
        return self._resource(outlet.publisher, text, outlet.type, last)

    def _page(self, publisher: Publisher, step: int, file: str) -> _Resource:
        text = (self.newsroom.folder / file).read_text(encoding="utf-8")
        return self._resource(publisher.id, text, "text/html", step)

    def _resource(self, publisher_id: str, text: str, kind: str, step: int) -> _Resource:
        body = text.replace("{{site}}", self._servers[publisher_id].address).encode()
        return _Resource(body, f"{kind}; charset=utf-8", MORNING + self._shift + step * STEP)


def _conditional(request: Request, resource: _Resource) -> Response:
    """Answer with 304 if the client's validators still hold; an ETag wins over a date. Source: RFC 9110 s.13.2.2."""
    etag = f'"{hashlib.sha256(resource.body).hexdigest()[:20]}"'
    modified = format_datetime(resource.modified_at.replace(microsecond=0), usegmt=True)
    headers: tuple[tuple[str, str], ...] = (
        ("ETag", etag),
        ("Last-Modified", modified),
        ("Vary", "Accept-Encoding"),
    )
    asked, since = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
    unchanged = etag in asked if asked else since is not None and _not_after(modified, since)
    if unchanged:
        return Response(HTTPStatus.NOT_MODIFIED, headers=headers)
    headers = (*headers, ("Content-Type", resource.type))
    if "gzip" in request.headers.get("accept-encoding", ""):
        packed = gzip.compress(resource.body, mtime=0)
        return Response(HTTPStatus.OK, packed, (*headers, ("Content-Encoding", "gzip")))
    return Response(HTTPStatus.OK, resource.body, headers)


def _not_after(modified: str, since: str) -> bool:
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False  # a date that cannot be read, or has no time zone, is no condition.
