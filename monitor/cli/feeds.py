"""`monitor feeds`: list and export here; what needs no configuration stands in sources.py."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli.options import config_option, config_path, fail_plainly, json_option
from monitor.cli.show import ago, console, moment, print_json, table
from monitor.cli.sources import feeds_commands


@click.group()
def feeds() -> None:
    """List, preview, find, import and export feeds."""


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


for command in feeds_commands:
    feeds.add_command(command)
