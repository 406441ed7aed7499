"""Measure how long an alert takes from seen to accepted: `python tests/bench/bench_latency.py [--quick]`.

The real daemon on loopback: a feed polled every second, pages behind it, and a webhook, Slack, Telegram or mail at the
other end. Two hundred reports trickle in, five a second; burst and rate are set free. Timings are of this machine.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.daemon import answer
from support.rig import channel_of, rig

REPORTS, PAUSE = 200, 0.2
CHANNELS = ("slack", "telegram", "mail")


def measure(name: str, reports: int) -> str:
    """Run one channel and return its line of figures."""
    pause = threading.Event()
    with tempfile.TemporaryDirectory() as folder, channel_of(name) as channel, rig(channel, Path(folder)) as made:
        with made.daemon() as daemon:
            daemon.wait_for("event=poll", "first")
            for _ in range(reports):
                made.report()
                pause.wait(PAUSE)
            made.wait_until_all_arrived(seconds=60)
            latency = answer("status", "--config", str(made.config))["latency"][0]
        extra = made.check_copies(at_most=1)
    return f"{name:10} {latency['count']:6} {latency['p50']:8.2f} {latency['p99']:8.2f} {extra:6}"


def main() -> None:
    """Print a line for each channel."""
    reports = 30 if "--quick" in sys.argv else REPORTS
    print(f"{'channel':10} {'alerts':>6} {'p50 s':>8} {'p99 s':>8} {'extra':>6}")  # noqa: T201 - figures are its output.
    for name in CHANNELS:
        print(measure(name, reports), flush=True)  # noqa: T201 - figures are its output.


if __name__ == "__main__":
    main()
