"""A fetcher for tests: real, on loopback, with a clock that stands still."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import FetchError
from monitor.model import Network
from monitor.planning.work import Fetched, Request
from monitor.sources.connect import Lookup
from monitor.sources.http import HttpFetcher

LOOPBACK = ("127.0.0.0/8", "::1/128")


@dataclass(slots=True)
class StillClock:
    """Stand still until told otherwise."""

    at: datetime = datetime(2024, 12, 6, 12, tzinfo=UTC)
    seconds: float = 0.0

    def now(self) -> datetime:
        """Return the wall clock."""
        return self.at

    def monotonic(self) -> float:
        """Return the seconds since the start."""
        return self.seconds

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self.at += by
        self.seconds += by.total_seconds()


def names(table: Mapping[str, str | Sequence[str]]) -> Lookup:
    """Return a lookup that knows these names only."""

    async def look_up(host: str) -> Sequence[str]:
        await asyncio.sleep(0)
        if host not in table:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        found = table[host]
        return (found,) if isinstance(found, str) else found

    return look_up


def network(*, seconds: float = 5.0, allow: tuple[str, ...] = LOOPBACK, per_host: int = 2) -> Network:
    """Return a network that reaches this machine."""
    return Network(allow_private=allow, timeout=timedelta(seconds=seconds), per_host=per_host)


@asynccontextmanager
async def fetching(
    settings: Network | None = None, *, clock: StillClock | None = None, lookup: Lookup | None = None
) -> AsyncIterator[HttpFetcher]:
    """Open a fetcher and close it."""
    fetcher = HttpFetcher(settings or network(), clock=clock or StillClock(), lookup=lookup)
    try:
        yield fetcher
    finally:
        await fetcher.close()


async def fetched(fetcher: HttpFetcher, url: str, *, max_bytes: int = 1_000_000) -> Fetched:
    """Fetch a URL that must give a body."""
    result = await fetcher.fetch(Request(url, max_bytes=max_bytes))
    assert isinstance(result, Fetched)
    return result


async def refused(fetcher: HttpFetcher, url: str, *, max_bytes: int = 1_000_000, robots: bool = False) -> FetchError:
    """Fetch a URL that must fail, and return how."""
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(Request(url, max_bytes=max_bytes, robots=robots))
    assert caught.value.url == url
    return caught.value
