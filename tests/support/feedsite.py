"""A web site for tests: paths with bodies that can be changed while it serves, conditional requests included."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape


@dataclass(slots=True)
class Page:
    """What one path answers. `status` other than 200 is sent with the body as it is."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that was killed in the middle of a request."""


class FeedSite:
    """Serve pages on a free port of 127.0.0.1 from a thread of its own."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.requests: list[tuple[str, int]] = []
        self.hold: threading.Event | None = None  # answers come only when it is set.
        self._seen = threading.Condition()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site._answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name.
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(
        self, path: str, body: str | bytes, content_type: str = "text/html; charset=utf-8", **facts: object
    ) -> None:
        """Serve `body` at `path` from now on."""
        data = body.encode() if isinstance(body, str) else body
        self.pages[path] = Page(data, content_type, **facts)  # type: ignore[arg-type]

    def count(self, path: str) -> int:
        """How often `path` was asked for."""
        return sum(1 for asked, _ in self.requests if asked == path)

    def wait_for(self, path: str, times: int, seconds: float = 20) -> None:
        """Wait until `path` was answered `times` times in all."""
        with self._seen:
            if not self._seen.wait_for(lambda: self.count(path) >= times, seconds):
                raise AssertionError(f"{path} was asked for {self.count(path)} times, not {times}")

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        if self.hold is not None:
            self.hold.wait(30)
        page = self.pages.get(handler.path, Page(b"not found", status=404))
        etag = f'"{hashlib.sha256(page.body).hexdigest()[:16]}"'
        fresh = page.status == 200 and handler.headers.get("If-None-Match") == etag
        status = 304 if fresh else page.status
        body = b"" if fresh else page.body
        handler.send_response(status)
        for name, value in {"Content-Type": page.content_type, "ETag": etag, **page.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        with self._seen:
            self.requests.append((handler.path, status))
            self._seen.notify_all()


def rss(items: list[tuple[str, str, str]], title: str = "Wire") -> str:
    """Write an RSS 2.0 feed of (guid, link, title) entries."""
    rows = "".join(
        f"<item><guid isPermaLink='false'>{escape(guid)}</guid><link>{escape(link)}</link>"
        f"<title>{escape(name)}</title></item>"
        for guid, link, name in items
    )
    head = f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>{escape(title)}</title>"
    return f"{head}{rows}</channel></rss>"


def page(title: str, *paragraphs: str) -> str:
    """Write an article page as publishers do, with chrome around it."""
    body = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(title)}</title></head><body>"
        f"<nav><a href='/'>Home</a> <a href='/world'>World</a></nav>"
        f"<main><article><h1>{escape(title)}</h1>{body}</article></main>"
        f"<footer>All rights reserved</footer></body></html>"
    )


@contextmanager
def feed_site() -> Iterator[FeedSite]:
    """Serve until the end of the block."""
    with FeedSite() as site:
        yield site
