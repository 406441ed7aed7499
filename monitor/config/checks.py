"""What concerns several keys, tables or files at once: refused as a mistake, or let through with a warning.

Every check looks at sound values only, so that one mistake is told once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from monitor.config import values
from monitor.config.audience import find_audience_mistakes, find_audience_warnings
from monitor.config.items import Item
from monitor.config.models import LISTS, TABLES, URL_KINDS, WATCH_KINDS
from monitor.config.private import find_feed_mistakes, find_feed_warnings
from monitor.config.values import did_you_mean, quote
from monitor.config.watches import listed, too_many, unknown_feeds, unused_classes, watch_mistakes, watch_warnings
from monitor.errors import Mistake

LEDGER = timedelta(days=400)  # a feed that reaches back a year must not be taken for news.


def find_mistakes(items: list[Item]) -> Iterator[Mistake]:
    """Yield what is wrong between keys, tables and files."""
    yield from _twice(items)
    for item in items:
        if item.table == "watch":
            yield from _exactly_one(item, WATCH_KINDS)
            yield from watch_mistakes(item)
        if item.table == "channel":
            yield from _exactly_one(item, URL_KINDS)
        if item.table == "feed":
            yield from find_feed_mistakes(item)
        if item.table == "poll":
            yield from _ordered(item, "min", "max")
        if item.table == "delivery":
            yield from _ordered(item, "retry_first", "retry_max")
        if item.table == "monitor":
            yield from _ordered(item, "keep_text", "keep_ledger")
    if not any(item.document.parsed.lost("channel") for item in items):
        yield from _unknown_channels(items)
    if not any(item.document.parsed.lost("feed") for item in items):
        yield from unknown_feeds(items)
    yield from find_audience_mistakes(items)


def _twice(items: list[Item]) -> Iterator[Mistake]:
    first: dict[tuple[str, str], Item] = {}
    for item in items:
        if item.table not in LISTS or not item.id:
            continue
        before = first.setdefault((item.table, item.id), item)
        if before is not item:
            line, column = before.document.parsed.positions.of_value((*before.address, "id"))
            where = f"{before.document.path}:{line}:{column}"
            yield item.wrong("id", f"{quote(item.id)} is the id of another {item.table} already", hint=f"at {where}")


def _exactly_one(item: Item, keys: tuple[str, ...]) -> Iterator[Mistake]:
    present = [key for key in keys if key in item.raw]
    listed = ", ".join(keys[:-1]) + " and " + keys[-1]
    if not present and not item.document.parsed.lost(item.table):
        yield item.wrong("", f"needs one of {listed}")
    if len(present) > 1:
        last = max(present, key=lambda key: item.document.parsed.positions.of_key((*item.address, key)))
        text = f"stands beside {', '.join(key for key in present if key != last)}"
        yield item.document.at_key((*item.address, last), text, key=item.label(last), hint=f"keep one of {listed}")


def _ordered(item: Item, less: str, more: str) -> Iterator[Mistake]:
    """Check that one duration is not longer than another; where one is left out, its default counts."""
    if not {less, more} & item.good.keys() or {less, more} & (item.raw.keys() - item.good.keys()):
        return
    defaults = {key: TABLES[item.table].model_fields[key].default for key in (less, more)}
    low, high = (values.duration(item.good[key]) if key in item.good else defaults[key] for key in (less, more))
    if low > high:
        key = less if less in item.good else more
        shown = f"{less} is {values.show_duration(low)}, {more} is {values.show_duration(high)}"
        yield item.wrong(key, f"{less} is longer than {more}", hint=shown)


def _unknown_channels(items: list[Item]) -> Iterator[Mistake]:
    known = [str(item.raw["id"]) for item in items if item.table == "channel" and "id" in item.raw]
    others = "known: " + ", ".join(known) if known else "add a [[channel]]"
    for item in items:
        key = {"watch": "notify", "monitor": "operator"}.get(item.table, "")
        for index, name in enumerate(listed(item.good.get(key))):
            if name not in known:
                hint = did_you_mean(str(name), known) or others
                yield item.wrong(key, f"there is no channel {quote(name)}", hint=hint, index=index)


def find_warnings(items: list[Item], main: Path) -> Iterator[Mistake]:
    """Yield what is allowed and probably not meant; `main` is the file that lacks what no file holds."""
    for item in items:
        if item.table == "watch":
            yield from watch_warnings(item)
        if item.table == "monitor" and "keep_ledger" in item.good:
            kept = values.duration(item.good["keep_ledger"])
            if kept < LEDGER:
                text = "identities that are forgotten early are told again when they come back"
                yield item.wrong("keep_ledger", text, hint=f'"{values.show_duration(LEDGER)}" or more is safe')
        if item.table == "feed":
            yield from find_feed_warnings(item)
        yield from _open_secret(item)
    yield from too_many(items)
    yield from _same_url(items)
    yield from find_audience_warnings(items)
    yield from unused_classes(items)
    yield from _absent(items, main)


def _open_secret(item: Item) -> Iterator[Mistake]:
    """Warn of a secret in the text of a file that anybody on the machine may read."""
    key = {"channel": "url", "network": "proxy", "monitor": "state", "heartbeat": "ping"}.get(item.table, "")
    text = str(item.good.get(key, ""))
    holds = "://" in text and not text.startswith("console:") and "${" not in text
    if item.table not in ("channel", "heartbeat"):
        holds = holds and re.search(r"://[^/]*:[^/]*@", text) is not None
    if holds and item.document.readable_by_others:
        hint = f"chmod 640 {item.document.path}, or keep the secret elsewhere"
        yield item.wrong(key, "may hold a secret, and everybody on this machine can read the file", hint=hint)


def open_files(secrets: Iterable[Path], environ: Mapping[str, str]) -> Iterator[Mistake]:
    """Warn of files that hold a secret and that anybody may read; systemd looks after its credentials."""
    for path in dict.fromkeys(secrets):
        if str(path.parent) == environ.get("CREDENTIALS_DIRECTORY"):
            continue
        with suppress(OSError):  # gone since it was read; the next load says so.
            if path.stat().st_mode & 0o004:
                text = "holds a secret, and everybody on this machine can read it"
                yield Mistake(str(path), 0, 0, "", text, f"chmod 600 {path}")


def _same_url(items: list[Item]) -> Iterator[Mistake]:
    first: dict[str, Item] = {}
    for item in items:
        url = item.good.get("url") if item.table == "feed" else None
        if url:
            before = first.setdefault(str(url), item)
            if before is not item:
                yield item.wrong("url", f"is also the address of the feed {quote(before.id)}", hint="one is enough")


def _absent(items: list[Item], main: Path) -> Iterator[Mistake]:
    """Warn of a configuration that lacks what it would need to be of use."""
    tables = {item.table for item in items}
    absent = {
        "feed": "there is no feed: nothing will be polled",
        "watch": "there is no watch: nothing will be matched",
        "channel": "there is no channel: nobody will be told",
    }
    for table, text in absent.items():
        if table not in tables:
            yield Mistake(str(main), 0, 0, table, text, f"add a [[{table}]]")
    network = next((item for item in items if item.table == "network"), None)
    if network is None or "contact" not in network.raw:
        hint = "a mail or web address lets publishers write to you instead of blocking you"
        yield Mistake(str(main), 0, 0, "network.contact", "is not set", hint)
