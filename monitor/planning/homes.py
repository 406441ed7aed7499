"""When it is time to learn where a publisher is at home, and what is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.model import Feed
from monitor.planning.work import LearnedHome

# Learned anew as soon as there are so many articles: early, for the first ones count most, and five times in all.
LEARN_AT = (3, 6, 12, 20, 30)
MOST = LEARN_AT[-1]  # articles that are looked at, the newest; 4 ms each.
AGAIN = timedelta(days=30)  # a paper hardly ever moves; its first articles may have been about a distant story.
_NEARLY_ALL = 0.8


def unsettled(feeds: Iterable[Feed], known: Mapping[str, LearnedHome], *, now: datetime) -> tuple[str, ...]:
    """Return the feeds of which there may be more to learn: no home is configured, and few or old articles told it."""
    return tuple(feed.id for feed in feeds if feed.home is None and not _is_settled(known.get(feed.id), now))


def due_homes(counts: Mapping[str, int], known: Mapping[str, LearnedHome], *, now: datetime) -> tuple[str, ...]:
    """Return the feeds that have reached another number of articles to learn from, or were learned of long ago."""
    return tuple(id_ for id_, count in counts.items() if _is_due(count, known.get(id_), now))


def _is_settled(learned: LearnedHome | None, now: datetime) -> bool:
    return learned is not None and learned.articles >= MOST and now - learned.learned_at < AGAIN


def _is_due(count: int, learned: LearnedHome | None, now: datetime) -> bool:
    before = learned.articles if learned else 0
    is_old = learned is not None and now - learned.learned_at >= AGAIN
    return any(before < reached <= count for reached in LEARN_AT) or (is_old and count >= LEARN_AT[0])


def at_home(feed: Feed, learned: LearnedHome | None) -> Feed:
    """Return a feed with the home that was learned for it; one that is configured stands."""
    if feed.home is not None or learned is None or not learned.home:
        return feed
    return replace(feed, home=learned.home, home_articles=learned.articles)


def homes_by_host(known: Iterable[LearnedHome]) -> Mapping[str, LearnedHome]:
    """Return what was learned by host, for articles of which no feed is known; not where feeds of a host disagree."""
    by_host: dict[str, list[LearnedHome]] = {}
    for one in known:
        if one.host:
            by_host.setdefault(one.host, []).append(one)
    return {
        host: max(some, key=lambda one: one.articles)
        for host, some in by_host.items()
        if len({one.home for one in some}) == 1
    }


def host_of_most(hosts: Sequence[str]) -> str:
    """Return the host of nearly all articles; "" where a feed gathers from many."""
    commonest = max(sorted(set(hosts)), key=hosts.count, default="")
    return commonest if hosts.count(commonest) >= len(hosts) * _NEARLY_ALL else ""
