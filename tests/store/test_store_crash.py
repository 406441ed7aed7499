from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.storing import NOW, entry, known_feeds, polled, with_entries

from monitor.store import SqlStore, open_store

# Polls again and again: poll n stores five entries and the validator n. Says n when it is committed.
POLL = """
import sys
from dataclasses import replace
sys.path.insert(0, sys.argv[2])
from support.storing import entry, polled
from monitor.store import open_store
with open_store(sys.argv[1]) as store:
    start = int(store.load_poll("dw").state.etag or 0)
    for number in range(start + 1, 10_000):
        plan = polled(store, *(entry(f"{number}-{each}") for each in range(5)))
        store.commit_poll(replace(plan, state=replace(plan.state, etag=str(number))))
        print(number, flush=True)
"""

# Polls once, and stops for good in the middle of the transaction, when the statement that contains argv[3] has run.
STOP = """
import sys, time
sys.path.insert(0, sys.argv[2])
from support.statements import heard
from support.storing import entry, polled
from monitor.store import open_store
with open_store(sys.argv[1]) as store:
    plan = polled(store, *(entry(f"e{number}") for number in range(5)))
    def stop(connection, statement, parameters):
        if sys.argv[3] in statement:
            print("stopped", flush=True)
            time.sleep(600)
    with heard(store, after=stop):
        store.commit_poll(plan)
"""
TESTS = str(Path(__file__).parents[1])


def start(program: str, state: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, state, TESTS, *arguments], stdout=subprocess.PIPE, text=True
    )


def kill(process: subprocess.Popen[str]) -> str:
    """Kill -9, and return what was still said."""
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    assert process.stdout is not None
    with process.stdout as output:  # not communicate(), which leaves out what readline() read ahead.
        return output.read()


def polled_state(store: SqlStore, keys: list[str]) -> tuple[str | None, int]:
    return store.load_poll("dw").state.etag, len(store.load_known(keys))


def assert_sound(state: str) -> None:
    """Hold a SQLite file against its own checks."""
    if state.startswith("postgresql"):
        return
    with closing(sqlite3.connect(state)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("statement", ["UPDATE feeds", "INSERT INTO entries", "INSERT INTO identities"])
def test_entries_and_the_validators_that_vouch_for_them_die_together(state: str, statement: str) -> None:
    with open_store(state) as store:
        with_entries(store, entry("before"))
        before = store.load_poll("dw").state.etag
    process = start(STOP, state, statement)
    assert process.stdout is not None
    assert process.stdout.readline() == "stopped\n"
    kill(process)
    keys = [f"g:e{number}" for number in range(5)]
    with open_store(state) as store:
        assert polled_state(store, keys) == (before, 0)
        store.commit_poll(polled(store, *(entry(f"e{number}") for number in range(5)), at=NOW))
        assert polled_state(store, keys)[1] == 5
    assert_sound(state)


@pytest.mark.slow
def test_polls_that_are_killed_anywhere_are_whole_or_were_not(state: str) -> None:
    with open_store(state) as store:
        known_feeds(store, "dw")
    for polls in range(12):
        process = start(POLL, state)
        assert process.stdout is not None
        for _ in range(polls % 4 + 1):
            said = process.stdout.readline()
        said = (kill(process).split() or [said])[-1]
        with open_store(state) as store:
            etag = int(store.load_poll("dw").state.etag or 0)
            # What it said was committed is there; the poll it was killed in is there whole, or not at all.
            assert int(said) <= etag <= int(said) + 1
            keys = [f"g:{number}-{each}" for number in range(1, etag + 2) for each in range(5)]
            assert len(store.load_known(keys)) == 5 * etag
        assert_sound(state)
