"""The daemon's life: start, signals, reloads, the watchdog, and a quiet end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from watchfiles import awatch

from monitor.app import App, open_app
from monitor.config.early import Early
from monitor.config.files import find_config
from monitor.config.stamps import Stamp, stamps_of
from monitor.engine.clock import start_clock, stop_clock
from monitor.engine.lanes import WORKER
from monitor.engine.local import LocalEngine
from monitor.engine.notify import notify, watchdog_interval
from monitor.errors import ConfigError, MonitorError, SourceError
from monitor.planning.work import Fetched
from monitor.ports import Extractor, Log

PAGE = b"<html><head><title>Ready</title></head><body><article>%s</article></body></html>" % (
    b"<p>This page is read when the daemon has started, so that its extractor is there when news comes.</p>" * 5
)
DOUBT = timedelta(hours=1)  # how long damage is not believed that a whole check has not found.
LOOK_MS = 2_000  # between two looks at the configuration's files when the watcher reports nothing.


def _no_screen(_: Callable[[], str]) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class View:
    """How the daemon shows itself: a log, and a screen that is handed a function telling how things are."""

    log: Log
    screen: Callable[[Callable[[], str]], AbstractContextManager[None]] = _no_screen


async def run(path: Path | None, view: View, *, early: Early | None = None) -> None:
    """Work until stopped; a database that turns out damaged is replaced meanwhile. Raises: ConfigError, StoreError."""
    damaged = await _serve(path, view, early=early)
    while damaged:
        damaged = await _serve(path, view, after_damage=True)
    view.log.event("stopped")


async def work(path: Path | None, view: View, *, early: Early | None = None) -> None:
    """Poll and read beside the daemon, until stopped. Raises: ConfigError, StoreError."""
    async with open_app(find_config(path), view.log, is_worker=True, early=early) as app:
        await _turn(app, LocalEngine(app.services, kinds=WORKER), view)
    view.log.event("stopped")


async def _serve(path: Path | None, view: View, *, after_damage: bool = False, early: Early | None = None) -> bool:
    """Work until stopped; return whether that was because the database is damaged."""
    async with open_app(find_config(path), view.log, thorough=after_damage, early=early) as app:
        engine = LocalEngine(app.services)
        if after_damage and not app.mended:
            doubt(engine, view.log, lasting=DOUBT)
        await _turn(app, engine, view)
    return engine.damaged


async def _turn(app: App, engine: LocalEngine, view: View) -> None:
    """Serve until stopped, with all that stands around an engine."""
    async with _upkeep(app, engine, view.log):
        with view.screen(lambda: _status(app, engine)):
            view.log.event("running", feeds=len(app.services.feeds), watches=len(app.services.settings.watches))
            notify("READY=1", "STATUS=watching")
            _collect_garbage()
            await engine.serve()
            notify("STOPPING=1")


def doubt(engine: LocalEngine, log: Log, *, lasting: timedelta) -> None:
    """Let an engine go on with a database that was said to be damaged and was left as it is, but not for good.

    Where a whole check finds nothing, beginning again at once would not help; what is met later may be real.
    """
    engine.heals = False
    log.problem("the database is left as it is: a check found no damage, or it was replaced twice within the hour")

    def believe() -> None:
        engine.heals = True

    asyncio.get_running_loop().call_later(lasting.total_seconds(), believe)


async def once(path: Path | None, view: View, *, early: Early | None = None) -> None:
    """Poll every feed now, read, match, deliver what is due. Raises: ConfigError, StoreError."""
    async with open_app(find_config(path), view.log, early=early) as app:
        services = app.services
        await services.db(services.store.make_feeds_due, now=services.clock.now())
        engine = LocalEngine(services)
        _stop_on_signals(engine)
        _collect_garbage()
        with view.screen(lambda: _status(app, engine)):
            await engine.serve_once()
        counts = engine.counts
        view.log.event("done", polled=counts.polled, read=counts.read, sent=counts.sent)


def _collect_garbage() -> None:
    """Look for garbage from now on, but not among what the start has made: that lasts."""
    gc.freeze()
    gc.enable()


@asynccontextmanager
async def _upkeep(app: App, engine: LocalEngine, log: Log) -> AsyncIterator[None]:
    """Tick, reload, and feed the watchdog, as long as the engine serves."""
    asked = asyncio.Event()
    _stop_on_signals(engine)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    clock = start_clock(tick=engine.ring, nightly=engine.nightly, zone=app.services.zone)
    watching = _watch_files(asked, app, log, seen=app.loaded.stamps)
    works = (_reload_when(asked, app, engine, log), watching, _feed_watchdog(engine), _warm_up(app.services.extractor))
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        stop_clock(clock)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _stop_on_signals(engine: LocalEngine) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, engine.stop)


async def _reload_when(asked: asyncio.Event, app: App, engine: LocalEngine, log: Log) -> None:
    """Take the configuration anew each time it is asked for; a bad one changes nothing and is told of."""
    while True:
        await asked.wait()
        asked.clear()
        notify("RELOADING=1")
        try:
            warnings = await app.reload()
        except ConfigError as error:
            for mistake in error.mistakes:
                log.problem("the new configuration is not taken, the old one stays", mistake=str(mistake))
        except (MonitorError, OSError, MemoryError) as error:
            log.problem("the new configuration is not taken, the old one stays", error=str(error) or "no memory left")
        else:
            engine.services = app.services
            engine.try_watches()
            engine.learn_homes()
            for warning in warnings:
                log.problem("warning", mistake=str(warning))
            log.event("configuration taken", feeds=len(app.services.feeds), watches=len(app.services.settings.watches))
            engine.ring()
        notify("READY=1")


async def _watch_files(asked: asyncio.Event, app: App, log: Log, *, seen: tuple[Stamp, ...]) -> None:
    """Ask for a reload when a file of the configuration changes. Editors replace files: their folders are watched.

    What counts is what the files are, not what the watcher saw: a save while nobody watched is found by the next look.
    """
    while True:
        folders = {file.parent for file in app.loaded.files}
        try:
            async for _ in awatch(*folders, recursive=False, yield_on_timeout=True, rust_timeout=LOOK_MS):
                now = stamps_of(app.loaded.files)
                if now != seen:
                    seen = now
                    asked.set()
                if folders != {file.parent for file in app.loaded.files}:
                    break
        except OSError as error:
            log.problem("configuration files cannot be watched; send SIGHUP after a change", error=str(error))
            return


async def _warm_up(extractor: Extractor) -> None:
    """Read a page of our own: the first alert must not wait for what reading pages imports."""
    with contextlib.suppress(SourceError):
        await extractor.extract(Fetched("about:blank", PAGE, "text/html"))


async def _feed_watchdog(engine: LocalEngine) -> None:
    """Tell systemd that we live, only while the engine's loop turns; a service that hangs does not count."""
    interval = watchdog_interval()
    if interval is None:
        return
    turns = -1
    while True:
        if engine.counts.turns > turns:
            notify("WATCHDOG=1")
            turns = engine.counts.turns
        await asyncio.sleep(interval.total_seconds() / 2)


def _status(app: App, engine: LocalEngine) -> str:
    """Say in one line of 78 columns how things are."""
    running, counts = engine.running, engine.counts
    now = ", ".join(f"{number} {name}" for name, number in running.items() if number) or "waiting"
    return f"{len(app.services.feeds)} feeds | {now} | polled {counts.polled}, read {counts.read}, sent {counts.sent}"
