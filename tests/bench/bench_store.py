"""Measure the store as it grows: `python tests/bench/bench_store.py [--quick]`. SQLite, in a temporary folder.

What the daemon does all day, with ten thousand articles stored and with a million (`--quick`: a hundred thousand),
spread over 400 days and 10,000 feeds. Milliseconds of a clock, the median and the slowest of thirty.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.queueing import rules, turn
from support.storing import DAY, HOUR, LEASE, NOW, entry, feed, match, polled, read_plan

from monitor.planning.work import StoredEntry
from monitor.store import SqlStore, open_store
from monitor.store.latency import list_latencies
from monitor.store.views import Views, open_views

FEEDS, TIMES = 10_000, 30
FEW = 8  # times that what takes longer, or happens now and then only, is done.
RARE = ("coverage", "status", "retention")
# Every fiftieth article has a match, every hundredth an alert that was delivered.
SEED = """
CREATE TEMP TABLE many AS
WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :rows)
SELECT n, lower(hex(randomblob(10))) AS entry, lower(hex(randomblob(10))) AS article,
    strftime('%Y-%m-%d %H:%M:%f000', julianday(:now) - 400.0 * (:rows - n) / :rows) AS at FROM counted;
INSERT INTO articles SELECT article, 'f' || (n % 10000), 'https://example.org/' || n, 'Title of ' || n,
    'Teaser of ' || n, hex(randomblob(250)), '', 'en', at, '', at, '', 1 FROM many;
INSERT INTO entries (id, article_id, feed_id, guid, link, url, title, teaser, text, language, published_at,
    published_raw, categories, seen_at, dated_at, state, announce, attempts, rereads, restated, first_poll,
    listed_at, has_text)
SELECT entry, article, 'f' || (n % 10000), 'g' || n, 'https://example.org/' || n, 'https://example.org/' || n,
    'Title of ' || n, 'Teaser of ' || n, '', 'en', at, '', '[]', at, at, 'read', 1, 0, 0, 0, 0, at, 0 FROM many;
INSERT INTO identities SELECT 'g:' || entry, entry FROM many;
INSERT INTO identities SELECT 'l:' || entry, entry FROM many;
INSERT INTO alerts SELECT 'alert' || n, 'new', 'normal', at, '["homs"]', article, '', '[]', '[]', at, '', ''
    FROM many WHERE n % 100 = 0;
UPDATE feeds SET listed_at = strftime('%Y-%m-%d %H:%M:%f000', julianday(:now));
INSERT INTO matches SELECT article, 'homs', 'match', 'normal', 'mention', 0.8, 'A sentence.', '[]', '[]', at,
    CASE WHEN n % 100 = 0 THEN 'alert' || n END, 0 FROM many WHERE n % 50 = 0;
INSERT INTO deliveries (id, alert_id, channel_id, recipient, watches, state, rank, created_at, due_at, first_due_at,
    attempts, attempted_at, repeats, error, delivered_at, reason, carries, grouped, departed_at, reminders)
SELECT 'delivery' || n, 'alert' || n, 'desk', '', '["homs"]', 'delivered', 1, at, at, at, 1, at, 0, '', at, 'new', 0, 0,
    at, 0 FROM many WHERE n % 100 = 0;
DROP TABLE many;
"""


def fill(path: Path, rows: int) -> None:
    """Make a state that holds so many articles, with their entries, matches and alerts."""
    with open_store(path) as store:
        store.sync_feeds([feed(f"f{number}") for number in range(FEEDS)], now=NOW)
    with closing(sqlite3.connect(path)) as database:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -800000", "temp_store = MEMORY"):
            database.execute(f"PRAGMA {pragma}")
        for statement in SEED.split(";\n"):
            database.execute(statement, {"rows": rows, "now": NOW.isoformat()})
        database.commit()


def batch(number: int) -> tuple[StoredEntry, ...]:
    """Return five new entries of one feed, which no other call makes."""
    return tuple(entry(f"new{number}-{one}", feed_id=f"f{number}") for one in range(5))


def daily(path: Path, store: SqlStore, views: Views) -> dict[str, Callable[[int], object]]:
    """Return what is measured, each with a number that tells one call from the others."""
    desk = rules("desk")
    return {
        "claim feeds": lambda _: store.claim_feeds(now=NOW, limit=8, lease=LEASE),
        "poll: load": lambda n: store.load_poll(f"f{n}"),
        "poll: known entries": lambda n: store.load_known([f"g:new{n}-{one}" for one in range(60)]),
        "poll: commit five entries": lambda n: store.commit_poll(
            polled(store, *batch(n), feed_id=f"f{n}", at=NOW + timedelta(seconds=n))
        ),
        "claim entries": lambda _: store.claim_entries(now=NOW + HOUR, limit=8, lease=LEASE),
        "read: load": lambda n: store.load_read(f"new{n}-1"),
        "read: commit": lambda n: store.commit_read(read_plan(store, f"new{n}-1", match())),
        "queue: a turn": lambda _: turn(store, desk, now=NOW + HOUR),
        "what is due next": lambda _: store.next_due_at(overdue_by=NOW),
        "coverage": lambda _: store.load_coverage(closely=("f1", "f2"), now=NOW),
        "homes: lessons of a feed": lambda n: store.list_lessons(f"f{n}", limit=50),
        "status: deliveries": lambda _: views.count_deliveries(),
        "status: channels": lambda _: views.list_channels(now=NOW),
        "status: latency": lambda _: list_latencies(path, now=NOW),
        "alerts: the newest fifty": lambda _: views.list_alerts(limit=50),
        "retention: 100 texts": lambda n: store.expire(
            text_before=NOW - (390 - n) * DAY, ledger_before=NOW - 800 * DAY, limit=100
        ),
        "retention: 100 rows of the ledger": lambda n: store.expire(
            text_before=NOW - 800 * DAY, ledger_before=NOW - (395 - n / 4) * DAY, limit=100
        ),
    }


def measure(path: Path) -> dict[str, tuple[float, float]]:
    """Return the median and the slowest of each, in milliseconds."""
    found: dict[str, tuple[float, float]] = {}
    with open_store(path) as store, open_views(path) as views:
        for name, call in daily(path, store, views).items():
            taken = sorted(_timed(call, number) for number in range(FEW if name.startswith(RARE) else TIMES))
            found[name] = taken[len(taken) // 2], taken[-1]
    return found


def _timed(call: Callable[[int], object], number: int) -> float:
    begin = time.perf_counter()
    call(number)
    return 1000 * (time.perf_counter() - begin)


def main() -> None:
    """Print a line for each thing done, with few articles and with many."""
    sizes: Sequence[int] = (10_000, 100_000) if "--quick" in sys.argv else (10_000, 1_000_000)
    figures = []
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "monitor.db"
            begin = time.monotonic()
            fill(path, rows)
            print(f"{rows:,} articles, {path.stat().st_size / 1e6:,.0f} MB, made in {time.monotonic() - begin:.0f} s")  # noqa: T201 - figures are its output.
            figures.append(measure(path))
    few, many = figures
    print(f"{'milliseconds':36} {f'{sizes[0]:,}':>16} {f'{sizes[1]:,}':>16}   growth")  # noqa: T201 - same.
    for name, (before, worst_before) in few.items():
        after, worst = many[name]
        row = f"{before:8.2f} {worst_before:7.1f} {after:8.2f} {worst:7.1f}   {after / before:6.2f}"
        print(f"{name:36} {row}")  # noqa: T201 - same.


if __name__ == "__main__":
    main()
