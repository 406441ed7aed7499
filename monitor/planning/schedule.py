"""When a feed is asked again, an entry read again, a delivery tried again. Pure: `now` and `dice` are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.model import Feed, Polling, Retrying
from monitor.planning.work import FeedState, Hints

# 0 <= dice() < 1; random.random in the daemon.
Dice = Callable[[], float]

SPREAD = 0.1  # up to a tenth later, so that feeds spread out.
FAILURE_CAP = timedelta(hours=6)  # the slowest a failing feed is asked: it is never given up.
GONE_EVERY = timedelta(hours=24)  # a feed that says 410 is asked once a day: publishers change their mind.
WAIT_CAP = timedelta(hours=24)  # the longest that a server's own wish to wait is honoured.
CADENCE_WEIGHT = 0.3  # of the newest observation in the moving average of a feed's cadence.
REREADS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))  # of an article with hits, after it was seen.
# A page without text is tried again while it may still be news.
TEXT_RETRIES = (timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))


def next_poll(feed: Feed, state: FeedState, hints: Hints, polling: Polling, *, now: datetime, dice: Dice) -> datetime:
    """Return when `feed` is asked again.

    An explicit interval stands; an adaptive one is half the observed cadence, between the bounds of `polling`, never
    sooner than the feed and Cache-Control ask (as far as the upper bound). Failures double it up to a cap; what
    Retry-After asks wins over all. Source: RFC 9111 section 5.2, RFC 9110 section 10.2.3.
    """
    if feed.every is not None:
        wait = feed.every
    else:
        observed = state.cadence / 2 if state.cadence else polling.min
        wait = min(max(observed, hints.max_age or polling.min, polling.min), polling.max)
    wait *= 1 + SPREAD * dice()
    if state.failures:
        wait = min(wait * float(2 ** min(state.failures, 16)), max(FAILURE_CAP, wait))
    if hints.retry_after is not None:
        wait = max(wait, min(hints.retry_after, WAIT_CAP))
    return now + wait


def observe_cadence(known: timedelta | None, *, fresh: int, since: timedelta | None) -> timedelta | None:
    """Return the moving average of the time between new entries, after a poll found `fresh` ones within `since`."""
    if since is None or since <= timedelta(0):
        return known
    seen = since / fresh if fresh else max(since, known or since)
    return seen if known is None else known * (1 - CADENCE_WEIGHT) + seen * CADENCE_WEIGHT


def cadence_of_dates(dates: Sequence[datetime]) -> timedelta | None:
    """Return the mean time between a first document's entries, from their dates; None when they tell nothing."""
    ordered = sorted(dates)
    if len(ordered) < 2 or ordered[0] == ordered[-1]:  # noqa: PLR2004 - one date is no interval.
        return None
    return (ordered[-1] - ordered[0]) / (len(ordered) - 1)


def failed(state: FeedState, error: str, *, now: datetime) -> FeedState:
    """Count one more failure."""
    since = state.failing_since or now
    return replace(state, failures=state.failures + 1, failing_since=since, error=error, last_poll_at=now)


def succeeded(state: FeedState, *, now: datetime) -> FeedState:
    """Forget the failures."""
    return replace(
        state,
        failures=0,
        failing_since=None,
        error="",
        last_poll_at=now,
        last_success_at=now,
        first_success_at=state.first_success_at or now,
    )


def next_attempt(retrying: Retrying, attempts: int, asked: timedelta | None, *, now: datetime, dice: Dice) -> datetime:
    """Return when a delivery is tried again after `attempts`; Retry-After wins. Jitter keeps channels apart."""
    wait = min(retrying.first * float(2 ** min(max(attempts, 1) - 1, 16)), retrying.max) * (1 + SPREAD * dice())
    return now + (wait if asked is None else max(wait, min(asked, WAIT_CAP)))
