"""What replaced a lost state is told once, also if the daemon is killed between telling and remembering that."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from support.config import FEED, WATCH, write

from monitor.app import open_app
from monitor.log import NoLog
from monitor.planning.noticed import Kind
from monitor.store import open_store
from monitor.store.coverage import list_incidents

CHANNEL = '[[channel]]\nid = "desk"\nurl = "json://127.0.0.1:9"\n'


async def test_a_lost_state_is_told_once_however_often_the_telling_is_cut_short(tmp_path: Path) -> None:
    write(tmp_path, FEED + CHANNEL + WATCH)
    state = tmp_path / "state/monitor.db"
    with open_store(state) as store:
        store.back_up_nightly(now=datetime.now(UTC))
    state.unlink()
    open_store(state).close()
    note = state.with_name("monitor.db.untold")
    untold = note.read_bytes()
    for _ in range(2):
        note.write_bytes(untold)
        async with open_app(tmp_path / "config.toml", NoLog()) as app:
            assert app.mended
            waiting = app.services.store.has_due_delivery(("desk",), now=datetime.now(UTC))
    assert waiting
    assert not note.exists()
    assert [one.kind for one in list_incidents(state)] == [Kind.STATE]
