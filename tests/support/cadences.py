"""How often real feeds say something: their own dates, and months drawn from these."""

from __future__ import annotations

import gzip
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from monitor.errors import ParseError
from monitor.sources.feeds import parse_feed

DAY = timedelta(days=1)
JITTER = timedelta(minutes=20)


def dates_of_feeds(folder: Path, *, least: int) -> Mapping[str, tuple[datetime, ...]]:
    """Return the different dates that each feed in `folder` states, in order, by file; only of feeds with `least`."""
    found = {}
    for path in sorted(folder.glob("*.xml.gz")):
        try:
            parsed = parse_feed(gzip.decompress(path.read_bytes()), "https://example.org/feed")
        except ParseError:
            continue
        dates = tuple(sorted({entry.published_at for entry in parsed.entries if entry.published_at}))
        if len(dates) >= least:
            found[path.name] = dates
    return found


def draw_month(dates: Sequence[datetime], *, start: datetime, days: int, dice: random.Random) -> list[datetime]:
    """Draw the moments of `days` days after `start`: each day is one of the feed's own, shifted by minutes.

    A day is drawn among the real days of its kind, working days or weekend, where the feed has any; days on which it
    said nothing are among them. So its hours, its bursts and its pauses stay as they are, and nothing of a model is
    put in.
    """
    own: dict[bool, list[list[timedelta]]] = {False: [], True: []}
    first = dates[0].replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range((dates[-1] - first).days + 1):
        begin = first + number * DAY
        own[begin.weekday() >= 5].append([date - begin for date in dates if begin <= date < begin + DAY])
    moments: list[datetime] = []
    for number in range(days):
        begin = (start + number * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
        times = dice.choice(own[begin.weekday() >= 5] or own[False] or own[True])
        moments += [begin + time + JITTER * dice.uniform(-1, 1) for time in times]
    return sorted(moment for moment in moments if moment > start)
