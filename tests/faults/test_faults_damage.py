"""A database damaged at the start or under a running daemon is replaced and told of, and watching goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.rig import Rig, rig, webhook

PAGE = 4096


def damage(path: Path) -> None:
    """Overwrite the pages of the tables that each turn looks at; the schema stays whole."""
    with closing(sqlite3.connect(path)) as connection:
        roots = connection.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 0").fetchall()
    with path.open("r+b") as file:
        for (root,) in roots:
            file.seek((root - 1) * PAGE)
            file.write(b"\xff" * PAGE)


def first_poll(made: Rig) -> None:
    with made.daemon() as daemon:
        daemon.wait_for("event=poll", "first")
        assert daemon.stop() == 0


@pytest.mark.slow
def test_a_state_found_damaged_at_the_start_is_replaced_and_told_of(tmp_path: Path) -> None:
    with webhook() as channel, rig(channel, tmp_path) as made:
        first_poll(made)
        damage(made.database)
        with made.daemon() as healed:
            healed.wait_for("event=poll", "first")
            made.report()
            made.wait_until_all_arrived()
            assert healed.stop() == 0
        assert any("The database was damaged" in text for text in channel.taken())
        assert len(list(made.database.parent.glob("monitor.db.damaged-*Z"))) == 1
        made.check_database()
        made.check_copies()


@pytest.mark.slow
def test_a_state_damaged_under_a_running_daemon_is_replaced_and_watching_goes_on(tmp_path: Path) -> None:
    with webhook() as channel, rig(channel, tmp_path) as made:
        first_poll(made)
        with made.daemon() as daemon:
            daemon.wait_for("event=running")
            damage(made.database)
            daemon.wait_for("the database has been replaced")
            daemon.wait_for("event=poll", "first")
            made.report()
            made.wait_until_all_arrived()
            assert daemon.stop() == 0
        assert any("The database was damaged" in text for text in channel.taken())
        made.check_database()
        made.check_copies()
