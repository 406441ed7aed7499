"""What bodies that explode, and answers that never end, cost: in a process of its own, measured by the kernel.

Each stops within 10 MB decoded, 64 MB of memory on top, and one second of work.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from support.rawserver import Exchange, RawServer, Reply, answer, serving

pytestmark = pytest.mark.slow

LIMIT = 10_000_000
MOST_MEMORY = 64_000_000  # bytes over what the process takes with its libraries.
MOST_SECONDS = 1.0  # of work of the process.
ROOT = Path(__file__).resolve().parents[2]
ZEROS = bytes(1_000_000)
MANY = [ZEROS] * 200

# A gigabyte of nothing in 809 bytes of brotli, and in 33 kB of zstd: a header, and blocks that repeat one byte.
BROTLI_HEAD = bytes.fromhex("5b")
ZSTD = bytes.fromhex("28b52ffd") + bytes.fromhex("a0") + (2**30).to_bytes(4, "little")


def gzip(pieces: Iterable[bytes], bits: int = 16 + zlib.MAX_WBITS) -> bytes:
    """Compress pieces."""
    packer = zlib.compressobj(1, zlib.DEFLATED, bits)
    return b"".join(packer.compress(piece) for piece in pieces) + packer.flush()


def zstd_bomb() -> bytes:
    """Return a gigabyte of zeros as zstd: blocks of 128 KB, each one byte repeated. Source: RFC 8878 s.3.1.1.2."""
    blocks = 2**30 // 131_072
    made = [
        ((131_072 << 3) | (1 << 1) | (number == blocks - 1)).to_bytes(3, "little") + b"\0" for number in range(blocks)
    ]
    return ZSTD + b"".join(made)


def brotli_bomb() -> bytes:
    """Return what begins as brotli does and goes on with noise: no decoder of ours may even look at it."""
    return BROTLI_HEAD + bytes(808)


async def endless_body(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while not exchange.ending.is_set():
        await exchange.send(b"a" * 65_536)


async def endless_chunks(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not exchange.ending.is_set():
        await exchange.send(b"10000\r\n" + b"a" * 65_536 + b"\r\n")


async def endless_gzip(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    while not exchange.ending.is_set():
        await exchange.send(packer.compress(ZEROS) + packer.flush(zlib.Z_SYNC_FLUSH))


async def empty_members(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
    while not exchange.ending.is_set():
        await exchange.send(gzip([]) * 1000)


async def endless_1xx(exchange: Exchange) -> None:
    while not exchange.ending.is_set():
        await exchange.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 500)


async def endless_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    while not exchange.ending.is_set():
        await exchange.send(b"X-A: bbbbbbbbbbbbbbbbbbbbbbbbb\r\n" * 500)


async def endless_header(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nX-A: ")
    while not exchange.ending.is_set():
        await exchange.send(b"a" * 65_536)


async def endless_trailers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n")
    while not exchange.ending.is_set():
        await exchange.send(b"X-A: bbbbbbbbbbbbbbbbbbbbbbbbb\r\n" * 500)


async def endless_extension(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=")
    while not exchange.ending.is_set():
        await exchange.send(b"a" * 65_536)


async def endless_blank_lines(exchange: Exchange) -> None:
    while not exchange.ending.is_set():
        await exchange.send(b"\r\n" * 32_768)


def encoded(encoding: str, body: bytes) -> bytes:
    """Return a response with a Content-Encoding."""
    return answer(200, body, f"Content-Encoding: {encoding}")


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n"
GZIPPED = b"Content-Encoding: gzip\r\n"
BOMBS: dict[str, Callable[[], Reply]] = {
    "gzip": lambda: encoded("gzip", gzip(MANY)),
    "deflate": lambda: encoded("deflate", gzip(MANY, zlib.MAX_WBITS)),
    "deflate-bare": lambda: encoded("deflate", gzip(MANY, -zlib.MAX_WBITS)),
    "gzip-members": lambda: encoded("gzip", gzip([ZEROS]) * 1000),
    "gzip-chunked": lambda: CHUNKED % (b"chunked", GZIPPED, len(gzip(MANY)), gzip(MANY)),
    "transfer-gzip": lambda: CHUNKED % (b"gzip, chunked", b"", len(gzip(MANY)), gzip(MANY)),
    "brotli": lambda: encoded("br", brotli_bomb()),
    "zstd": lambda: encoded("zstd", zstd_bomb()),
    "nested": lambda: encoded("gzip, gzip", gzip([gzip(MANY)])),
    "nested-headers": lambda: answer(200, gzip([gzip(MANY)]), "Content-Encoding: gzip", "Content-Encoding: gzip"),
    "endless-body": lambda: endless_body,
    "endless-chunks": lambda: endless_chunks,
    "endless-gzip": lambda: endless_gzip,
    "endless-empty-members": lambda: empty_members,
    "endless-1xx": lambda: endless_1xx,
    "endless-headers": lambda: endless_headers,
    "endless-header": lambda: endless_header,
    "endless-trailers": lambda: endless_trailers,
    "endless-chunk-extension": lambda: endless_extension,
    "endless-blank-lines": lambda: endless_blank_lines,
}


@pytest.mark.parametrize("name", list(BOMBS))
async def test_a_bomb_costs_no_more_than_it_may(name: str) -> None:
    async with serving() as site:
        url = bomb(site, name)
        code = [sys.executable, __file__, url]
        path = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
        child = await asyncio.create_subprocess_exec(*code, stdout=subprocess.PIPE, cwd=ROOT, env=path)
        async with asyncio.timeout(60):
            said, _ = await child.communicate()
    cost = json.loads(said)
    print(f"{name}: {cost['text']}; {cost['memory'] / 1e6:.1f} MB, {cost['work']:.2f} s of work")  # noqa: T201 - figures.
    assert child.returncode == 0
    assert cost["memory"] < MOST_MEMORY
    assert cost["work"] < MOST_SECONDS
    assert cost["taken"] <= LIMIT


def bomb(site: RawServer, name: str) -> str:
    """Serve a bomb, and something harmless beside it; return its URL."""
    site.on("/harmless", answer(200, b"<rss/>"))
    return site.on("/bomb", BOMBS[name]())


# --- the process that is measured ---------------------------------------------------------------------------------


async def measure(url: str) -> dict[str, object]:
    """Fetch a harmless body, then the bomb, and return what the latter cost on top."""
    from datetime import timedelta

    from monitor.engine.clock import SystemClock
    from monitor.errors import FetchError
    from monitor.model import Network
    from monitor.planning.work import Fetched, Request
    from monitor.sources.http import HttpFetcher

    fetcher = HttpFetcher(Network(allow_private=("127.0.0.0/8",), timeout=timedelta(seconds=3)), clock=SystemClock())
    await fetcher.fetch(Request(url.replace("/bomb", "/harmless"), max_bytes=LIMIT))
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    taken, text = 0, "taken"
    try:
        result = await fetcher.fetch(Request(url, max_bytes=LIMIT))
        taken = len(result.body) if isinstance(result, Fetched) else 0
    except FetchError as exc:
        text = str(exc)
    work = time.process_time() - began
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    await fetcher.close()
    return {"text": text, "taken": taken, "memory": memory, "work": work}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(measure(sys.argv[1]))))
