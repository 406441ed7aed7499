"""`monitor backup` and `monitor restore`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.cli.options import config_option, config_path, fail_plainly

path_argument = click.argument("path", type=click.Path(path_type=Path, dir_okay=False))


@click.command(epilog="Example:  monitor backup /var/backups/monitor.db")
@path_argument
@config_option
@click.pass_context
def backup(context: click.Context, path: Path, config: Path | None) -> None:
    """Copy the state to PATH, whole and checked; the daemon may be running.

    PostgreSQL is backed up with pg_dump.
    """
    from monitor.store.restoring import back_up

    with fail_plainly():
        back_up(_state(context, config), path)
    click.echo(f"copied to {path}, {path.stat().st_size:,} bytes")


@click.command(epilog="Example:  systemctl stop news-monitor && monitor restore /var/backups/monitor.db")
@path_argument
@config_option
@click.pass_context
def restore(context: click.Context, path: Path, config: Path | None) -> None:
    """Put the backup PATH in the state's place. Stop the daemon first; what was there is kept beside it.

    The feeds' next polls are first polls then, and announce nothing one by one; what waited to be sent when the
    backup was made is sent as a possible repeat.
    """
    from monitor.store.restoring import restore as restore_state

    with fail_plainly():
        aside = restore_state(_state(context, config), path, now=datetime.now(UTC))
    click.echo(f"restored from {path}" + (f"; what was there is now {aside}" if aside else ""))


def _state(context: click.Context, config: Path | None) -> str:
    from monitor.config.files import find_config
    from monitor.config.load import load

    return load(find_config(config_path(context, config))).settings.state
