"""A replacement of the state is whole or does not happen; what was lost is found; copies leave nothing else."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from support.storing import HOUR, NOW, entry, with_entries

from monitor.errors import StoreError
from monitor.store import open_store, upgrade
from monitor.store.replacing import aside_for
from monitor.store.restoring import back_up, restore

# Does one thing with a state on a disk where files can grow to 150,000 bytes only.
ON_A_FULL_DISK = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from monitor.errors import StoreError
from monitor.store import open_store
from monitor.store.restoring import restore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
state, backup = Path(sys.argv[1]), sys.argv[2]
try:
    restore(state, Path(backup), now=datetime.now(UTC)) if backup else open_store(state).close()
except StoreError:
    print("refused")
"""


def on_a_full_disk(state: Path, backup: Path | None = None) -> str:
    words = [sys.executable, "-c", ON_A_FULL_DISK, str(state), str(backup or "")]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def damaged(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: 4096 * 3] + b"\xff" * 4096 * 20 + whole[4096 * 23 :])


def backed_up(folder: Path) -> tuple[Path, Path]:
    """Make a state with entries, and a nightly backup of it."""
    path = folder / "monitor.db"
    with open_store(path) as store:
        with_entries(store, *(entry(f"e{number}") for number in range(100)))
        backup = store.back_up_nightly(now=NOW)
    assert backup is not None
    return path, backup


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_repair_that_the_disk_refuses_leaves_the_state_for_the_next_start(tmp_path: Path) -> None:
    path, backup = backed_up(tmp_path)
    damaged(path)
    before = path.read_bytes()
    assert on_a_full_disk(path) == "refused"
    assert path.read_bytes() == before
    assert names(tmp_path) == ["monitor.db", backup.name, "monitor.db.lock"]
    with open_store(path) as store:
        assert store.mended is not None
        assert store.mended.restored == backup
        assert len(store.load_known(["g:e1"])) == 1


def test_a_restore_that_the_disk_refuses_leaves_the_state_as_it_was(tmp_path: Path) -> None:
    path, backup = backed_up(tmp_path)
    with open_store(path) as store:
        with_entries(store, entry("later"))
    assert on_a_full_disk(path, backup) == "refused"
    with open_store(path) as store:
        assert store.mended is None
        assert len(store.load_known(["g:later"])) == 1


@pytest.mark.parametrize("moved", [False, True], ids=["before the state was moved", "after the state was moved"])
def test_a_replacement_that_was_killed_half_way_is_ended_at_the_next_start(tmp_path: Path, moved: bool) -> None:
    path, backup = backed_up(tmp_path)
    ready, aside = (tmp_path / f"monitor.db.{word}" for word in ("ready-replaced-T", "replaced-T"))
    backup.replace(ready)
    old = path.read_bytes()
    if moved:
        path.replace(aside)
    Path(f"{path}-wal").write_bytes(b"an old log")
    with open_store(path) as store:
        assert len(store.load_known(["g:e1"])) == 1
    assert (aside.read_bytes(), Path(f"{aside}-wal").read_bytes()) == (old, b"an old log")
    assert not ready.exists()


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("lose", [Path.unlink, empty], ids=["missing", "empty"])
def test_a_state_that_is_lost_beside_its_backup_is_brought_back_and_told_of(tmp_path: Path, lose: object) -> None:
    path, backup = backed_up(tmp_path)
    assert callable(lose)
    lose(path)
    with open_store(path) as store:
        assert store.mended is not None
        assert (store.mended.restored, store.mended.aside) == (backup, None)
        assert store.mended.reason.startswith("the file was ")
        assert len(store.load_known(["g:e1"])) == 1


def test_an_upgrade_does_not_hide_that_the_state_is_lost(tmp_path: Path) -> None:
    path, backup = backed_up(tmp_path)
    path.unlink()
    upgrade(path)
    with open_store(path) as store:
        assert store.mended is not None
        assert store.mended.restored == backup


def test_a_state_that_is_missing_beside_a_damaged_one_begins_anew_and_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    (tmp_path / "monitor.db.damaged-20241206T120000Z").write_bytes(b"what is left")
    with open_store(path) as store:
        assert store.mended is not None
        assert store.mended.restored is None


def test_a_state_that_never_was_is_no_loss(tmp_path: Path) -> None:
    with open_store(tmp_path / "monitor.db") as store:
        assert store.mended is None


def test_what_was_replaced_is_found_at_each_start_until_it_is_told(tmp_path: Path) -> None:
    path, _ = backed_up(tmp_path)
    damaged(path)
    with open_store(path) as store:
        first = store.mended
    with open_store(path) as store:
        assert store.mended == first
        assert first is not None
        store.forget_damage()
    with open_store(path) as store:
        assert store.mended is None


def test_no_name_is_given_twice_to_what_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    first = aside_for(path, "damaged", NOW)
    first.touch()
    assert aside_for(path, "damaged", NOW) == aside_for(path, "damaged", NOW + timedelta(seconds=1)) != first


def test_one_file_has_one_lock_whatever_it_is_reached_by(tmp_path: Path) -> None:
    path, backup = backed_up(tmp_path)
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(path)
    with open_store(path):
        with pytest.raises(StoreError, match="another monitor is running"):
            open_store(link)
        with pytest.raises(StoreError, match="another monitor is running"):
            restore(link, backup, now=NOW)
    assert restore(link, backup, now=NOW) == tmp_path / "monitor.db.replaced-20241206T120000Z"
    assert (link.is_symlink(), names(link.parent)) == (True, ["link.db"])


def test_copies_leave_nothing_beside_them_and_what_a_kill_left_is_swept(tmp_path: Path) -> None:
    path, backup = backed_up(tmp_path)
    back_up(path, tmp_path / "copy.db")
    assert names(tmp_path) == ["copy.db", "monitor.db", backup.name, "monitor.db.lock"]
    for stray in ("part", "part-journal", "backup-20241205T120000Z.new", "backup-20241205T120000Z.new.part-wal"):
        (tmp_path / f"monitor.db.{stray}").write_bytes(b"cut short")
    with open_store(path) as store:
        store.back_up_nightly(now=NOW + HOUR)
    found = [name for name in names(tmp_path) if "backup-" in name]
    assert found == ["monitor.db.backup-20241206T120000Z", "monitor.db.backup-20241206T130000Z"]
    assert not list(tmp_path.glob("*.part*"))


def test_what_is_not_there_and_the_state_itself_are_not_backed_up(tmp_path: Path) -> None:
    path, _ = backed_up(tmp_path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="the state itself"):
        back_up(path, path)
    with pytest.raises(StoreError, match="there is no state here to copy"):
        back_up(tmp_path / "typo.db", tmp_path / "copy.db")
    assert path.read_bytes() == before
    assert not {"typo.db", "copy.db"} & set(names(tmp_path))
