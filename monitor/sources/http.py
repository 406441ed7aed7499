"""Fetching: one URL to one body, past hostile servers, with httpx over connections that judge each address.

httpx sends through aiohttp's connector, which costs a third of its own over many hosts and takes a resolver: the one
place where addresses can be judged as they are connected. What httpx lacks stands here: a deadline for the whole
fetch, redirects that are looked at, decoding that is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus

import httpx

from monitor.errors import After, CrowdedError, FetchError, Retry
from monitor.model import Access, Network
from monitor.planning.work import Fetched, Gone, NotModified, Request
from monitor.ports import Clock
from monitor.sources.addresses import Guard
from monitor.sources.body import Body, describe_size, read_body
from monitor.sources.connect import KEEP_ALIVE, Lookup, SystemLookup, idle_hosts
from monitor.sources.decode import DecodeError
from monitor.sources.headers import ask_headers, read_hints, read_validator
from monitor.sources.hosts import Crowds, Deadline, Hosts, Warm
from monitor.sources.robots import MAX_BODY, Robots
from monitor.sources.troubles import TROUBLES, explain
from monitor.sources.urls import host_key, host_of, is_at_home, read_url
from monitor.sources.ways import Ways

MAX_REDIRECTS = 5
REDIRECTS = frozenset((301, 302, 303, 307, 308))
PERMANENT = frozenset((301, 308))
CLOSED = frozenset((401, 403))
GOOD = frozenset((200, 203))  # with a body that is what was asked for; 206 and the like were not asked for.
MOST_WAITING = 6  # fetches that may wait for a turn at a host before others are asked to come back.
PATIENCE = 4  # times the timeout that a fetch waits for its turn at a busy host, before it is put off.


@dataclass(frozen=True, slots=True)
class Answer:
    """One response: where it came from, and its body unless its status says that there is none worth reading.

    `redirects` counts what led there; `permanent` is True when each of them was permanent. `left` is True when the
    source's own headers were left behind on the way.
    """

    url: httpx.URL
    status: int
    headers: httpx.Headers
    body: Body
    redirects: int = 0
    permanent: bool = True
    left: bool = False


class HttpFetcher:
    """Fetch feeds and pages. Make it once, use it for everything, close it at the end.

    Only http and https, any port; no cookies, no proxy variables, no user names in URLs. Certificates are verified
    against SSL_CERT_FILE or SSL_CERT_DIR where set, else against the list that comes with httpx. Private and reserved
    addresses are refused unless `network.allow_private` lists them, judged where they are connected, at each redirect.

    With `network.proxy`, or a source's own (http://, https://, socks4://, socks5://), the proxy looks names up, and
    where they lead cannot be judged here: only private addresses written in a URL, and names of this machine, are then
    still refused. A source's own headers go to its own host only, and no further once a redirect has left it.

    `lookup` turns a name into addresses; left out, the system does.
    """

    def __init__(self, network: Network, *, clock: Clock, lookup: Lookup | None = None) -> None:
        """Raises: ValueError for a network in allow_private, or a proxy, that cannot be read."""
        self._network = network
        self._clock = clock
        self._guard = Guard.of(network.allow_private)
        self._hosts = Hosts(at_once=network.per_host, pause=network.per_host_delay)
        most = network.per_host + MOST_WAITING
        self._crowds = Crowds(most=most, pause=network.per_host_delay)
        self._warm = Warm(most=idle_hosts(), seconds=2 * KEEP_ALIVE)
        self._robots = Robots(self._read_robots, clock)
        self._ways = Ways(network, guard=self._guard, lookup=lookup or SystemLookup())

    async def fetch(self, request: Request) -> Fetched | NotModified | Gone:
        """Fetch one URL, at most five redirects included, within the network's timeout.

        Waiting for a turn at a host that others are asking, or for its robots.txt, does not count, but is limited too.
        A body that breaks off (a reset, fewer bytes than announced, an unfinished chunk or gzip stream) is returned as
        far as it came, marked `truncated` and without validators: its entries count, and the next poll asks for all of
        it again. One of which nothing came is an error, as is one larger than `max_bytes`, whose bytes are counted
        decoded.

        Raises: FetchError. NEVER: the URL itself is refused, or robots.txt asks not to be read. After: the server said
        when. LATER: everything else, 401, 403 and 404 included, because publishers repair their sites.
        """
        if self._ways.is_closed:
            raise FetchError(request.url, "fetching has ended")
        url = self._read(request.url, request.access)
        key = host_key(url)
        if not request.patient and (wait := self._crowds.wait(key)):
            raise CrowdedError(request.url, wait)
        try:
            with self._crowds.joined(key):
                answer = await self._follow(url, request)
        except FetchError as exc:
            # The error names what was asked for, not the hop at which it failed.
            raise FetchError(request.url, str(exc), retry=exc.retry, status=exc.status) from exc
        return self._judge(answer, request)

    async def close(self) -> None:
        """End every connection. Fetches that still run fail."""
        await self._robots.close()
        await self._ways.close()

    async def _follow(self, url: httpx.URL, request: Request) -> Answer:
        """Ask, and go where redirects lead, judging each address as the first."""
        deadline = Deadline(request.url, self._network.timeout)
        asking = Deadline(request.url, PATIENCE * self._network.timeout)
        seen, permanent, left = [url], True, False
        while True:
            if request.robots and self._network.robots:
                # To ask for it has a deadline of its own, and may have to wait for its turn as the page does.
                async with asking.running("waiting for robots.txt"):
                    await self._robots.check(url, request.access)
            if request.access.headers and not is_at_home(url, request.access.home):
                # For good: whoever is asked in between may not choose what is asked at home in our name.
                request, left = replace(request, access=replace(request.access, headers=())), True
            answer = await self._ask(url, request, deadline)
            if answer.status not in REDIRECTS:
                return replace(answer, redirects=len(seen) - 1, permanent=permanent, left=left)
            permanent = permanent and answer.status in PERMANENT
            url = self._next(answer, request.access)
            if url in seen:
                raise FetchError(request.url, "it redirects in a circle", status=answer.status)
            if len(seen) > MAX_REDIRECTS:
                raise FetchError(request.url, f"it redirects more than {MAX_REDIRECTS} times", status=answer.status)
            seen.append(url)

    def _read(self, url: str, access: Access) -> httpx.URL:
        try:
            way = self._ways.of(access)
        except ValueError as exc:
            raise FetchError(url, str(exc), retry=Retry.NEVER) from exc
        return read_url(url, self._guard, proxied=way.proxied)

    def _next(self, answer: Answer, access: Access) -> httpx.URL:
        """Return where a redirect leads. Raises: FetchError, to be retried, because it is the server that is wrong."""
        location = answer.headers.get("location", "")
        if not location.strip():
            raise FetchError(str(answer.url), "it redirects without saying where", status=answer.status)
        try:
            return self._read(str(answer.url.join(location.strip())), access)
        except (FetchError, httpx.InvalidURL, ValueError) as exc:
            why = str(exc) if isinstance(exc, FetchError) else "this is not an address that can be read"
            raise FetchError(
                str(answer.url), f"it redirects to an address that is refused: {why}", status=answer.status
            ) from exc

    async def _ask(self, url: httpx.URL, request: Request, deadline: Deadline) -> Answer:
        """Make one request and read its answer, when it is this host's turn."""
        key = host_key(url)
        patience = PATIENCE * self._network.timeout.total_seconds()
        try:
            await self._hosts.enter(key, patience=patience)
        except TimeoutError as exc:
            raise FetchError(str(url), f"waited {patience:g} s for other requests to {host_of(url)}") from exc
        try:
            return await self._exchange(url, request, deadline)
        finally:
            self._hosts.leave(key)

    async def _exchange(self, url: httpx.URL, request: Request, deadline: Deadline) -> Answer:
        way, access = self._ways.of(request.access), request.access
        headers = {name: value.reveal for name, value in access.headers}
        headers |= ask_headers(request.etag, request.last_modified)
        stays = self._warm.keeps(host_key(url), now=self._clock.monotonic())
        headers["Connection"] = "keep-alive" if stays else "close"
        with translated(url):
            async with deadline.running("without an answer"):
                response = await way.ask(url, headers)
            async with deadline.running("in the middle of the body"):
                body = await read_body(response, request.max_bytes if response.status_code in GOOD else 0)
        return Answer(url, response.status_code, response.headers, body)

    def _judge(self, answer: Answer, request: Request) -> Fetched | NotModified | Gone:
        """Say what an answer means to who asked."""
        hints = read_hints(answer.headers, now=self._clock.now())
        if answer.status == HTTPStatus.NOT_MODIFIED and ask_headers(request.etag, request.last_modified):
            return NotModified(hints)
        if answer.status == HTTPStatus.GONE:
            return Gone(request.url)
        if answer.status not in GOOD:
            retry = After(hints.retry_after) if hints.retry_after else Retry.LATER
            text = f"answered {describe(answer.status)}"
            if answer.left and answer.status in CLOSED:
                text += f"; its headers and auth do not go to {host_of(answer.url)}, only to the host of its url"
            raise FetchError(request.url, text, retry=retry, status=answer.status)
        if answer.body.is_larger:
            raise FetchError(request.url, f"larger than {describe_size(request.max_bytes)}", status=answer.status)
        if not answer.body.data:
            raise FetchError(request.url, "answered with nothing", status=answer.status)
        found = str(answer.url) if answer.redirects else request.url.strip()
        return Fetched(
            url=found,
            body=answer.body.data,
            content_type=answer.headers.get("content-type", ""),
            etag=read_validator(answer.headers.get("etag")) if answer.body.is_whole else None,
            last_modified=read_validator(answer.headers.get("last-modified")) if answer.body.is_whole else None,
            moved_to=found if answer.redirects and answer.permanent else None,
            hints=hints,
            truncated=not answer.body.is_whole,
        )

    async def _read_robots(self, url: httpx.URL, access: Access) -> bytes | None:
        """Fetch a robots.txt: its start, None for any 4xx and for redirects that lead nowhere. Raises: FetchError."""
        try:
            # By the same way, so that a proxy keeps this from being seen too; without what is private.
            answer = await self._follow(url, Request(str(url), max_bytes=MAX_BODY, access=Access(proxy=access.proxy)))
        except FetchError as exc:
            if exc.status in REDIRECTS:
                return None
            raise
        if 400 <= answer.status < 500:  # noqa: PLR2004 - the 4xx.
            return None
        if answer.status not in GOOD:
            raise FetchError(str(url), f"answered {describe(answer.status)}", status=answer.status)
        return answer.body.data


def describe(status: int) -> str:
    """Return a status with its name where it has one: `503 (service unavailable)`."""
    try:
        return f"{status} ({HTTPStatus(status).phrase.lower()})"
    except ValueError:
        return str(status)


@contextmanager
def translated(url: httpx.URL) -> Iterator[None]:
    """Turn what the libraries and the system raise into FetchError."""
    try:
        yield
    except DecodeError as exc:
        raise FetchError(str(url), f"the body cannot be read: {exc}") from exc
    except TROUBLES as exc:
        raise FetchError(str(url), explain(exc)) from exc
