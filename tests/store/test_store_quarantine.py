"""A damaged state is moved aside for the newest sound backup; backups are whole, and restored only without a daemon."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.storing import (
    HOUR,
    NOW,
    delivery,
    entry,
    known_feeds,
    polled,
    read_plan,
    with_alerts,
    with_delivery,
    with_entries,
)
from support.storing import alert as an_alert

from monitor.errors import StoreError
from monitor.planning.again import FIRST_AGAIN
from monitor.planning.work import NewAlert
from monitor.store import open_store
from monitor.store.database import connect
from monitor.store.quarantine import find_damage, mend
from monitor.store.replacing import is_sound, is_whole
from monitor.store.restoring import NIGHTLY, back_up, backups_of, restore
from monitor.store.untold import Damage


def damaged(path: Path) -> None:
    """Overwrite pages in the middle of a file."""
    whole = path.read_bytes()
    path.write_bytes(whole[: 4096 * 3] + b"\xff" * 4096 * 20 + whole[4096 * 23 :])


def filled(path: Path) -> Path:
    with open_store(path) as store:
        with_entries(store, *(entry(f"e{number}") for number in range(100)))
    return path


def test_a_sound_state_is_left_as_it_is(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    with open_store(path) as store:
        assert store.mended is None
        assert len(store.load_known(["g:e1"])) == 1
    assert find_damage(path) is None
    assert not list(tmp_path.glob("*damaged*"))


def test_a_damaged_state_without_a_backup_is_moved_aside_and_begun_anew(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    damaged(path)
    bytes_before = path.read_bytes()
    with open_store(path) as store:
        assert store.mended is not None
        assert store.mended.aside is not None
        assert (store.mended.restored, store.mended.aside.read_bytes()) == (None, bytes_before)
        assert store.load_known(["g:e1"]) == ()
        store.forget_damage()
        with_entries(store, entry("after"))
    assert path.stat().st_mode & 0o777 == 0o600
    with open_store(path) as store:
        assert store.mended is None


def test_a_damaged_state_is_replaced_by_its_newest_sound_backup(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    with open_store(path) as store:
        first = store.back_up_nightly(now=NOW)
        with_entries(store, entry("later"))
        second = store.back_up_nightly(now=NOW + 24 * HOUR)
    assert first is not None
    assert second is not None
    damaged(path)
    damaged(second)
    with open_store(path) as store:
        assert store.mended is not None
        assert store.mended.restored == first
        assert len(store.load_known(["g:e1", "g:later"])) == 1


def test_a_damaged_beginning_is_ours_where_a_backup_lies_beside_it(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    with open_store(path) as store:
        store.back_up_nightly(now=NOW)
    path.write_bytes(b"\xff" * 4096 + path.read_bytes()[4096:])
    with open_store(path) as store:
        assert store.mended is not None
        assert len(store.load_known(["g:e1"])) == 1


def test_after_a_restore_polls_are_first_ones_and_what_waited_says_that_it_may_be_a_repeat(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    with open_store(path) as store:
        store.commit_poll(polled(store, at=NOW))
        with_delivery(store, "waits")
        store.back_up_nightly(now=NOW)
    damaged(path)
    with open_store(path) as store:
        state = store.load_poll("dw").state
        assert (state.first_success_at, state.etag, state.body_digest) == (None, None, FIRST_AGAIN)
        work = store.load_send("waits", now=NOW)
        assert work is not None
        assert work.delivery.repeats == 1


def test_what_waited_to_be_read_when_a_backup_was_made_is_told_as_a_possible_repeat(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    with open_store(path) as store:
        backup = store.back_up_nightly(now=NOW)
    assert backup is not None
    restore(path, backup, now=NOW)
    with open_store(path) as store:
        with_entries(store, entry("fresh"))
        for name in ("e1", "fresh"):
            told = an_alert(name, article_id=f"article-{name}")
            tell = NewAlert(told, (delivery(f"to-{name}", told),))
            assert store.commit_read(read_plan(store, name, tell=tell))
        sent = [store.load_send(f"to-{name}", now=NOW) for name in ("e1", "fresh")]
        assert [work.delivery.repeats for work in sent if work] == [1, 0]
        assert len(store.load_known(["!e2", "!e1"])) == 1


def test_after_a_loss_no_backfill_of_a_feed_that_is_not_known_is_news(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    with open_store(path) as store:
        known_feeds(store, "dw", "new")
        store.commit_poll(polled(store, at=NOW))
        store.announce_no_backfill()
        assert store.load_poll("new").state.body_digest == FIRST_AGAIN
        assert store.load_poll("dw").state.body_digest != FIRST_AGAIN


def test_nightly_backups_are_two_and_for_their_owner_alone(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    with open_store(path) as store:
        made = [store.back_up_nightly(now=NOW + day * timedelta(days=1)) for day in range(4)]
    assert list(backups_of(path)) == [made[3], made[2]]
    assert len(backups_of(path)) == NIGHTLY
    assert {one.stat().st_mode & 0o777 for one in backups_of(path)} == {0o600}


def test_a_damaged_state_is_not_backed_up_over_a_sound_backup(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    with open_store(path) as store:
        kept = store.back_up_nightly(now=NOW)
        damaged(path)
        with pytest.raises(StoreError, match="damaged"):
            store.back_up_nightly(now=NOW + HOUR)
        assert store.damage
    assert backups_of(path) == (kept,)


def test_a_backup_is_made_beside_a_daemon_and_restored_without_one(tmp_path: Path) -> None:
    path, copy = filled(tmp_path / "monitor.db"), tmp_path / "copy.db"
    with open_store(path) as store:
        back_up(path, copy)
        with_alerts(store, NewAlert(an_alert("late"), (delivery("d", an_alert("late")),)))
        with pytest.raises(StoreError, match="another monitor is running"):
            restore(path, copy, now=NOW)
    aside = restore(path, copy, now=NOW)
    assert aside == tmp_path / "monitor.db.replaced-20241206T120000Z"
    with open_store(path) as store:
        assert store.load_send("d", now=NOW) is None
        assert len(store.load_known(["g:e1"])) == 1


def test_what_is_no_sound_state_of_ours_is_not_restored(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    before = path.read_bytes()
    text, broken = tmp_path / "notes.txt", tmp_path / "broken.db"
    text.write_text("a shopping list " * 100, encoding="utf-8")
    broken.write_bytes(before)
    damaged(broken)
    for source in (text, broken, tmp_path / "nowhere.db"):
        with pytest.raises(StoreError, match=r"no sound database|no such file"):
            restore(path, source, now=NOW)
    with pytest.raises(StoreError, match="the state itself"):
        restore(path, path, now=NOW)
    assert path.read_bytes() == before


def test_a_lost_state_whose_replacement_was_cut_short_is_replaced_by_the_next_start(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    with open_store(path) as store:
        backup = store.back_up_nightly(now=NOW)
    path.unlink()
    code = "import sys; from monitor.store import open_store; open_store(sys.argv[1])"
    dead = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env={**os.environ, "MONITOR_FAILPOINT": "replacement-ready"},
        check=False,
    )
    assert dead.returncode == -signal.SIGKILL
    with open_store(path) as store:
        assert store.mended is not None
        assert (store.mended.restored, store.mended.reason) == (backup, "the file was missing")
        assert len(store.load_known(["g:e1"])) == 1


def test_a_copy_that_was_made_by_hand_is_no_nightly_one(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    own = tmp_path / "monitor.db.backup-before-upgradeZ"
    back_up(path, own)
    kept = [own, *(tmp_path / name for name in ("monitor.db.part2.toml", "monitor.db.backup-pre.newest"))]
    for each in kept[1:]:
        each.write_text("ours")
    with open_store(path) as store:
        made = [store.back_up_nightly(now=NOW + day * timedelta(days=1)) for day in range(3)]
    assert list(backups_of(path)) == [made[2], made[1]]
    assert all(each.exists() for each in kept)
    with pytest.raises(StoreError, match="choose another name"):
        back_up(path, tmp_path / "monitor.db.backup-20200101T000000Z")


def test_a_nightly_copy_of_a_clock_that_was_ahead_is_the_last_that_is_asked(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    with open_store(path) as store:
        ahead = store.back_up_nightly(now=datetime.now(UTC) + timedelta(days=4000))
        tonight = store.back_up_nightly(now=NOW)
        assert backups_of(path) == (tonight, ahead)
        tomorrow = store.back_up_nightly(now=NOW + timedelta(days=1))
    assert backups_of(path) == (tomorrow, tonight)


def test_what_cannot_be_looked_at_is_not_called_damaged(tmp_path: Path) -> None:
    assert not is_sound(tmp_path)
    with pytest.raises(sqlite3.OperationalError):
        is_whole(tmp_path)
    path = filled(tmp_path / "monitor.db")
    assert is_whole(path)
    damaged(path)
    assert not is_whole(path)


def test_a_restore_by_hand_is_told_by_the_next_daemon_and_nothing_else_is(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    copy = tmp_path / "copy.db"
    back_up(path, copy)
    damaged(path)
    with open_store(path) as store:
        assert store.mended is not None
        assert store.mended.reason
    aside = restore(path, copy, now=NOW)
    for _ in range(2):
        with open_store(path) as store:
            assert store.mended == Damage("", aside, copy, NOW.isoformat())
    with open_store(path) as store:
        store.forget_damage()
    with open_store(path) as store:
        assert store.mended is None


def test_damaged_files_are_kept_but_not_without_end(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    for number in range(6):
        path.with_name(f"monitor.db.damaged-2024120{number}T000000Z").write_text("x")
    damaged(path)
    with open_store(path):
        pass
    left = sorted(each.name[-17:] for each in tmp_path.glob("*.damaged-*Z"))
    assert left[:2] == ["-20241200T000000Z", "-20241205T000000Z"]
    assert len(left) == 3


@pytest.mark.parametrize("name", ["-wal", ".lock", ".untold", ".part", ".ready-replaced-x"])
def test_no_copy_is_made_under_a_name_that_the_state_needs(tmp_path: Path, name: str) -> None:
    path = filled(tmp_path / "monitor.db")
    with pytest.raises(StoreError, match="choose another"):
        back_up(path, tmp_path / f"monitor.db{name}")
    back_up(path, tmp_path / f"copy.db{name}")


def test_a_state_does_not_begin_anew_while_a_backup_cannot_be_looked_at(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    damaged(path)
    before = path.read_bytes()
    hidden = tmp_path / "monitor.db.backup-20241207T120000Z"
    hidden.mkdir()
    with pytest.raises(StoreError, match="this backup cannot be looked at"):
        open_store(path)
    assert path.read_bytes() == before
    hidden.rmdir()
    with open_store(path) as store:
        assert store.mended is not None


def test_an_older_backup_is_taken_where_the_newest_cannot_be_looked_at(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    with open_store(path) as store:
        backup = store.back_up_nightly(now=NOW)
    (tmp_path / "monitor.db.backup-20241207T120000Z").mkdir()
    damaged(path)
    with open_store(path) as store:
        assert store.mended is not None
        assert store.mended.restored == backup


def test_a_state_that_is_damaged_again_and_again_is_replaced_twice_an_hour_at_most(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    whole = path.read_bytes()
    database = connect(str(path))
    told = []
    for minutes in (0, 10, 20, 30, 61):
        path.write_bytes(whole)
        damaged(path)
        mend(database, now=NOW + timedelta(minutes=minutes))
        told.append(path.stat().st_size == 0)
    database.close()
    assert told == [True, True, False, False, True]


def test_a_lost_state_comes_back_however_often_it_was_damaged(tmp_path: Path) -> None:
    path = filled(tmp_path / "monitor.db")
    with open_store(path) as store:
        backup = store.back_up_nightly(now=NOW)
    for second in range(3):
        path.with_name(f"monitor.db.damaged-20241206T11000{second}Z").touch()
    path.unlink()
    database = connect(str(path))
    done = mend(database, now=NOW)
    database.close()
    assert done == Damage("the file was missing", None, backup, NOW.isoformat())
