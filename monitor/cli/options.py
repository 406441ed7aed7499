"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

F = TypeVar("F", bound=Callable[..., object])

CONFIG_HELP = (
    "The configuration file. Else ./config.toml, $XDG_CONFIG_HOME/monitor/config.toml, /etc/monitor/config.toml."
)

config_option = click.option(
    "--config", "config", type=click.Path(path_type=Path, dir_okay=False), metavar="PATH", help=CONFIG_HELP
)
json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")


def config_path(context: click.Context, value: Path | None) -> Path | None:
    """Return the configuration file named after the subcommand, else the one named before it, else None."""
    if value is not None:
        return value
    before = context.find_root().params.get("config")
    return Path(before) if before is not None else None
