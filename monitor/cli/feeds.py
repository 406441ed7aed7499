"""`monitor feeds`: list, export and release here; what needs no configuration stands in sources.py."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.options import config_option, config_path, fail_plainly, json_option
from monitor.cli.show import ago, console, moment, print_json, table
from monitor.cli.sources import feeds_commands

if TYPE_CHECKING:
    from monitor.model import Settings


@click.group()
def feeds() -> None:
    """List, preview, find, import, export and release feeds."""


@feeds.command("list", epilog="Example:  monitor feeds list --json")
@json_option
@config_option
@click.pass_context
def list_(context: click.Context, config: Path | None, *, as_json: bool) -> None:
    """List the configured feeds, and how each one fares."""
    from monitor.cli.publishers import publishers
    from monitor.config.files import find_config
    from monitor.config.load import load
    from monitor.store.views import open_views

    with fail_plainly():
        loaded = load(find_config(config_path(context, config)))
        settings, homes = loaded.settings, publishers(loaded)
        with open_views(settings.state) as views:
            stored = {view.state.feed_id: view.state for view in views.list_feeds()}
    rows = [
        {
            "id": feed.id,
            "name": feed.name,
            "url": feed.url,
            "lang": feed.lang,
            "class": feed.class_,
            "home": homes[feed.id].home,
            "home_source": homes[feed.id].source,
            "home_articles": homes[feed.id].articles,
            "state": stored[feed.id].health.value if feed.id in stored else "new",
            "last_success_at": moment(stored[feed.id].last_success_at) if feed.id in stored else None,
            "next_poll_at": moment(stored[feed.id].next_poll_at) if feed.id in stored else None,
            "error": stored[feed.id].error if feed.id in stored else "",
        }
        for feed in settings.feeds
    ]
    if as_json:
        print_json({"feeds": rows})
        return
    head = ("feed", "state", "last answer", "home", "address")
    listed = [
        (
            row["id"],
            row["state"],
            ago(stored[feed.id].last_success_at if feed.id in stored else None),
            homes[feed.id].text,
            row["url"],
        )
        for feed, row in zip(settings.feeds, rows, strict=True)
    ]
    table(console(), head, listed)


@feeds.command(epilog="Example:  monitor feeds export > subscriptions.opml")
@config_option
@click.pass_context
def export(context: click.Context, config: Path | None) -> None:
    """Print the configured feeds as OPML, for other readers."""
    from monitor.config.files import find_config
    from monitor.config.load import load
    from monitor.sources.opml import OpmlFeed, write_opml

    with fail_plainly():
        settings = load(find_config(config_path(context, config))).settings
    click.echo(write_opml(OpmlFeed(feed.name, feed.url, feed.class_ or "") for feed in settings.feeds), nl=False)


@feeds.command(epilog="Examples:  monitor feeds release dw-en  |  monitor feeds release dw-en --drop")
@click.argument("feed_id", metavar="ID")
@click.option("--drop", is_flag=True, help="Take the entries for known instead: they are never announced.")
@json_option
@config_option
@click.pass_context
def release(context: click.Context, feed_id: str, config: Path | None, *, drop: bool, as_json: bool) -> None:
    """Let the held entries of a feed through: they are read, matched and announced like any others.

    Entries are held when most of a stable feed is suddenly new. A running daemon picks them up at once. After a
    release, the feed's storms are not held for 30 days.
    """
    from monitor.errors import StoreError
    from monitor.store.holds import drop_entries, release_entries

    with fail_plainly():
        settings = _settings(config_path(context, config))
        known = [feed.id for feed in settings.feeds]
        if feed_id not in known:
            from monitor.config.values import did_you_mean

            hint = did_you_mean(feed_id, known) or f"known: {', '.join(known[:12]) or 'none'}"
            raise click.UsageError(f'there is no feed "{feed_id}" ({hint})')
        if drop:
            count = drop_entries(settings.state, feed_id)
        else:
            count = release_entries(settings.state, feed_id, now=datetime.now(UTC))
        if count is None:
            raise StoreError(f"{feed_id}: nothing of this feed is held")
    if as_json:
        print_json({"feed": feed_id, "entries": count, "dropped": drop})
        return
    entries = f"{count:,} {'entry' if count == 1 else 'entries'}"
    click.echo(f"{feed_id}: {entries} {'taken for known' if drop else 'let through; what matches is announced'}.")


def _settings(path: Path | None) -> Settings:
    from monitor.config.files import find_config
    from monitor.config.load import load

    return load(find_config(path)).settings


for command in feeds_commands:
    feeds.add_command(command)
