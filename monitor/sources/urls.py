"""Reading a URL that somebody else wrote before anything is asked of it."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

import httpx

from monitor.errors import FetchError, Retry
from monitor.sources.addresses import AddressRefusedError, Guard

MAX_LENGTH = 8192  # what servers commonly accept in a request line.
MAX_HOST = 253  # Source: RFC 1035 s.2.3.4.
# Names as they are found in DNS, underscores included; all else (%, !, \, spaces) is read differently by each library.
HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?")
# 2130706433, 0x7f.1, 127.1: the C library reads these as addresses. Source: URL Standard, "ends in a number".
ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")
LOCAL_NAMES = ("localhost", "ip6-localhost", "ip6-loopback")


def read_url(text: str, guard: Guard, *, proxied: bool = False) -> httpx.URL:
    """Return a URL that may be asked for, without its fragment.

    Only http and https, no user name or password, a host as DNS knows it or an address written in the one usual way,
    and no address that `guard` refuses. Where names lead is judged when they are connected to; with `proxied` that
    cannot be done, so that names of this machine are refused here.

    Raises: FetchError, never to be retried.
    """
    return _read(text, guard, proxied)


@lru_cache(maxsize=2_048)  # the same feeds are asked again and again, and to read a URL takes a seventh of a fetch.
def _read(text: str, guard: Guard, proxied: bool) -> httpx.URL:  # noqa: FBT001 - by place, for the cache.
    try:
        url = httpx.URL(text.strip())
        url = url.copy_with(fragment=None) if url.fragment else url
        trouble = _trouble(url, guard, proxied=proxied)
    except (httpx.InvalidURL, ValueError) as exc:
        raise FetchError(text, "this is not an address that can be read", retry=Retry.NEVER) from exc
    if trouble:
        raise FetchError(text, trouble, retry=Retry.NEVER)
    return url


def host_of(url: httpx.URL) -> str:
    """Return the host as DNS knows it: names in other scripts in their ASCII form. Source: RFC 5890 s.2.3.2.1."""
    return url.raw_host.decode("ascii")


def host_key(url: httpx.URL) -> str:
    """Return what limits by host go by: the host, and the port unless it is the usual one of http or https."""
    return f"{host_of(url)}:{url.port}" if url.port else host_of(url)


def origin(url: httpx.URL) -> str:
    """Return scheme, host and port as one string."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def is_at_home(url: httpx.URL, home: str) -> bool:
    """Whether a URL is at the host, port and scheme of another, or at the same host with TLS where that had none.

    Source: the Fetch Standard s.4.4 and curl's own rule, which drop what is private for all else.
    """
    try:
        own = httpx.URL(home)
    except (httpx.InvalidURL, ValueError):
        return False
    if host_of(url).lower() != host_of(own).lower():
        return False
    same = (url.scheme, url.port) == (own.scheme, own.port)
    return same or (own.scheme == "http" and url.scheme == "https" and url.port is None and own.port is None)


def _trouble(url: httpx.URL, guard: Guard, *, proxied: bool) -> str:
    if url.scheme not in ("http", "https"):
        return f"only http and https are fetched, not {url.scheme[:20] or 'a bare path'}"
    if url.userinfo:
        return "addresses with a user name or password in them are not fetched"
    if len(str(url)) > MAX_LENGTH:
        return "the address is too long"
    if url.port is not None and not 0 < url.port < 2**16:
        return f"there is no port {url.port}"
    return _host_trouble(host_of(url), guard, proxied=proxied)


def _host_trouble(host: str, guard: Guard, *, proxied: bool) -> str:
    if _is_address(host):
        plain, _, scope = host.partition("%")
        # A scope names an interface of this machine, and may hold any character.
        return str(AddressRefusedError("", plain)) if scope or guard.refuses(plain) else ""
    if len(host) > MAX_HOST or not HOST.fullmatch(host.lower()):
        return "the address names no host that could exist"
    if ENDS_IN_NUMBER.fullmatch(host.lower()):
        return f"{host} is an address in disguise"
    name = host.lower().rstrip(".")
    if proxied and not guard.allows_loopback and (name in LOCAL_NAMES or name.endswith(".localhost")):
        return str(AddressRefusedError("", name))
    return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
