"""Measure several processes on one state: `python tests/bench/bench_fleet.py [--quick] [--write] [--delay S]`.

First, polls a second of one daemon, and of one with a worker, on a real PostgreSQL that writes to disk and a farm that
takes its time to answer. Then what a poll and a claim cost where, the claim among a million feeds. Last, a simulation
with these costs, seeded, of a million feeds that are asked every fifteen minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.benchpage import append, machine
from support.farm import Farm, farm
from support.fleet import Window, fleet
from support.fleetcosts import ENTRIES, LOOK, NEW, UNCHANGED, Call, explain, fill, measure
from support.fleetsim import Assumptions, Cost, Kind, Outcome
from support.fleetsim import Fleet as Simulated
from support.postgres import DURABLE, Server, running_server

TARGET = 1.8
BATCHES = (1, 8, 32, 128)
SHARES = {"304": 0.85, "unchanged": 0.05, "one": 0.10}  # of all polls; assumed.
NAMES = {"304": "unchanged, 304", "unchanged": "unchanged, 200 without validators", "one": "one new entry in 30, read"}
WORKERS = (3, 4, 5, 6, 7, 8, 10, 12)
GOOD_LAG = 5.0  # seconds, p99: what one daemon with 10,000 feeds is to keep.
ENOUGH = 3  # numbers of workers that keep up, and are shown.


@dataclass(frozen=True, slots=True)
class Size:
    """How much of each is done."""

    seconds: float
    busy: int  # feeds that are asked as often as can be.
    real: int  # feeds whose documents are read.
    stored: int  # feeds among which it is claimed.
    times: int


QUICK = Size(seconds=12, busy=1_500, real=60, stored=100_000, times=30)
FULL = Size(seconds=30, busy=3_000, real=300, stored=1_000_000, times=200)


def say(*cells: object) -> None:
    """Print one row."""
    print("  ".join(f"{cell!s:>9}" for cell in cells), flush=True)  # noqa: T201 - its output.


# --- a worker beside the daemon -------------------------------------------------------------------------------------

SHARED_HEAD = (
    "answers after",
    "processes",
    "polls/s",
    "times one",
    "CPU ms a poll: each process",
    "PostgreSQL",
    "cores",
)


def share(server: Server, farmed: Farm, folder: Path, size: Size, delays: Sequence[float]) -> list[tuple[str, ...]]:
    """Let one process poll as much as it can, then two, then one again; for answers that take so long."""
    rows: list[tuple[str, ...]] = []
    for delay in delays:
        farmed.put(0, delay=delay, quiet=True)
        name = f"share{delay:g}".replace(".", "_")
        with fleet(server, farmed, folder / name, feeds=size.busy, every="1s", quiet=True) as held:
            held.start("run")
            first = held.measure(size.seconds)
            held.start("worker")
            both = held.measure(size.seconds)
            held.stop(1)
            again = held.measure(size.seconds)
        one = (first.rate + again.rate) / 2
        rows += [_shared(delay, "one, before", first, one), _shared(delay, "two", both, one)]
        rows.append(_shared(delay, "one, after", again, one))
        for row in rows[-3:]:
            say(*row)
        verdict = "reached" if both.rate / one >= TARGET else "MISSED"
        say(f"answers after {delay:g} s: two are {both.rate / one:.2f} times one; target {TARGET:g}: {verdict}")
    return rows


def _shared(delay: float, processes: str, window: Window, one: float) -> tuple[str, ...]:
    each = " + ".join(f"{window.each(spent):.2f}" for spent in window.processes)
    return (
        f"{delay:g} s",
        processes,
        f"{window.rate:.0f}",
        f"{window.rate / one:.2f}",
        each,
        f"{window.each(window.database):.2f}",
        f"{window.cores:.2f}",
    )


# --- what a poll costs ----------------------------------------------------------------------------------------------

COST_HEAD = ("poll", "process, CPU ms", "its children, CPU ms", "PostgreSQL, CPU ms")


def poll_costs(server: Server, farmed: Farm, folder: Path, size: Size) -> dict[str, Window]:
    """Poll real documents with one daemon; return what each kind of poll costs."""
    found: dict[str, Window] = {}
    farmed.put(size.real)
    with fleet(server, farmed, folder / "costs", feeds=size.real, every="12h", quiet=False) as held:
        begun = datetime.now(UTC)
        held.start("run")
        held.wait_for_all(size.real, since=begun)
        for phase in SHARES:
            farmed.put(size.real, version=phase == "one", validators=phase != "unchanged")
            found[phase] = held.poll_all(size.real)
            say(*_costly(phase, found[phase]))
    return found


def _costly(phase: str, window: Window) -> tuple[str, ...]:
    spent = (sum(window.processes), window.children, window.database)
    return (NAMES[phase], *(f"{window.each(one):.1f}" for one in spent))


CALL_HEAD = ("call of the store", "p50 ms", "p99 ms", "round trips", "process, CPU ms", "PostgreSQL, CPU ms")


def _called(call: Call) -> tuple[str, ...]:
    times = (call.at(0.5), call.at(0.99))
    return (call.name, *(f"{one:.1f}" for one in times), f"{call.trips:g}", f"{call.own:.2f}", f"{call.database:.2f}")


# --- a million feeds ------------------------------------------------------------------------------------------------

SIM_HEAD = (
    "workers",
    "polls/s",
    "due and not asked",
    "lag p50 s",
    "lag p99 s",
    "a worker's core",
    "its children's",
    "its connection",
    "PostgreSQL's four cores",
    "claims/s",
    "feeds a claim",
)


def cost(call: Call) -> Cost:
    """Return a measured call in seconds, without what it waited here for a core that others had.

    What is news waits for the disk as well, and counts as it was.
    """
    busy = 1.0 if call.name == NEW else min(1.0, (call.own + call.database) / call.mean)
    return Cost(tuple(one * busy / 1000 for one in call.times), call.database / 1000, call.trips)


def together(*costs: Cost) -> Cost:
    """Return several calls as one."""
    times = tuple(sum(each) for each in zip(*(one.times for one in costs), strict=True))
    return Cost(times, sum(one.database for one in costs), sum(one.trips for one in costs))


def simulate(windows: dict[str, Window], calls: Sequence[Call], given: Assumptions) -> list[Outcome]:
    """Try more and more workers until some of them keep up."""
    by_name = {call.name: cost(call) for call in calls}
    around = (by_name[ENTRIES], by_name[LOOK])
    turns = {size: together(by_name[f"claim of {size}"], *around) for size in BATCHES}

    def turn(wanted: int) -> Cost:
        return next((turns[size] for size in BATCHES if size >= wanted), turns[BATCHES[-1]])

    unchanged, new = by_name[UNCHANGED], by_name[NEW]
    kinds = [
        Kind(
            phase,
            SHARES[phase],
            windows[phase].each(sum(windows[phase].processes)) / 1000,
            windows[phase].each(windows[phase].children) / 1000,
            (new,) if phase == "one" else (unchanged,),
        )
        for phase in SHARES
    ]
    found: list[Outcome] = []
    for workers in WORKERS:
        found.append(Simulated(workers, kinds, turn, given, seed=workers).run())
        say(*_simulated(found[-1]))
        if sum(one.lag(0.99) < GOOD_LAG for one in found) >= ENOUGH:
            break
    return found


def _simulated(one: Outcome) -> tuple[str, ...]:
    busy = (one.core, one.children, one.connection, one.database)
    return (
        str(one.workers),
        f"{one.rate:.0f}",
        str(one.backlog),
        f"{one.lag(0.5):.2f}",
        f"{one.lag(0.99):.2f}",
        *(f"{share:.0%}" for share in busy),
        f"{one.claims:.0f}",
        f"{one.batch:.0f}",
    )


def main() -> None:
    """Print, and with --write append to docs/performance.md, what was measured and simulated."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="less of everything: within two minutes")
    parser.add_argument("--write", action="store_true", help="append the tables to docs/performance.md")
    parser.add_argument("--delay", type=float, action="append", help="seconds that the farm takes to answer")
    asked = parser.parse_args()
    size = QUICK if asked.quick else FULL
    tables: list[tuple[Sequence[str], Sequence[Sequence[str]]]] = []

    def table(head: Sequence[str], make: Callable[[], Sequence[Sequence[str]]]) -> None:
        say(*head)
        tables.append((head, make()))

    with tempfile.TemporaryDirectory() as made, running_server(DURABLE) as server, farm() as farmed:
        folder = Path(made)
        delays = asked.delay or ((2,) if asked.quick else (2, 0.5))
        table(SHARED_HEAD, lambda: share(server, farmed, folder, size, delays))
        say(*COST_HEAD)
        windows = poll_costs(server, farmed, folder, size)
        tables.append((COST_HEAD, [_costly(phase, window) for phase, window in windows.items()]))
        state = fill(server, "stored", size.stored, overdue=(size.times + 3) * sum(BATCHES))
        calls = measure(state, batches=BATCHES, times=size.times)
        table(CALL_HEAD, lambda: [_called(call) for call in calls])
        for row in tables[-1][1]:
            say(*row)
        print(explain(state, limit=32))  # noqa: T201 - its output.
    given = Assumptions()
    say("assumed:", *(f"{one.name}={getattr(given, one.name):g}" for one in fields(given)), SHARES)
    table(SIM_HEAD, lambda: [_simulated(one) for one in simulate(windows, calls, given)])
    if asked.write:
        for head, rows in tables:
            append("Fleet", f"bench_fleet.py{' --quick' if asked.quick else ''}", head, rows)
    print(machine())  # noqa: T201 - same.


if __name__ == "__main__":
    main()
