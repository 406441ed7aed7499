"""What a message says of an alert beside its title: notes, evidence by sentence, dates. One wording for every form."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo

from monitor.alerting.clean import clean
from monitor.alerting.fit import shorten
from monitor.alerting.words import Names, local_time
from monitor.model import Alert, Evidence, Headline, Reason

OLD = timedelta(hours=48)  # a date further from the time it was seen is marked.
MAX_FEEDS = 6  # that are named as having the same article.
MAX_DATE = 60  # of a date as written.


def notes(alert: Alert, watches: tuple[str, ...], names: Names) -> tuple[str, ...]:
    """Say why this is told, for which watches, and what could not be read."""
    said = []
    named = ", ".join(names.watch(watch) for watch in watches)
    match alert.reason:
        case Reason.UPDATE:
            said.append("Update: an article you may have been told of now matches more of your watches.")
        case Reason.CORRECTION:
            said.append("Correction: the publisher has changed this article.")
        case Reason.REMINDER:
            said.append("Reminder: nobody has acknowledged this alert.")
        case _:
            pass  # the others are told without an article, or say all in their evidence.
    said.append(f"{'Watch' if len(watches) == 1 else 'Watches'}: {named}")
    also = [names.feed(headline.feed_id) for headline in alert.headlines[1:]]
    if also:
        more = f" and {len(also) - MAX_FEEDS} more" if len(also) > MAX_FEEDS else ""
        said.append(f"Also in: {', '.join(also[:MAX_FEEDS])}{more}")
    if alert.incomplete:
        why = shorten(clean(alert.incomplete).strip().rstrip("."), 200)
        said.append(f"The page could not be read ({why}): only the feed's own text was matched.")
    return tuple(said)


def by_sentence(shown: Iterable[Evidence]) -> dict[str, list[Evidence]]:
    """Gather evidence by its sentence, cleaned, so that each is quoted once."""
    groups: dict[str, list[Evidence]] = {}
    for evidence in shown:
        groups.setdefault(clean(evidence.sentence).strip(), []).append(evidence)
    return groups


def others(group: Iterable[Evidence]) -> str:
    """Say how many other hits there were, "" if none."""
    count = max(evidence.others for evidence in group)
    return f"({count} other {'hit' if count == 1 else 'hits'} in this article)" if count else ""


def dates(headline: Headline, alert: Alert, zone: tzinfo) -> tuple[str, ...]:
    """Say what date the feed gave the article, and when it was seen."""
    seen_at = alert.seen_at or alert.created_at
    raw = shorten(clean(headline.published_raw).strip(), MAX_DATE)
    dated = raw or (local_time(headline.published_at, zone) if headline.published_at else "the feed gave no date")
    return (f"Dated: {dated}{_age(headline.published_at, seen_at)}", f"Seen: {local_time(seen_at, zone)}")


def _age(published_at: datetime | None, seen_at: datetime) -> str:
    """Mark a date that is far from the time it was seen: old news that is new to the feed, or a wrong clock."""
    if published_at is None or abs(seen_at - published_at) <= OLD:
        return ""
    days = abs(seen_at - published_at).days
    return f" (! dated {days} days {'before' if published_at < seen_at else 'after'} it was seen)"
