"""What is said of first polls: one message for all feeds, when they have answered or two minutes have passed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.model import Alert, Channel, Reason, Severity
from monitor.planning.identity import digest
from monitor.planning.read import delivery
from monitor.planning.work import NewAlert, SummaryWork

STRAGGLERS = timedelta(minutes=2)  # how long a summary waits for feeds that have not answered yet.
NEWEST = 5  # matching articles that a summary names.


def is_summary_due(work: SummaryWork, *, now: datetime, at_once: bool = False) -> bool:
    """Say whether the summary goes out now: every feed has answered or failed, or the wait is over."""
    if not work.feeds:
        return False
    waited = work.oldest_at is None or now - work.oldest_at >= STRAGGLERS
    return at_once or waited or work.waiting == 0


def plan_summary(work: SummaryWork, operators: Sequence[Channel], *, now: datetime) -> NewAlert:
    """Return the summary for the operator channels."""
    alert = Alert(
        id=digest("summary", *sorted(work.feeds), str(work.oldest_at)),
        reason=Reason.SUMMARY,
        severity=Severity.NORMAL,
        created_at=now,
        headlines=work.newest,
        seen_at=now,
        text=_words(work),
    )
    rows = (delivery(alert, channel, to, (), now=now) for channel in operators for to in channel.recipients)
    return NewAlert(alert, tuple(rows))


def _words(work: SummaryWork) -> str:
    sentences = [
        f"Now watching {_count(len(work.feeds), 'new feed')}, which held {_count(work.articles, 'article')} already.",
        f"{_matching(work.matching)}, going by the feeds' own text; their pages were not fetched.",
        "What stood there before is not announced one by one; from now on each new match is.",
    ]
    missing = work.waiting + work.failing
    if missing:
        sentences.append(f"{_count(missing, 'feed')} could not be read yet and will be tried again.")
    if work.newest:
        sentences.append("The newest that match:")
    return "\n".join(sentences)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _matching(number: int) -> str:
    if number == 0:
        return "None of them matches a watch"
    return "1 of them matches a watch" if number == 1 else f"{number:,} of them match a watch"
