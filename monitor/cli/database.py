"""`monitor db`."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli.options import config_option, config_path, fail_plainly


@click.group()
def db() -> None:
    """Look after the database."""


@db.command(epilog="Example:  monitor db upgrade --config /etc/monitor/config.toml")
@config_option
@click.pass_context
def upgrade(context: click.Context, config: Path | None) -> None:
    """Bring the database to this version's schema. Stop the daemon first.

    SQLite upgrades itself when the daemon starts, after a backup beside it; PostgreSQL waits for this command.
    """
    from monitor.config.files import find_config
    from monitor.config.load import load
    from monitor.store import upgrade as upgrade_state

    with fail_plainly():
        before, now = upgrade_state(load(find_config(config_path(context, config))).settings.state)
    if before == now:
        click.echo(f"nothing to do: the schema is at {now}")
    else:
        click.echo(f"upgraded from {before or 'nothing'} to {now}")
