"""Measure a news flash: `python tests/bench/bench_flash.py [--quick] [--write]`.

From the moment a feed's document changes to the moment a webhook has taken the message, with 1,000 feeds live: the one
that changes is asked each second, the others every 15 minutes. Burst and rate are set free. `--feeds N` takes another
number, `--lag` measures instead how late each feed is asked when it is due, over `--minutes` (2) of that.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.benchpage import append, machine
from support.farm import Farm, Told, farm
from support.farmfeeds import WATCHED
from support.pollers import Ours, wait_until
from support.proctree import used

LIVE, FLASHES, PAUSE = 1_000, 60, 2.3  # seconds between flashes, no multiple of the feed's own second.
EVERY = 15 * 60
HEAD = ("measured", "feeds", "count", "p50 s", "p99 s", "most s", "daemon's CPU", "MB")


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that so large a share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@contextmanager
def live(farmed: Farm, feeds: int, first_every: str) -> Iterator[Ours]:
    """Run a daemon whose first feed is asked each `first_every`, once all of its first polls are over."""
    every = [first_every, *[f"{EVERY}s"] * (feeds - 1)]
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(farmed, feeds, Path(folder), every=every)
        try:
            ours.first()
            yield ours
        finally:
            ours.close()


def flashes(feeds: int, count: int) -> tuple[str, ...]:
    """Publish watched entries one after another and time each until it was taken."""
    with farm() as farmed:
        farmed.put(feeds)
        with live(farmed, feeds, "1s") as ours:
            begun, before = time.monotonic(), used(ours.pid).cpu
            took = [_flash(farmed, number) for number in range(count)]
            spent = used(ours.pid)
            share = (spent.cpu - before) / (time.monotonic() - begun)
    return _row("change to message taken", feeds, took, share, spent.main)


def _flash(farmed: Farm, number: int) -> float:
    """Publish one entry and return the seconds until its message came; pauses vary, to meet every part of a second."""
    title = f"{WATCHED[0]} flash {number:04}"
    published = farmed.publish(0, title)
    came: list[float] = []

    def has_come() -> bool:
        came.extend(at for at, body in farmed.tell().taken if title in body)
        return bool(came)

    wait_until(has_come, what=f"{title} has come", seconds=60)
    time.sleep(PAUSE * random.random())  # noqa: S311 - no secret.
    return came[0] - published


def lag(feeds: int, minutes: float) -> tuple[str, ...]:
    """Poll feeds that fall due evenly over 15 minutes, and say how long after its time each was asked."""
    with farm() as farmed:
        farmed.put(0)
        with live(farmed, feeds, f"{EVERY}s") as ours:
            due = ours.spread(EVERY)
            begun, before = time.monotonic(), used(ours.pid).cpu
            farmed.tell()
            time.sleep(60 * minutes)
            told, spent = farmed.tell(), used(ours.pid)
            share = (spent.cpu - before) / (time.monotonic() - begun)
    late = [times[0] - due[index] for index, times in _asked(told).items()]
    return _row("due to asked", feeds, late, share, spent.main)


def _asked(told: Told) -> dict[int, Sequence[float]]:
    return {int(index): times for index, times in told.times.items()}


def _row(name: str, feeds: int, values: Sequence[float], share: float, memory: float) -> tuple[str, ...]:
    times = (quantile(values, 0.5), quantile(values, 0.99), max(values))
    figures = (f"{value:.2f}" for value in times)
    return (name, f"{feeds:,}", str(len(values)), *figures, f"{100 * share:.0f}%", f"{memory:.0f}")


def main() -> None:
    """Print, and with --write append to docs/performance.md, how long it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="100 feeds and 15 flashes")
    parser.add_argument("--write", action="store_true", help="append the figures to docs/performance.md")
    parser.add_argument("--lag", action="store_true", help="how late feeds are asked, instead of flashes")
    parser.add_argument("--feeds", type=int, help="how many feeds are live")
    parser.add_argument("--minutes", type=float, default=2, help="how long lag is measured")
    asked = parser.parse_args()
    feeds = asked.feeds or (100 if asked.quick else LIVE)
    row = lag(feeds, asked.minutes) if asked.lag else flashes(feeds, 15 if asked.quick else FLASHES)
    print("  ".join(f"{name}: {cell}" for name, cell in zip(HEAD, row, strict=True)))  # noqa: T201 - its output.
    if asked.write:
        append("Polling", f"bench_flash.py{' --lag' if asked.lag else ''} --feeds {feeds}", HEAD, [row])
    print(machine())  # noqa: T201 - same.


if __name__ == "__main__":
    main()
