"""Measure polling beside its peers: `python tests/bench/bench_polling.py [--quick] [--write] [--feeds N] [--alone]`.

Feeds of thirty entries, 45 KB in the mean, RSS and Atom, full text in them, on a loopback farm in a process of its
own, each feed at an address of its own. Ours and reader are processes that stay, newsboat and sfeed run and end, as
they are used. Ours also matches a dozen watches and sends alerts. Only ratios taken in one run mean anything: the two
cores also carry the farm, whose CPU stands in the last column.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.benchpage import append, machine
from support.farm import Farm, farm
from support.pollers import Ours, Poller, Spent, peers

QUICK, FULL = (120,), (300, 1_000)
ROUNDS = 3
EXPECTED = {"304": "304", "one": "200", "unchanged": "200"}
PHASES = {
    "first": "first poll, all stored and matched",
    "304": "all unchanged, 304",
    "one": "one new entry in 30",
    "unchanged": "unchanged, 200 without validators",
}
TARGETS = {
    ("first", "reader"): 4.0,
    ("304", "reader"): 4.0,
    ("304", "newsboat"): 8.0,
    ("one", "reader"): 12.0,
    ("unchanged", "reader"): 20.0,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One phase of one client: the best of its rounds by CPU, and what the farm used meanwhile."""

    phase: str
    client: str
    feeds: int
    spent: Spent
    farm: float

    def cells(self, others: dict[tuple[str, str], Measured]) -> tuple[str, ...]:
        """Return this as a table's row, with how much slower each other client was."""
        one = self.spent
        memory = f"{one.main:.0f}" + (f" + {one.child:.0f}" if one.child else "")
        ours = others[self.phase, "ours"].spent
        ratio = "" if self.client == "ours" else f"{one.wall / ours.wall:.1f} / {one.cpu / ours.cpu:.1f}"
        return (
            str(self.feeds),
            PHASES[self.phase],
            self.client,
            f"{self.feeds / one.wall:.0f}",
            f"{one.cpu / self.feeds * 1000:.2f}",
            memory,
            ratio,
            f"{self.farm:.1f}",
        )


HEAD = (
    "feeds",
    "phase",
    "client",
    "feeds/s",
    "CPU ms a feed",
    "MB",
    "ours is so many times faster / lighter",
    "farm CPU s",
)


def measure(feeds: int, *, rounds: int, quick: bool, alone: bool) -> list[Measured]:
    """Take every client through all phases."""
    found: list[Measured] = []
    with farm() as farmed, _clients(farmed, feeds, quick=quick, alone=alone) as clients:
        farmed.put(feeds)
        found += [_take(farmed, "first", client, feeds, first=True) for client in clients]
        version = 0
        for phase in ("304", "one", "unchanged"):
            taken: list[list[Measured]] = []
            for _ in range(rounds):
                version += phase == "one"
                farmed.put(feeds, version=version, validators=phase != "unchanged")
                taken.append([_take(farmed, phase, client, feeds) for client in clients])
            found += [min(column, key=lambda one: one.spent.cpu) for column in zip(*taken, strict=True)]
    return found


@contextmanager
def _clients(farmed: Farm, feeds: int, *, quick: bool, alone: bool) -> Iterator[list[Poller]]:
    with ExitStack() as stack:
        kinds = (Ours, *(() if alone else peers(quick=quick)))
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in kinds]
        clients: list[Poller] = [kind(farmed, feeds, folder) for kind, folder in zip(kinds, folders, strict=True)]
        for client in clients:
            stack.callback(client.close)
        yield clients


def _take(farmed: Farm, phase: str, client: Poller, feeds: int, *, first: bool = False) -> Measured:
    before = farmed.tell().cpu
    spent = client.first() if first else client.again()
    answers = farmed.asked.get(EXPECTED.get(phase, "200"), 0)
    if answers < feeds:
        print(f"  ({client.name}, {phase}: the farm answered {farmed.asked}, {feeds} were expected)")  # noqa: T201 - said where figures are.
    return Measured(phase, client.name, feeds, spent, farmed.tell().cpu - before)


def main() -> None:
    """Print, and with --write append to docs/performance.md, what every client took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="120 feeds, one round: within two minutes")
    parser.add_argument("--write", action="store_true", help="append the table to docs/performance.md")
    parser.add_argument("--alone", action="store_true", help="without peers")
    parser.add_argument("--feeds", type=int, action="append", help="another number of feeds; may be repeated")
    asked = parser.parse_args()
    rows: list[tuple[str, ...]] = []
    for feeds in asked.feeds or (QUICK if asked.quick else FULL):
        found = measure(feeds, rounds=1 if asked.quick else ROUNDS, quick=asked.quick, alone=asked.alone)
        known = {(one.phase, one.client): one for one in found}
        for one in found:
            rows.append(one.cells(known))
            print("  ".join(f"{cell:>{max(len(cell), 9)}}" for cell in rows[-1]), flush=True)  # noqa: T201 - its output.
        for (phase, peer), target in TARGETS.items():
            if (phase, peer) in known:
                theirs, ours = known[phase, peer].spent, known[phase, "ours"].spent
                verdict = "reached" if theirs.wall / ours.wall >= target else "MISSED"
                ratios = f"{theirs.wall / ours.wall:.1f} times {peer} by the clock, {theirs.cpu / ours.cpu:.1f} by CPU"
                print(f"{PHASES[phase]}: {ratios}; target {target:g} by the clock: {verdict}")  # noqa: T201 - same.
    if asked.write:
        append("Polling", f"bench_polling.py{' --quick' if asked.quick else ''}", HEAD, rows)
    print(machine())  # noqa: T201 - same.


if __name__ == "__main__":
    main()
