"""A replacement that is killed at any of its steps is ended by the next start, and told as what it was."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.storing import NOW, entry, with_entries

from monitor.store import open_store

STEP = "os.rename"  # between two of these, nothing is decided.
MANY = 50  # renamings, more than any replacement takes.


def killed_at(step: int, folder: Path, work: Callable[[], object]) -> bool:
    """Do `work` in a child that dies before its `step`th renaming in `folder`; False if it needed fewer."""
    child = os.fork()
    if child == 0:
        left = step

        def count(event: str, words: tuple[object, ...]) -> None:
            nonlocal left
            if event == STEP and str(folder) in str(words[0]):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        try:
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def lost(path: Path) -> None:
    path.unlink()


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def damaged(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: 4096 * 3] + b"\xff" * 4096 * 20 + whole[4096 * 23 :])


@pytest.mark.parametrize("harm", [lost, emptied, damaged])
def test_a_replacement_killed_at_any_step_ends_with_the_backup_in_place(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    with open_store(tmp_path / "made" / "monitor.db") as store:
        with_entries(store, *(entry(f"e{number}") for number in range(100)))
        store.back_up_nightly(now=NOW)
    harm(tmp_path / "made" / "monitor.db")
    for step in range(MANY):
        folder = tmp_path / str(step)
        path = Path(shutil.copytree(tmp_path / "made", folder)) / "monitor.db"
        killed = killed_at(step, folder, lambda path=path: open_store(path))  # type: ignore[misc]
        with open_store(path) as store:
            assert store.mended is not None, step
            assert store.mended.restored == next(folder.glob("*.backup-*Z")), step
            assert len(store.load_known(["g:e1"])) == 1, step
            assert (store.mended.aside is not None) == (harm is damaged), step
        shutil.rmtree(folder)
        if not killed:
            break
    assert 1 < step < MANY - 1
