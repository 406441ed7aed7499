"""How a single feed is reached: headers and a login that are sent to its host, and a proxy of its own."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from monitor import model
from monitor.config import values
from monitor.config.items import Item
from monitor.config.models import Feed
from monitor.config.secrets import Resolver
from monitor.config.values import Wrong
from monitor.errors import Mistake
from monitor.model import Access, Secret

SCHEME = re.compile(r"(?:Basic|Bearer|Token|ApiKey) +\S+", re.IGNORECASE)
LONGEST_HEADER = 8_192  # characters; what servers commonly accept.
PLAIN = ("accept", "accept-language", "referer", "user-agent")  # headers that hold no secret.
LOCAL = re.compile(r"http://(?:localhost|127\.[0-9.]+|\[::1\])(?:[:/]|$)", re.IGNORECASE)


def access_of(item: Item, section: Feed, resolver: Resolver, mistakes: list[Mistake]) -> Access:
    """Return how a feed is reached; what cannot be resolved joins `mistakes`, at its line and without its value."""
    resolver = replace(resolver, folder=item.document.path.parent)
    headers = {
        name: _try(item, ("headers", name), partial(_given, text, resolver), mistakes) for name, text in section.headers
    }
    if section.auth is not None:
        headers["Authorization"] = _try(item, ("auth",), partial(_authorization, section.auth, resolver), mistakes)
    proxy = _try(item, ("proxy",), partial(_proxy, section.proxy, resolver), mistakes) if section.proxy else None
    sound = tuple((name, value) for name, value in headers.items() if value is not None)
    return Access(section.url, sound, proxy) if sound or proxy else Access()


def _try(item: Item, location: tuple[str, ...], read: Callable[[], Secret], mistakes: list[Mistake]) -> Secret | None:
    try:
        return read()
    except Wrong as wrong:
        mistakes.append(item.wrong_at(location, wrong.text, hint=wrong.hint))
        return None


def _given(text: str, resolver: Resolver) -> Secret:
    return _header(resolver.expand(text).reveal)


def _header(value: str) -> Secret:
    if not value.isascii() or not value.isprintable():
        raise Wrong("holds characters that no header may hold", "only ASCII, and no line breaks")
    if len(value) > LONGEST_HEADER:
        raise Wrong(f"is longer than {LONGEST_HEADER} characters")
    return Secret(value)


def _authorization(written: tuple[str, ...], resolver: Resolver) -> Secret:
    """Return the value of an Authorization header. Source: RFC 7617, RFC 6750. Raises: Wrong."""
    found = [resolver.expand(part).reveal for part in written]
    if len(found) == 1 and SCHEME.fullmatch(found[0]):
        return _header(found[0])
    user, colon, password = found[0].partition(":") if len(found) == 1 else (found[0], ":", found[1])
    if not colon:
        raise Wrong("holds no password", 'write it like "user:${env:PASSWORD}", or "Bearer ${env:TOKEN}"')
    if ":" in user or not (user + password).isprintable():
        raise Wrong("cannot be sent", "a user name holds no colon, and neither part a line break")
    return _header("Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())


def _proxy(written: str, resolver: Resolver) -> Secret:
    value = resolver.expand(written).reveal
    return Secret("" if value == "direct" else values.proxy_url(value))


# --- what may be meant otherwise ----------------------------------------------------------------------------------


def find_feed_mistakes(item: Item) -> Iterator[Mistake]:
    """Yield what is wrong between the keys of one feed."""
    names = [str(name).lower() for name in _headers(item)]
    if "authorization" in names and "auth" in item.good:
        yield item.wrong("auth", "stands beside a header Authorization", hint="keep one of them")


def find_feed_warnings(item: Item) -> Iterator[Mistake]:
    """Yield what is allowed of one feed and probably not meant."""
    url = str(item.good.get("url", ""))
    is_open = url.lower().startswith("http://") and not LOCAL.match(url)
    for location, text in _secrets(item):
        if "${" not in text and item.document.readable_by_others:
            hint = f"chmod 640 {item.document.path}, or keep the secret elsewhere"
            what = "may hold a secret, and everybody on this machine can read the file"
            yield item.wrong_at(location, what, hint=hint)
        if is_open and location[0] != "proxy":
            yield item.wrong_at(location, "goes to an http:// address, where anybody on the way can read it")


def _secrets(item: Item) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield where a feed holds what others should not see, and what is written there."""
    for name, value in _headers(item).items():
        if str(name).lower() not in PLAIN:
            yield ("headers", str(name)), str(value)
    auth = item.good.get("auth")
    if auth is not None:
        password = auth.get("password", "") if isinstance(auth, Mapping) else auth
        yield ("auth",), str(password)
    proxy = str(item.good.get("proxy", ""))
    if re.search(r"://[^/]*:[^/]*@", proxy):
        yield ("proxy",), proxy


def _headers(item: Item) -> Mapping[str, object]:
    found = item.good.get("headers")
    return found if isinstance(found, Mapping) else {}


def feed_of(section: Feed, access: Access) -> model.Feed:
    """Return a feed that is reached in this way."""
    return model.Feed(
        id=section.id,
        url=section.url,
        name=section.name or section.id,
        every=section.every,
        lang=section.lang,
        class_=section.class_,
        home=section.home,
        full_text=section.full_text,
        backfill=section.backfill,
        max_age=section.max_age,
        access=access,
    )
