"""`monitor demo`."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.options import fail_plainly

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.testing.sink import ChatMessage, ChatSink
    from monitor.testing.site import NewsroomSite

PATIENCE = 6.0  # seconds that a step may take before the next one begins.
QUIET = 2.2  # seconds without a message after which a step has said all: two polls of each feed.


@click.command(epilog="Example:  monitor demo --quick")
@click.option("--quick", is_flag=True, help="Play only the first report, and end.")
def demo(*, quick: bool) -> None:
    """Play a small newsroom on this machine, without internet, and show what it makes of it.

    Nine feeds of made-up publishers tell one real story of December 2024, with all the traps of real news around it.
    The daemon polls them every second, and each message is shown as its reader would see it. It ends by itself.
    """
    from rich.console import Console

    with fail_plainly():
        asyncio.run(_play(Console(highlight=False), quick=quick))


async def _play(console: Console, *, quick: bool) -> None:
    from monitor.testing.sink import ChatSink
    from monitor.testing.site import STORY_AT, NewsroomSite

    shift = datetime.now(UTC) - STORY_AT
    async with NewsroomSite(shift=shift) as site, ChatSink() as chat, _daemon(site, chat):
        console.rule("Before the first poll")
        shown = await _show_new(console, chat, 0)
        while changed := site.advance():
            console.rule(f"Step {site.step} of {site.steps}")
            for article in changed:
                console.print(f"[dim]{article.feed}:[/dim] {article.about}")
            shown = await _show_new(console, chat, shown)
            if quick:
                break
    console.rule("The end")
    console.print(f"{shown} messages. Now write your own watchlist: [bold]monitor init[/bold]")


@contextlib.asynccontextmanager
async def _daemon(site: NewsroomSite, chat: ChatSink) -> AsyncIterator[None]:
    """Run the real daemon on the newsroom's configuration, its state in a folder that is gone afterwards."""
    from monitor.app import open_app
    from monitor.engine.local import LocalEngine
    from monitor.log import NoLog

    with tempfile.TemporaryDirectory(prefix="monitor-demo-") as folder:
        config = _write(Path(folder, "config.toml"), site.config_text(chat.url()))
        async with open_app(config, NoLog()) as app:
            engine = LocalEngine(app.services)
            serving = asyncio.create_task(engine.serve())
            try:
                yield
            finally:
                engine.stop()
                await serving


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


async def _show_new(console: Console, chat: ChatSink, shown: int) -> int:
    """Show messages as they come, until none has come for a while. Returns how many there were in all."""
    wait = PATIENCE
    while True:
        try:
            messages = await chat.wait_for(shown + 1, wait)
        except TimeoutError:
            return shown
        for message in messages[shown:]:
            _show(console, message)
        shown, wait = len(messages), QUIET


def _show(console: Console, message: ChatMessage) -> None:
    from rich.panel import Panel
    from rich.text import Text

    console.print(Panel(Text(message.body), title=Text(message.title), title_align="left", border_style="green"))
