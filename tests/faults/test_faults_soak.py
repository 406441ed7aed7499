"""Ten hours of news and faults in ten minutes: nothing grows, nothing is lost, and nothing is told twice."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

import pytest
from support.daemon import Daemon
from support.soaking import FEEDS, Sample, sample, soaking

SEED = 20241206
LEDGER = Path("build/release/soak.jsonl")
LATEST = 60  # seconds in which one more report must be told, once all is well, until all are.
MOST_GROWTH = 0.05
MOST_DESCRIPTORS = 3  # that one moment may differ from another by: a fetch or a message on its way.


async def soak(folder: Path, *, seconds: float, every: float) -> list[Sample]:
    """Run a daemon through a day; check that each report was told once; return what was measured on the way."""
    async with soaking(SEED) as (day, channel):
        daemon = Daemon(day.configure(folder, channel))
        await asyncio.to_thread(daemon.start)
        try:
            await asyncio.to_thread(daemon.wait_for_count, FEEDS, "event=poll", "first", seconds=90)
            day.begin()
            measured = asyncio.create_task(measure(daemon, seconds))
            await day.report_for(seconds, every=every)
            samples = await measured
            await day.end()
            await until_told(day.taken, len(day.titles))
            taken = day.taken()
            tell(samples, reports=len(day.titles), told=len(taken), faults=dict(day.faults), seconds=seconds)
            assert await asyncio.to_thread(daemon.stop, 60) == 0, daemon.lines[-40:]
        finally:
            await asyncio.to_thread(daemon.kill)
    assert {title: count for title, count in taken.items() if count > 1} == {}
    assert [title for title in day.titles if title not in taken] == [], left(folder)
    return samples


def left(folder: Path) -> str:
    """Say what the state holds, for who has to find out why something was not told."""
    with closing(sqlite3.connect(folder / "state" / "monitor.db")) as database:
        queries = (
            "SELECT state, announce, count(*) FROM entries GROUP BY 1, 2",
            "SELECT state, count(*) FROM deliveries GROUP BY 1",
            "SELECT reason, count(*) FROM alerts GROUP BY 1",
            "SELECT id, failures, error, next_poll_at FROM feeds WHERE failures > 0",
        )
        return "\n".join(str(database.execute(query).fetchall()) for query in queries)


async def measure(daemon: Daemon, seconds: float) -> list[Sample]:
    """Look at the daemon once a second for so long."""
    found = []
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        found.append(sample(daemon.process.pid))
        await asyncio.sleep(1)
    return found


async def until_told(taken: Callable[[], Counter[str]], count: int) -> None:
    """Wait until so many reports were told, or until nothing is told any more."""
    loop = asyncio.get_running_loop()
    told, since = len(taken()), loop.time()
    while told < count and loop.time() - since < LATEST:
        await asyncio.sleep(0.5)
        if (now_told := len(taken())) > told:
            told, since = now_told, loop.time()


def growth(values: Sequence[int]) -> float:
    """Return by how much the last tenth of the values is above the tenth that begins at half, both at the median."""
    tenth = max(len(values) // 10, 1)
    begin = median(values[len(values) // 2 :][:tenth])
    return float(median(values[-tenth:]) / begin - 1)


def tell(samples: Sequence[Sample], **seen: object) -> None:
    """Print what was seen, and append it to the ledger."""
    own, tree = [one.own for one in samples], [one.tree for one in samples]
    descriptors = [one.descriptors for one in samples]
    figures = {
        **seen,
        "own_mb": [round(value / 1e6) for value in own[:: max(len(own) // 10, 1)]],
        "tree_mb": [round(value / 1e6) for value in tree[:: max(len(tree) // 10, 1)]],
        "descriptors": descriptors[:: max(len(descriptors) // 10, 1)],
        "own_growth": round(growth(own), 4),
        "tree_growth": round(growth(tree), 4),
    }
    print(f"\n{json.dumps(figures)}")  # noqa: T201 - the figures are what this is run for.
    if "CI" not in os.environ:
        LEDGER.parent.mkdir(parents=True, exist_ok=True)
        with LEDGER.open("a", encoding="utf-8") as ledger:
            ledger.write(json.dumps(figures) + "\n")


@pytest.mark.slow
async def test_a_quarter_of_a_minute_of_faults_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    await soak(tmp_path, seconds=15, every=0.5)


@pytest.mark.release
async def test_ten_hours_of_faults_in_ten_minutes_leave_the_daemon_as_it_was(tmp_path: Path) -> None:
    samples = await soak(tmp_path, seconds=600, every=1.0)
    assert growth([one.own for one in samples]) < MOST_GROWTH
    assert growth([one.tree for one in samples]) < MOST_GROWTH
    half = len(samples) // 2
    first, second = ([one.descriptors for one in part] for part in (samples[:half], samples[half:]))
    assert median(second) <= median(first) + MOST_DESCRIPTORS
