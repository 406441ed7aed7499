"""Proxies for tests: SOCKS 5 and HTTP, which know where each name leads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from support.rawserver import read_request

Where = Mapping[str, tuple[str, int]]


@dataclass(slots=True)
class Proxy:
    """A running proxy: its port, and the names it was asked to connect to."""

    port: int = 0
    asked: list[str] = field(default_factory=list)


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Proxy, Where], Awaitable[None]]


@asynccontextmanager
async def proxying(serve: Serve, where: Where) -> AsyncIterator[Proxy]:
    """Run a proxy on a free port; `where` says what address and port each name stands for."""
    proxy = Proxy()
    tasks: set[asyncio.Task[None]] = set()
    writers: set[asyncio.StreamWriter] = set()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        writers.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await serve(reader, writer, proxy, where)
        writer.close()

    listening = await asyncio.start_server(client, "127.0.0.1", 0)
    proxy.port = listening.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listening.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*tasks)
        await listening.wait_closed()


async def socks5(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, proxy: Proxy, where: Where) -> None:
    """Speak SOCKS 5, names only. Source: RFC 1928."""
    await reader.readexactly((await reader.readexactly(2))[1])
    writer.write(b"\x05\x00")
    _, _, _, kind = await reader.readexactly(4)
    assert kind == 3, "an address, where the name should have been left to the proxy"
    name = (await reader.readexactly((await reader.readexactly(1))[0])).decode("ascii")
    await reader.readexactly(2)
    proxy.asked.append(name)
    if name not in where:
        writer.write(b"\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00")
        return
    writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
    await relay(reader, writer, where[name])


async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, proxy: Proxy, where: Where) -> None:
    """Speak HTTP's CONNECT. Source: RFC 9110 s.9.3.6."""
    asked = await read_request(reader)
    name = asked.target.partition(":")[0]
    proxy.asked.append(f"{asked.method} {name} {asked.headers.get('proxy-authorization', '')}".strip())
    if name not in where:
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        return
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    await relay(reader, writer, where[name])


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, where: tuple[str, int]) -> None:
    """Carry bytes both ways until one side ends."""
    far_reader, far_writer = await asyncio.open_connection(*where)
    try:
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
    finally:
        far_writer.close()


async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Carry bytes one way."""
    while data := await source.read(65_536):
        target.write(data)
        await target.drain()
    target.close()
