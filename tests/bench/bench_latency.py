"""Measure how long an alert takes: `python tests/bench/bench_latency.py [--quick] [CHANNEL...]`.

The real daemon on loopback: a feed polled every second, pages behind it, and Slack, Telegram or mail at the other end.
Two hundred reports trickle in, five a second; burst and rate are set free. "Seen" is from the article's being seen to
its acceptance, as `status` counts it; "change" from the feed's change to the arrival, to 50 ms, the wait for the next
poll in it. In the last line a thousand other feeds are polled beside it, each once a minute.
"""

from __future__ import annotations

import math
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.daemon import PATIENCE, answer
from support.feedsite import rss
from support.rig import Rig, channel_of, rig

REPORTS, PAUSE, LOOK = 200, 0.2, 0.05
CHANNELS = ("slack", "telegram", "mail")
OTHERS = 1_000
_FEED = """
[[feed]]
id = "other{number}"
url = "{site}/other/{number}"
every = "60s"
"""


def measure(name: str, reports: int, *, others: int = 0) -> str:
    """Run one channel and return its line of figures."""
    with tempfile.TemporaryDirectory() as folder, channel_of(name) as channel, rig(channel, Path(folder)) as made:
        _add_feeds(made, others)
        with made.daemon() as daemon:
            daemon.wait_for("event=poll", "subject=wire ", "first")
            if others:
                daemon.wait_for_count(others, "event=poll", "first", seconds=180)
            changes = _trickle(made, reports)
            seen = answer("status", "--config", str(made.config), seconds=60 * PATIENCE)["latency"][0]
        extra = made.check_copies(at_most=1)
    figures = (seen["p50"], seen["p99"], _quantile(changes, 0.5), _quantile(changes, 0.99))
    return f"{name:10} {others + 1:6} {seen['count']:6} {''.join(f'{figure:9.2f}' for figure in figures)} {extra:6}"


def _add_feeds(made: Rig, others: int) -> None:
    for number in range(others):
        made.site.put(f"/other/{number}", rss([("0", f"{made.site.url}/o{number}", "Old")]), "application/rss+xml")
    feeds = (_FEED.format(number=number, site=made.site.url) for number in range(others))
    made.config.write_text(made.config.read_text() + "".join(feeds))


def _trickle(made: Rig, reports: int) -> list[float]:
    """Publish reports, and return for each how many seconds it took to arrive. Raises: AssertionError."""
    pause, published, arrived = threading.Event(), dict[str, float](), dict[str, float]()
    started, end = time.monotonic(), time.monotonic() + reports * PAUSE + 60 * PATIENCE
    while len(arrived) < reports:
        now = time.monotonic()
        assert now < end, f"{len(arrived)} of {reports} arrived"
        if len(published) < reports and now >= started + len(published) * PAUSE:
            made.report()
            published[made.reports[-1][2]] = now
        for title, texts in made.copies().items():
            if texts:
                arrived.setdefault(title, now)
        pause.wait(LOOK)
    return [arrived[title] - at for title, at in published.items()]


def _quantile(figures: Sequence[float], share: float) -> float:
    return sorted(figures)[math.ceil(share * len(figures)) - 1]


def main() -> None:
    """Print a line for each channel, and one with many feeds."""
    quick = "--quick" in sys.argv
    reports, others = (30, 100) if quick else (REPORTS, OTHERS)
    names = [word for word in sys.argv[1:] if word in CHANNELS]
    print(f"{'':17} {'':6} {'seen':>9}{'':9}{'change':>9}")  # noqa: T201 - figures are its output.
    print(f"{'channel':10} {'feeds':>6} {'alerts':>6} {'p50 s':>9}{'p99 s':>9}{'p50 s':>9}{'p99 s':>9} {'extra':>6}")  # noqa: T201 - as above.
    for name in names or CHANNELS:
        print(measure(name, reports), flush=True)  # noqa: T201 - as above.
    if not names:
        print(measure("slack", reports, others=others), flush=True)  # noqa: T201 - as above.


if __name__ == "__main__":
    main()
