"""What a site's robots.txt asks of us, remembered for a day. Source: RFC 9309."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx
from protego import Protego

from monitor.errors import FetchError, Retry
from monitor.model import Access
from monitor.ports import Clock
from monitor.sources.headers import AGENT
from monitor.sources.robotsrules import may_read, read_rules
from monitor.sources.urls import host_of, origin

MAX_BODY = 500_000  # bytes read of one robots.txt; the rest is not looked at. Source: RFC 9309 s.2.5.
KEPT = timedelta(hours=24)  # Source: RFC 9309 s.2.4.
KEPT_UNREACHABLE = timedelta(minutes=1)  # so that fifty pages of a site that is down ask once.
MAX_SITES = 2000
MAX_TEXT = 1_000_000  # bytes of all remembered files together; parsed they take fifteen times that.
PARSED_AT_ONCE = 10_000  # bytes; reading more would hold the loop for over 10 ms and goes to a thread.

Read = Callable[[httpx.URL, Access], Awaitable[bytes | None]]


@dataclass(frozen=True, slots=True)
class _Site:
    """`rules` None allows everything; `trouble` says why nothing may be fetched until it is asked again."""

    until: float
    weight: int
    rules: Protego | None = None
    trouble: str = ""


class Robots:
    """Ask each site for its robots.txt once a day, however many pages wait for the answer.

    `read` fetches a body, None where the site has none (any 4xx). It raises FetchError where the site could not be
    asked: its pages are then left alone for now.
    """

    def __init__(self, read: Read, clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._sites: OrderedDict[str, _Site] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Site]] = {}

    async def check(self, url: httpx.URL, access: Access) -> None:
        """Return if a page may be fetched. Raises: FetchError, never to be retried if the site asks us not to."""
        site = self._remembered(_key(url, access)) or await self._ask(url, access)
        if site.trouble:
            raise FetchError(
                str(url), f"robots.txt of {host_of(url)} cannot be read: {site.trouble}", retry=Retry.LATER
            )
        if site.rules is not None and not may_read(site.rules, str(url), AGENT):
            raise FetchError(str(url), f"robots.txt of {host_of(url)} asks not to be read", retry=Retry.NEVER)

    async def close(self) -> None:
        """End what is still being asked."""
        tasks = tuple(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _remembered(self, key: str) -> _Site | None:
        site = self._sites.get(key)
        return site if site is not None and site.until > self._clock.monotonic() else None

    async def _ask(self, url: httpx.URL, access: Access) -> _Site:
        """Ask once for all who wait; who stops waiting does not stop the others."""
        key = _key(url, access)
        task = self._asking.get(key)
        if task is None:
            place = url.copy_with(raw_path=b"/robots.txt")
            task = self._asking[key] = asyncio.create_task(self._load(place, access))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(task)

    async def _load(self, url: httpx.URL, access: Access) -> _Site:
        try:
            body = await self._read(url, access)
        except FetchError as exc:
            until = self._clock.monotonic() + KEPT_UNREACHABLE.total_seconds()
            site = _Site(until=until, weight=0, trouble=str(exc))
        else:
            rules = await _parse(body[:MAX_BODY]) if body else None
            site = _Site(until=self._clock.monotonic() + KEPT.total_seconds(), weight=len(body or b""), rules=rules)
        self._remember(_key(url, access), site)
        return site

    def _remember(self, key: str, site: _Site) -> None:
        self._sites[key] = site
        self._sites.move_to_end(key)
        while len(self._sites) > MAX_SITES or sum(kept.weight for kept in self._sites.values()) > MAX_TEXT:
            self._sites.popitem(last=False)


def _key(url: httpx.URL, access: Access) -> str:
    """Return what a site's rules are remembered by: a proxy may see another site under the same name."""
    return f"{origin(url)} {access.proxy.reveal if access.proxy else access.proxy}"


async def _parse(body: bytes) -> Protego | None:
    text = body.decode("utf-8-sig", "replace")
    is_small = len(body) <= PARSED_AT_ONCE
    return read_rules(text, AGENT) if is_small else await asyncio.to_thread(read_rules, text, AGENT)
