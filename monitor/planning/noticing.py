"""What one poll tells of how its feed fares: entries that ran dry, gaps, dates in the future, the hours of its week."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.errors import After, FetchError, Retry, SourceError
from monitor.model import Feed, FeedHealth, Polling
from monitor.planning.cadence import carry, read_history, remember
from monitor.planning.noticed import Noticed, Trouble
from monitor.planning.poll import Answer, Seen
from monitor.planning.schedule import WAIT_CAP
from monitor.planning.work import EntryState, FeedState, Gone, PollPlan

GAP_LEAST = 3  # entries, before and now: of a feed that only ever holds its latest ones no overlap is expected.
AHEAD = timedelta(minutes=30)  # what clocks that are kept at all never differ by.
PAGE = "web page"  # what the parser's error says of HTML in place of a feed.
# A refusal for good says more than a time-out, and "not now" says less, unless it says so for hours.
WEIGHT, FOR_GOOD, NOT_NOW = 1.0, 2.0, 0.5
WAIT = timedelta(hours=4)  # "not before" so much later says as much as a time-out.
DOWN = timedelta(hours=2)  # after a longer pause of ours, what came meanwhile came when it says.


def notice(before: FeedState, known: Noticed, answer: Answer, plan: PollPlan) -> PollPlan:
    """Add to `plan` what the answer tells of its feed. `before` is its memory before the poll."""
    now = plan.state.last_poll_at
    if now is None:
        return plan
    if plan.state.failures:
        noticed = replace(known, weight=known.weight + _weight(answer), trouble=_trouble(answer, plan))
        return replace(plan, noticed=noticed)
    carried = str(carry(read_history(known.history), before.last_success_at, now=now))
    noticed = replace(known, weight=0.0, trouble=Trouble.NONE, history=carried)
    if isinstance(answer, Seen):
        noticed = _read(noticed, before, plan, answer.count, now=now)
    return plan if noticed == known else replace(plan, noticed=noticed)


def sooner(feed: Feed, plan: PollPlan, polling: Polling) -> PollPlan:
    """Halve the interval of a feed, if that is ours to choose, when its last two documents shared nothing."""
    state = plan.state
    if plan.noticed is None or plan.noticed.gap_at != state.last_poll_at or feed.every or not state.next_poll_at:
        return plan
    now = state.last_poll_at or state.next_poll_at
    wait = max((state.next_poll_at - now) / 2, polling.min)
    cadence = state.cadence / 2 if state.cadence else None
    return replace(plan, state=replace(state, cadence=cadence, next_poll_at=min(now + wait, state.next_poll_at)))


def _weight(answer: Answer) -> float:
    if isinstance(answer, Gone):
        return FOR_GOOD
    if not isinstance(answer, FetchError):
        return FOR_GOOD if isinstance(answer, SourceError) else WEIGHT
    if isinstance(answer.retry, After):
        return max(NOT_NOW, min(answer.retry.wait, WAIT_CAP) / WAIT)
    return FOR_GOOD if answer.retry is Retry.NEVER else WEIGHT


def _trouble(answer: Answer, plan: PollPlan) -> Trouble:
    if isinstance(answer, Gone):
        # Where it had moved to is gone: it is asked at its configured address first.
        return Trouble.GONE if plan.state.health is FeedHealth.GONE else Trouble.OTHER
    if isinstance(answer, SourceError) and not isinstance(answer, FetchError) and PAGE in str(answer):
        return Trouble.PAGE
    return Trouble.OTHER


def _read(noticed: Noticed, before: FeedState, plan: PollPlan, count: int, *, now: datetime) -> Noticed:
    """Add what a document tells."""
    moments = _moments(plan, before.last_success_at, now)
    noticed = replace(noticed, history=str(remember(read_history(noticed.history), moments, now=now)))
    if not count:
        dried = noticed.empty_since or (now if noticed.held else None)
        return replace(noticed, empty_since=dried)
    if not plan.first:
        noticed = _gap(noticed, before, plan, count, now=now)
        noticed = _ahead(noticed, plan, now=now)
    if noticed.empty_since is not None:
        longest = max(noticed.empty_longest, now - noticed.empty_since)
        noticed = replace(noticed, empty_since=None, empty_longest=longest)
    return replace(noticed, held=count)


def _moments(plan: PollPlan, last: datetime | None, now: datetime) -> list[datetime]:
    """Return when what is new came: at this poll; by its own dates, if the feed was not asked for long before."""
    dates = [row.entry.published_at for row in plan.entries]
    if plan.first or last is None:
        return [date for date in dates if date is not None and date <= now]
    if now - last <= DOWN:
        return [now] if dates else []
    return [date if date is not None and last <= date <= now else now for date in dates]


def _gap(noticed: Noticed, before: FeedState, plan: PollPlan, count: int, *, now: datetime) -> Noticed:
    # A storm that is held is told of as what it is.
    held = any(row.state is EntryState.HELD for row in plan.entries)
    least = min(count, noticed.held, len(plan.entries))
    if plan.listed or plan.changed or held or least < GAP_LEAST:
        return noticed
    return replace(noticed, gap_at=now, gap_since=noticed.empty_since or before.last_success_at)


def _ahead(noticed: Noticed, plan: PollPlan, *, now: datetime) -> Noticed:
    leads = [row.entry.published_at - now for row in plan.entries if row.entry.published_at is not None]
    if not leads:
        return noticed
    if min(leads) < AHEAD:
        return replace(noticed, ahead=0, ahead_since=None, ahead_by=timedelta(0))
    by = min(leads) if not noticed.ahead else min(noticed.ahead_by, *leads)
    since = noticed.ahead_since or now
    return replace(noticed, ahead=noticed.ahead + len(leads), ahead_since=since, ahead_by=by)
