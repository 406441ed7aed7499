"""The farm's own process: many hosts of feeds on one loopback port, with as little work a request as asyncio allows.

`python -m support.farmserver SEED` writes its port, then answers each line of JSON on standard input with one:
{"put": {"count", "version", "validators", "delay", "quiet"}} makes all documents ready,
{"publish": [feed, number, title]} adds an entry, {"tell": true} says what was asked since the last time. Whatever a
channel posts to /sink is kept with its time, on the clock that all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import resource
import socket
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from typing import Any

from support.farmfeeds import Feeds

AGED = timedelta(hours=1)  # of the newest entry when the farm opens.
MOST_READY = 4_000  # documents kept as they are sent; 12 KB each.


@dataclass(frozen=True, slots=True)
class Ready:
    """One document as it is sent, whole answers that only lack what says whether the connection stays."""

    etag: bytes
    full: bytes
    plain: bytes
    unmodified: bytes


@dataclass(slots=True)
class Farm:
    """What is served now, and what was asked."""

    feeds: Feeds
    opened: str
    version: int = 0
    validators: bool = True
    delay: float = 0.0
    quiet: bool = False  # nothing is ever new: 304, whatever is asked for.
    versions: dict[int, int] = field(default_factory=dict)
    ready: dict[tuple[int, int, bool], Ready] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    first_at: float = 0.0
    last_at: float = 0.0
    taken: list[tuple[float, str]] = field(default_factory=list)
    lags: dict[int, list[float]] = field(default_factory=dict)

    def answer(self, path: str, head: bytes) -> bytes:
        """Return the answer to a GET, without what ends its head."""
        kind, _, rest = path[1:].partition("/")
        if kind == "feed":
            return self._feed(int(rest.split("?")[0]), head)
        if kind == "p":
            index, _, number = rest.partition("/")
            self._count("page")
            return _whole(self.feeds.page(int(index), int(number)), b"text/html; charset=utf-8", b"")
        self._count("missing")
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n"

    def _feed(self, index: int, head: bytes) -> bytes:
        now = time.monotonic()
        self.first_at, self.last_at = self.first_at or now, now
        self.lags.setdefault(index, []).append(now)
        if self.quiet:
            self._count("304")
            return b"HTTP/1.1 304 Not Modified\r\nCache-Control: max-age=1\r\n"
        document = self.document(index)
        if self.validators and document.etag in head:
            self._count("304")
            return document.unmodified
        self._count("200")
        return document.full if b"gzip" in head else document.plain

    def wait(self) -> float:
        """Return how long an answer takes: half as long to half as long again, so that they do not come in waves."""
        return self.delay * (0.5 + random.random())  # noqa: S311 - nobody's secret.

    def document(self, index: int) -> Ready:
        """Return a feed as it is now."""
        version = self.versions.get(index, self.version)
        key = (index, version, self.validators)
        found = self.ready.get(key)
        if found is None:
            found = self._make(index, version)
            if len(self.ready) < MOST_READY:
                self.ready[key] = found
        return found

    def _make(self, index: int, version: int) -> Ready:
        body = self.feeds.document(index, version)
        etag = b'"' + blake2b(body, digest_size=10).hexdigest().encode() + b'"'
        validators = (
            b"ETag: " + etag + b"\r\nLast-Modified: " + self.opened.encode() + b"\r\n" if self.validators else b""
        )
        kind = b"application/atom+xml" if index % 2 else b"application/rss+xml; charset=utf-8"
        packed = gzip.compress(body, 1, mtime=0)
        return Ready(
            etag,
            _whole(packed, kind, validators + b"Content-Encoding: gzip\r\n"),
            _whole(body, kind, validators),
            b"HTTP/1.1 304 Not Modified\r\n" + validators + b"Cache-Control: max-age=60\r\n",
        )

    def _count(self, what: str) -> None:
        self.asked[what] = self.asked.get(what, 0) + 1

    # --- what the bench asks --------------------------------------------------------------------------------------

    def put(self, *, count: int, version: int, validators: bool, delay: float, quiet: bool) -> int:
        """Serve this version of all feeds, `delay` seconds after they are asked for, `count` of them made ready now.

        Returns how many those are.
        """
        self.version, self.validators, self.delay, self.quiet = version, validators, delay, quiet
        self.versions.clear()
        self.ready.clear()
        for index in range(min(count, MOST_READY)):
            self.document(index)
        self.tell()
        return len(self.ready)

    def publish(self, index: int, title: str) -> float:
        """Add one entry to a feed and return when that was."""
        version = self.versions.get(index, self.version) + 1
        self.feeds.said[index, version + 29] = title
        self.versions[index] = version
        self.ready = {key: one for key, one in self.ready.items() if key[0] != index}
        self.document(index)
        return time.monotonic()

    def tell(self) -> dict[str, Any]:
        """Return what was asked since the last time, and forget it."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        told = {
            "asked": self.asked,
            "first_at": self.first_at,
            "last_at": self.last_at,
            "taken": self.taken,
            "times": self.lags,
            "cpu": used.ru_utime + used.ru_stime,
        }
        self.asked, self.taken, self.lags, self.first_at = {}, [], {}, 0.0
        return told

    def obey(self, line: str) -> object:
        """Do what one line asks."""
        command = json.loads(line)
        if "put" in command:
            return self.put(**command["put"])
        if "publish" in command:
            return self.publish(*command["publish"])
        return self.tell()


def _whole(body: bytes, kind: bytes, headers: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nServer: farm\r\nContent-Type: " + kind + b"\r\nVary: Accept-Encoding\r\n"
        b"Cache-Control: max-age=60\r\n" + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body
    )


class Connection(asyncio.Protocol):
    """One client's connection: requests one after another, kept open unless it asks otherwise."""

    def __init__(self, farm: Farm) -> None:
        self._farm = farm
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head, rest = self._data[:end], self._data[end + 4 :]
            if head.startswith(b"POST"):
                length = int(_header(head, b"content-length") or 0)
                if len(rest) < length:
                    return
                self._farm.taken.append((time.monotonic(), rest[:length].decode("utf-8", "replace")))
                answer, rest = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", rest[length:]
            else:
                answer = self._farm.answer(head.split(b" ", 2)[1].decode("latin-1"), head)
            self._data = rest
            self._send(answer, closes=b"Connection: close" in head or b"connection: close" in head)

    def _send(self, answer: bytes, *, closes: bool) -> None:
        """Write an answer; what has no body yet gets the end of its head."""
        if b"\r\n\r\n" not in answer[:600]:
            answer += b"\r\n"
        if self._farm.delay:
            asyncio.get_running_loop().call_later(self._farm.wait(), self._write, answer, closes)
        else:
            self._write(answer, closes)

    def _write(self, answer: bytes, closes: bool) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(answer)
        if closes:
            self._transport.close()


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return b""


async def serve(seed: int) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # All of 127.0.0.0/8, and nothing that comes from elsewhere.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
    listener.bind(("0.0.0.0", 0))  # noqa: S104 - bound to the loopback device.
    port = listener.getsockname()[1]
    now = datetime.now(UTC)
    feeds = Feeds(seed, f"http://127.0.0.1:{port}", newest_at=now - AGED)
    farm = Farm(feeds, format_datetime(now - AGED, usegmt=True))
    server = await loop.create_server(lambda: Connection(farm), sock=listener, backlog=4_096)
    lines = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print(port, flush=True)  # noqa: T201 - read by who started us.
    while line := await lines.readline():
        print(json.dumps(farm.obey(line.decode())), flush=True)  # noqa: T201 - same.
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
