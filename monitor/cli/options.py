"""What several commands share: options, and how they fail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

BAD_CONFIG = 78  # EX_CONFIG of sysexits.h.
CONFIG_HELP = (
    "The configuration file. Else ./config.toml, $XDG_CONFIG_HOME/monitor/config.toml, /etc/monitor/config.toml."
)

config_option = click.option(
    "--config", "config", type=click.Path(path_type=Path, dir_okay=False), metavar="PATH", help=CONFIG_HELP
)
json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")


def config_path(context: click.Context, value: Path | None) -> Path | None:
    """Return the configuration file named after the subcommand, else the one named before it, else None."""
    before: click.Context | None = context
    while value is None and before is not None:
        value, before = before.params.get("config"), before.parent
    return value


@contextmanager
def fail_plainly() -> Iterator[None]:
    """Turn our errors into lines on standard error and exit codes: 78 for the configuration, else 1."""
    from monitor.errors import ConfigError, MonitorError

    try:
        yield
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_CONFIG)
    except MonitorError as error:
        click.echo(f"monitor: {error}", err=True)
        sys.exit(1)
