"""`monitor run`, `monitor once` and `monitor worker`."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import click

from monitor.cli.options import config_option, config_path, fail_plainly
from monitor.config.early import Early, read_early

if TYPE_CHECKING:
    from monitor.daemon import View

verbose_option = click.option(
    "--verbose", "-v", is_flag=True, help="On a terminal, show every job, not only what changed something."
)

_ARENAS = -8  # M_ARENA_MAX of glibc's malloc.h.


@click.command(epilog="Example:  monitor run --config /etc/monitor/config.toml")
@config_option
@verbose_option
@click.pass_context
def run(context: click.Context, config: Path | None, *, verbose: bool) -> None:
    """Watch the feeds until stopped.

    On a terminal it shows what it does; elsewhere it writes one line per job to standard error. SIGTERM and Ctrl-C
    end it when what runs has ended; SIGHUP or a changed file make it take the configuration anew.
    """
    path = config_path(context, config)
    _work(path, lambda work, early: work.run(path, _view(verbose=verbose), early=early))


@click.command(epilog="Example, in a crontab:  */10 * * * *  monitor once --config ~/news/config.toml")
@config_option
@verbose_option
@click.pass_context
def once(context: click.Context, config: Path | None, *, verbose: bool) -> None:
    """Poll every feed now, read, match, deliver what is due, and end.

    Retries that fall due later are left to the next run. Failing feeds do not make it fail.
    """
    path = config_path(context, config)
    _work(path, lambda work, early: work.once(path, _view(verbose=verbose), early=early))


@click.command(epilog="Example:  monitor worker --config /etc/monitor/config.toml")
@config_option
@verbose_option
@click.pass_context
def worker(context: click.Context, config: Path | None, *, verbose: bool) -> None:
    """Poll feeds and read pages beside `monitor run`, on a PostgreSQL state.

    Any number of workers share the feeds with the one daemon, on its machine or on others, with the same
    configuration. Only the daemon delivers, and does the rest. Signals are those of `monitor run`.
    """
    path = config_path(context, config)
    _work(path, lambda work, early: work.work(path, _view(verbose=verbose), early=early))


def _work(config: Path | None, begin: Callable[[ModuleType, Early | None], Coroutine[None, None, None]]) -> None:
    # Nothing that a start makes is garbage, and with 10,000 feeds looking for some takes a fifth of it: the daemon
    # switches that on again when it is ready.
    gc.disable()
    # One heap for all threads, of which one runs at a time anyway: what each frees is there for the others, which keeps
    # 9 of 170 MB. A C library that knows nothing of it has its own ways.
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_ARENAS, 1)
    from monitor.config.files import find_config

    with fail_plainly():
        early = read_early(find_config(config))  # before the imports, which it then runs beside.
        from monitor import daemon

        asyncio.run(begin(daemon, early))


def _view(*, verbose: bool) -> View:
    """Show a person what happens; write lines where nobody looks."""
    from monitor.daemon import View

    # Only what rich may take for a terminal is shown to rich: to import it takes a twentieth of a start.
    if sys.stderr.isatty() or any(name in os.environ for name in ("FORCE_COLOR", "TTY_COMPATIBLE")):
        from rich.console import Console

        from monitor.cli.terminal import TerminalLog, live

        console = Console(stderr=True)
        if console.is_terminal:
            return View(TerminalLog(console, verbose=verbose), lambda status: live(console, status))
    from monitor.log import LineLog

    return View(LineLog())
