from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.storing import NOW, known_feeds

from monitor.errors import StoreError
from monitor.store import open_store
from monitor.store.views import ack_dead, open_views

HOLD = """
import sys
from monitor.store import open_store
with open_store(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""

# Holds a state, and forks a child that outlives it.
HOLD_AND_FORK = """
import os, sys, time
from monitor.store import open_store
with open_store(sys.argv[1]):
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        os.close(1)
        sys.stdin.read()
        os._exit(0)
    time.sleep(600)
"""


@contextmanager
def holder(state: str, program: str = HOLD) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a process that holds `state`; gives it with the first line it said."""
    with subprocess.Popen(
        [sys.executable, "-c", program, state], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_second_daemon_is_refused_in_one_line_that_names_the_state(state: str) -> None:
    with holder(state) as (_, said):
        assert said == "held"
        with pytest.raises(StoreError) as refused:
            open_store(state)
    text = str(refused.value)
    name = state.partition("?")[0].rpartition("/")[2]
    assert name in text
    assert text.endswith("another monitor is running on this state")
    assert "\n" not in text


def test_a_daemon_that_was_killed_never_keeps_the_next_one_out(state: str) -> None:
    with holder(state) as (process, _):
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
        open_store(state).close()


def test_a_daemon_that_ended_lets_the_next_one_in(state: str) -> None:
    with holder(state) as (process, _):
        process.communicate("", timeout=10)
        assert process.returncode == 0
        open_store(state).close()


def test_one_process_is_held_to_it_as_well(state: str) -> None:
    with open_store(state), pytest.raises(StoreError, match="another monitor is running"):
        open_store(state)
    open_store(state).close()


def test_a_refused_daemon_leaves_the_first_one_its_lock(state: str) -> None:
    with open_store(state):
        for _ in range(2):
            with pytest.raises(StoreError, match="another monitor is running"):
                open_store(state)


def test_a_forked_child_that_outlives_a_killed_daemon_keeps_nobody_out(empty_state: str) -> None:
    with holder(empty_state, HOLD_AND_FORK) as (process, child):
        try:
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=10)
            os.kill(int(child), 0)
            open_store(empty_state).close()
        finally:
            os.kill(int(child), signal.SIGKILL)


def test_a_forked_child_that_ends_takes_no_lock_with_it(empty_state: str) -> None:
    with open_store(empty_state):
        child = multiprocessing.get_context("fork").Process(target=os.getpid)
        child.start()
        child.join(timeout=10)
        with pytest.raises(StoreError, match="another monitor is running"):
            open_store(empty_state)


@pytest.fixture
def empty_state(tmp_path: Path) -> str:
    """The path of a SQLite state that is not there yet."""
    return str(tmp_path / "monitor.db")


def test_looking_and_acknowledging_need_no_lock(state: str) -> None:
    with holder(state):
        with open_views(state) as views:
            assert views.list_feeds() == ()
        assert ack_dead(state, now=NOW) == 0


def test_a_shared_store_works_beside_the_daemon(state: str) -> None:
    with holder(state), open_store(state, lock=False) as store:
        known_feeds(store, "dw")
        assert store.load_poll("dw").state.feed_id == "dw"
