"""Every way in which a source fails: what is said of it, what comes through, and that the next item is told after it.

The cells and what they must come to are a file.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import tomllib
import zlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from support.faulty import NAME, PATIENCE, Faulty, faulty, items
from support.rawserver import Exchange, RawServer, answer, redirect, serving

CELLS: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("sources.toml").read_text(encoding="utf-8"))[
    "cells"
]
WORST = timedelta(hours=27)  # a day and the dice: nobody makes us wait for longer.
pytestmark = pytest.mark.slow

Fault = Callable[[Faulty], Awaitable[None]]


# --- names and connections ----------------------------------------------------------------------------------------


def unresolved(code: int) -> Fault:
    async def fault(monitor: Faulty) -> None:
        async def look_up(host: str) -> Sequence[str]:
            raise socket.gaierror(code, host)

        await _looking_up(monitor, look_up)

    return fault


async def dns_hang(monitor: Faulty) -> None:
    async def look_up(host: str) -> Sequence[str]:
        await asyncio.Event().wait()
        raise AssertionError(host)

    await _looking_up(monitor, look_up)


async def dns_flip(monitor: Faulty) -> None:
    async def look_up(host: str) -> Sequence[str]:
        await asyncio.sleep(0)
        return ("10.0.0.1",) if host == NAME else ()

    before = monitor.site.connections
    await _looking_up(monitor, look_up)
    assert monitor.site.connections == before


async def _looking_up(monitor: Faulty, look_up: Callable[[str], Awaitable[Sequence[str]]]) -> None:
    well, monitor.look_up = monitor.look_up, look_up
    await monitor.poll()
    monitor.look_up = well


async def refused(monitor: Faulty) -> None:
    await _answering_at(monitor, "127.0.0.9")  # where nothing listens.


async def blackhole(monitor: Faulty) -> None:
    # A queue of connections that is full drops all others: they get no answer of any kind.
    port = monitor.site.port
    with socket.create_server(("127.0.0.3", port), backlog=0) as server, contextlib.ExitStack() as stack:
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0)
            filler.connect_ex(server.getsockname())
        await _answering_at(monitor, "127.0.0.3")


async def _answering_at(monitor: Faulty, address: str) -> None:
    async def look_up(host: str) -> Sequence[str]:
        del host
        await asyncio.sleep(0)
        return (address,)

    await _looking_up(monitor, look_up)


def certified(**facts: Any) -> Fault:  # noqa: ANN401 - trustme's own.
    async def fault(monitor: Faulty) -> None:
        name = facts.pop("name", NAME)
        tls = server_side(monitor.authority, name, **facts)
        await _instead(monitor, tls=tls)

    return fault


async def tls_hang(monitor: Faulty) -> None:
    await _instead(monitor, greet=Exchange.hang)


async def _instead(monitor: Faulty, *, tls: ssl.SSLContext | None = None, greet: Any = None) -> None:  # noqa: ANN401 - a reply.
    """Let another server take the place of the feed's, at the same port."""
    other = RawServer("127.0.0.4", monitor.site.port, greet=greet)
    other.on("/feed", answer(200, items(3)))
    listening = await asyncio.start_server(other.serve, "127.0.0.4", monitor.site.port, ssl=tls)
    await _answering_at(monitor, "127.0.0.4")
    other.ending.set()
    listening.close()
    for writer in other.open.values():
        writer.transport.abort()
    await asyncio.gather(*other.open)
    await listening.wait_closed()
    assert other.asked == []


# --- bodies -------------------------------------------------------------------------------------------------------

# Two items and the end of the feed; what breaks off breaks off behind the first of them, the new one.
WHOLE = items(2)
CUT = WHOLE.index(b"</item>") + len(b"</item>") + 4
HEAD = b'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: "cut"\r\n'


async def rst_mid_body(exchange: Exchange) -> None:
    await exchange.send(HEAD + b"Content-Length: 9999\r\n\r\n" + WHOLE[:CUT])
    await exchange.breathe()
    exchange.reset()


async def fin_short_of_length(exchange: Exchange) -> None:
    await exchange.send(HEAD + b"Content-Length: 9999\r\n\r\n" + WHOLE[:CUT])


async def fin_without_length(exchange: Exchange) -> None:
    await exchange.send(HEAD + b"\r\n" + WHOLE)


async def truncated_chunked(exchange: Exchange) -> None:
    await exchange.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (CUT, WHOLE[:CUT]))


async def truncated_gzip(exchange: Exchange) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    data = packer.compress(WHOLE[:CUT]) + packer.flush(zlib.Z_SYNC_FLUSH)
    await exchange.send(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(data) + data)


async def slow_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    while not exchange.ending.is_set():
        await exchange.send(b"X-A: b\r\n")
        await exchange.breathe()


async def slow_body(exchange: Exchange) -> None:
    await exchange.send(HEAD + b"Content-Length: 9999\r\n\r\n")
    while not exchange.ending.is_set():
        await exchange.send(b" ")
        await exchange.breathe()


async def endless_body(exchange: Exchange) -> None:
    await exchange.send(HEAD + b"\r\n")
    while not exchange.ending.is_set():
        await exchange.send(b" " * 65_536)


async def endless_1xx(exchange: Exchange) -> None:
    while not exchange.ending.is_set():
        await exchange.send(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500)


def replying(*replies: Any) -> Fault:  # noqa: ANN401 - replies of a server.
    """Return the fault of answering like this, one poll a reply."""

    async def fault(monitor: Faulty) -> None:
        for reply in replies:
            monitor.site.on("/feed", reply)
            await monitor.poll()

    return fault


# --- statuses and redirects ---------------------------------------------------------------------------------------


async def not_modified(monitor: Faulty) -> None:
    monitor.site.on("/feed", answer(304))
    await monitor.poll()
    assert monitor.site.asked[-1].headers["if-none-match"] == '"1"'


async def too_many(monitor: Faulty) -> None:
    now = monitor.app.services.clock.now()
    date = format_datetime((now + timedelta(hours=2)).astimezone(UTC), usegmt=True)
    for said, least in (("300", 300), (date, 7_000), ("315360000", 86_000)):
        monitor.site.on("/feed", answer(429, b"", f"Retry-After: {said}"))
        state = await monitor.poll()
        assert state.next_poll_at is not None
        wait = state.next_poll_at - monitor.app.services.clock.now()
        assert timedelta(seconds=least - 10) < wait < WORST


async def chain_and_loop(monitor: Faulty) -> None:
    site = monitor.site
    for number in range(7):
        site.on(f"/{number}", redirect(f"/{number + 1}", 301))
    site.on("/feed", redirect("/0", 301))
    assert "it redirects more than 5 times" in (await monitor.poll()).error
    site.on("/feed", redirect("/a", 301))
    site.on("/a", redirect("/feed", 301))
    state = await monitor.poll()
    assert state.url == monitor.url


async def to_private(monitor: Faulty) -> None:
    async with serving("127.0.0.2") as canary:
        monitor.site.on("/feed", redirect("file:///etc/passwd"))
        assert "only http and https are fetched" in (await monitor.poll()).error
        monitor.site.on("/feed", redirect("http://10.0.0.1/latest"), redirect("http://169.254.169.254/"))
        await monitor.poll()
        assert canary.connections == 0


LOGIN = b"<!doctype html><html><head><title>Sign in</title></head><body><form><input name=user></form></body></html>"

FAULTS: dict[str, Fault] = {
    "nxdomain": unresolved(socket.EAI_NONAME),
    "servfail": unresolved(socket.EAI_AGAIN),
    "dns-hang": dns_hang,
    "dns-flip": dns_flip,
    "refused": refused,
    "blackhole": blackhole,
    "tls-expired": certified(not_after=datetime.now(UTC) - timedelta(days=1)),
    "tls-wrong-name": certified(name="other.example.org"),
    "tls-hang": tls_hang,
    "rst-mid-body": replying(rst_mid_body),
    "fin-short-of-length": replying(fin_short_of_length),
    "fin-without-length": replying(fin_without_length),
    "truncated-chunked": replying(truncated_chunked),
    "truncated-gzip": replying(truncated_gzip),
    "slow-headers": replying(slow_headers),
    "slow-body": replying(slow_body),
    "endless-body": replying(endless_body),
    "endless-1xx": replying(endless_1xx),
    "304": not_modified,
    "429": too_many,
    "500-503": replying(answer(500), answer(503)),
    "410": replying(answer(410)),
    "301": chain_and_loop,
    "redirect-private": to_private,
    "login-page": replying(answer(200, LOGIN, "Content-Type: text/html")),
    "empty-200": replying(answer(200, b"", "Content-Type: application/rss+xml")),
}


def server_side(authority: trustme.CA, name: str, **facts: Any) -> ssl.SSLContext:  # noqa: ANN401 - trustme's own.
    """Return a server's side of TLS for a name."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **facts).configure_cert(tls)
    return tls


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(autouse=True)
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the test's authority as a user would: by SSL_CERT_FILE."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@pytest.mark.parametrize("cell", list(CELLS))
async def test_a_source_fails_and_its_next_item_is_told_all_the_same(
    cell: str, authority: trustme.CA, tmp_path: Path
) -> None:
    expected = CELLS[cell]
    tls = server_side(authority, NAME) if cell.startswith("tls") else None
    async with faulty(tmp_path, authority, tls=tls) as monitor:
        monitor.serve(1)
        assert (await monitor.poll()).failures == 0
        await FAULTS[cell](monitor)
        state = monitor.states[-1]
        assert state.health.value == expected["state"]
        assert expected.get("error", "") in state.error
        assert bool(state.failures) == ("error" in expected)
        assert monitor.told(2) == expected.get("new", 0)
        if expected.get("new") and cell != "fin-without-length":
            assert state.etag is None
        monitor.serve(3)
        state = await monitor.poll()
        assert (state.failures, state.health.value, state.error) == (0, "ok", "")
        assert [monitor.told(number) for number in (2, 3)] == [1, 1]


def test_every_cell_of_the_matrix_is_tested() -> None:
    assert list(FAULTS) == list(CELLS)
    assert len(CELLS) == 26
    assert all(f"{PATIENCE:g} s" in cell["error"] for cell in CELLS.values() if "stopped" in cell.get("error", ""))
