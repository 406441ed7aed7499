"""Random kill -9 against the real process: nothing is lost, and every extra copy says that it is one.

A round is thirty kills. One is run with every change; a hundred before a release, each remembered when it has passed,
so that three thousand kills may be spread over several runs. What each round saw is appended to build/release.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from support.daemon import PATIENCE, Daemon
from support.rig import Rig, rig, webhook

KILLS = 30
AT_100_000 = 20
ROUNDS = 100
SEED = 20241206
BACK_WITHIN = 5.0  # seconds from a restart to the first poll, on a machine that does nothing else.
LEDGER = Path("build/release/kills.jsonl")
# What the daemon was at when it died, by what its database says; the first that holds counts.
PHASES = {
    "sending": "SELECT 1 FROM deliveries WHERE state = 'inflight'",
    "queueing": "SELECT 1 FROM deliveries WHERE state = 'pending'",
    "reading": "SELECT 1 FROM entries WHERE leased_until IS NOT NULL",
    "polling": "SELECT 1 FROM feeds WHERE leased_until IS NOT NULL",
}


def _phase(made: Rig) -> str:
    with closing(sqlite3.connect(made.database)) as database:
        return next((name for name, query in PHASES.items() if database.execute(query).fetchone()), "waiting")


def _restart(daemon: Daemon) -> float:
    """Start again, and return the seconds until the first poll."""
    before, started = len(daemon.lines), time.monotonic()
    daemon.start()
    daemon.wait_for("event=poll", "subject=wire ", after=before)
    return time.monotonic() - started


def _kill_often(made: Rig, daemon: Daemon, kills: int, dice: random.Random) -> tuple[Counter[str], float]:
    """Kill the daemon at random while reports come in; return what it was at, and the slowest way back."""
    pause, phases, slowest = threading.Event(), Counter[str](), 0.0
    for _ in range(kills):
        made.report(4)
        pause.wait(dice.uniform(0.05, 2.0))
        daemon.kill()
        phases[_phase(made)] += 1
        made.check_database()
        slowest = max(slowest, _restart(daemon))
    return phases, slowest


def _told(kills: int, phases: Counter[str], extra: int, alerts: int, slowest: float) -> None:
    """Print what a round saw and append it to the ledger."""
    seen = {"kills": kills, "alerts": alerts, "lost": 0, "extra": extra, "slowest_s": round(slowest, 2), **phases}
    print(f"\n{json.dumps(seen)}")  # noqa: T201 - the figures are what this is run for.
    if "CI" not in os.environ:
        LEDGER.parent.mkdir(parents=True, exist_ok=True)
        with LEDGER.open("a", encoding="utf-8") as ledger:
            ledger.write(json.dumps(seen) + "\n")


def _round(folder: Path, seed: int) -> float:
    """Kill the daemon thirty times and look for what was lost; return the slowest way back, in seconds."""
    dice = random.Random(seed)  # noqa: S311 - when to kill is no secret.
    with webhook() as channel, rig(channel, folder) as made:
        daemon = made.daemon()
        daemon.start()
        daemon.wait_for("event=poll", "first")
        phases, slowest = _kill_often(made, daemon, KILLS, dice)
        made.wait_until_all_arrived(seconds=60)
        assert daemon.stop() == 0
        extra = made.check_copies(at_most=4)
        _told(KILLS, phases, extra, len(made.reports), slowest)
    assert extra <= max(3, KILLS * 0.1)
    return slowest


@pytest.mark.slow
def test_thirty_random_kills_lose_nothing_and_label_every_extra_copy(tmp_path: Path) -> None:
    _round(tmp_path, SEED)


@pytest.mark.release
@pytest.mark.parametrize("number", range(1, ROUNDS + 1))
def test_three_thousand_random_kills_lose_nothing(number: int, tmp_path: Path) -> None:
    assert _round(tmp_path, SEED + number) < BACK_WITHIN * PATIENCE


@pytest.mark.release
def test_twenty_kills_beside_a_hundred_thousand_articles_lose_nothing(tmp_path: Path) -> None:
    dice = random.Random(SEED)  # noqa: S311 - when to kill is no secret.
    with webhook() as channel, rig(channel, tmp_path) as made:
        with made.daemon() as daemon:
            daemon.wait_for("event=poll", "first")
            assert daemon.stop() == 0
        _fill(made, 100_000)
        daemon = made.daemon()
        _restart(daemon)
        phases, slowest = _kill_often(made, daemon, AT_100_000, dice)
        made.wait_until_all_arrived(seconds=60)
        assert daemon.stop() == 0
        _told(AT_100_000, phases, made.check_copies(at_most=4), len(made.reports), slowest)
    assert slowest < BACK_WITHIN * PATIENCE


def _fill(made: Rig, count: int) -> None:
    """Copy the one old report so often, as articles that were read long ago."""
    with closing(sqlite3.connect(made.database)) as database:
        for table, id_column in (("entries", "id"), ("articles", "id")):
            row = database.execute(f"SELECT * FROM {table} LIMIT 1")  # noqa: S608 - names of our own.
            columns = [column[0] for column in row.description]
            first = dict(zip(columns, row.fetchone() or [], strict=False))
            if not first:
                continue
            rows = (_copied(first, id_column, number) for number in range(count))
            marks = ", ".join(f":{name}" for name in columns)
            database.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608
        database.commit()


def _copied(row: dict[str, object], id_column: str, number: int) -> dict[str, object]:
    article = f"old-{number}"
    changed: dict[str, object] = {id_column: article, "due_at": None, "body": "Old news. " * 200, "has_text": 1}
    if "article_id" in row:
        changed["article_id"] = article
    return row | {key: value for key, value in changed.items() if key in row}
