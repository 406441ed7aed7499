"""Damage that a whole check has not found is not believed for a while, and believed again after it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from support.config import FEED, WATCH, write

from monitor.app import open_app
from monitor.daemon import doubt
from monitor.engine.local import LocalEngine
from monitor.log import NoLog

CHANNEL = '[[channel]]\nid = "desk"\nurl = "console://"\n'


async def test_damage_is_doubted_for_a_while_only(tmp_path: Path) -> None:
    write(tmp_path, FEED + CHANNEL + WATCH)
    async with open_app(tmp_path / "config.toml", NoLog()) as app:
        engine = LocalEngine(app.services)
        doubt(engine, NoLog(), lasting=timedelta(milliseconds=20))
        assert not engine.heals
        later = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, later.set)
        await later.wait()
        assert engine.heals
