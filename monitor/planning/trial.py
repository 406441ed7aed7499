"""What a new or changed watch would have said of the articles that are stored already, and what of it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime, timedelta

from monitor.model import FOREVER, Alert, Channel, Headline, Match, Reason, Severity, Verdict, Watch
from monitor.planning.identity import digest
from monitor.planning.read import Readers, delivery, keep_quiet, new_alert
from monitor.planning.work import NewAlert, StoredArticle, TrialPlan

COUNTED = timedelta(hours=24)  # the articles that the operator's line counts.
NEWEST = 5  # matching articles that the operator's message names,
MOST_LINES = 20  # and the watches it has a line for.

# Keys of a watch that say nothing of what it looks for.
_ASIDE = frozenset({"id", "name", "notify", "severity", "countries", "within"})


def watch_digest(watch: Watch) -> str:
    """Return what tells a watch that looks for something else from this one. A key left at its default is no part."""
    said = ((one.name, getattr(watch, one.name), one.default) for one in fields(watch) if one.name not in _ASIDE)
    return digest(*(f"{name}={value!r}" for name, value, usual in said if usual is MISSING or value != usual))


def untried(watches: Sequence[Watch], known: Mapping[str, str]) -> tuple[Watch, ...]:
    """Return the watches that are new or look for something else than when they were last tried.

    `known` are digests by id; one that is "" is of a watch that was at work before any were kept.
    """
    return tuple(watch for watch in watches if known.get(watch.id, "?") not in {"", watch_digest(watch)})


def digests_of(watches: Sequence[Watch]) -> dict[str, str]:
    """Return what is remembered of watches once they have been tried."""
    return {watch.id: watch_digest(watch) for watch in watches}


def try_since(watches: Sequence[Watch], *, now: datetime) -> datetime | None:
    """Return since when articles are asked for; None means all of them."""
    longest = max((watch.backfill for watch in watches), default=timedelta(0))
    return None if longest == FOREVER else now - max(longest, COUNTED)


@dataclass(slots=True)
class Tally:
    """What a trial has found so far: how many articles of the last 24 h each watch matches, and the newest of them.

    Of `textless` ones no text is stored: a first poll does not fetch pages, and some pages cannot be read.
    """

    counts: dict[str, int] = field(default_factory=dict)
    articles: int = 0
    textless: int = 0
    newest: list[Headline] = field(default_factory=list)

    def add(self, stored: StoredArticle, matches: Sequence[Match], *, now: datetime) -> None:
        """Count what watches make of one article. Articles come newest first."""
        if now - stored.seen_at > COUNTED:
            return
        self.articles += 1
        self.textless += not stored.article.body or bool(stored.article.incomplete)
        certain = [match for match in matches if match.verdict is Verdict.MATCH]
        for match in certain:
            self.counts[match.watch_id] = self.counts.get(match.watch_id, 0) + 1
        if certain and len(self.newest) < NEWEST:
            article = stored.article
            self.newest.append(
                Headline(article.title, article.url, article.feed_id, article.published_at, article.published_raw)
            )

    def lines(self, watches: Sequence[Watch]) -> tuple[str, ...]:
        """Return one line for each watch, at most 20; the matching ones first if there are more."""
        order = list(watches)
        if len(order) > MOST_LINES:
            order.sort(key=lambda watch: -self.counts.get(watch.id, 0))
        lines = [_line(watch, self.counts.get(watch.id, 0)) for watch in order[:MOST_LINES]]
        left = len(watches) - len(lines)
        return (*lines, *([f"and {left:,} more watches."] if left > 0 else []), *self._gap())

    def _gap(self) -> tuple[str, ...]:
        """Say how much a trial could not see: what the text would have matched is not counted."""
        if not self.textless:
            return ()
        return (f"Articles without stored text: {self.textless:,} of {self.articles:,}. Tried on what the feed says.",)


def _line(watch: Watch, count: int) -> str:
    number = "none" if count == 0 else f"{count:,}"
    return f"Watch {watch.name}: {number} of the last 24 h's articles match{'es' if count == 1 else ''}."


def plan_trial(
    stored: StoredArticle, matches: Sequence[Match], watches: Sequence[Watch], readers: Readers, *, now: datetime
) -> TrialPlan | None:
    """Return what new watches change about a stored article: an alert, as far as their backfill reaches back.

    Nothing is recorded for a watch without backfill: it is as free to match later as it was.
    """
    reaching = {watch.id for watch in watches if watch.backfill == FOREVER or now - stored.seen_at < watch.backfill}
    new = tuple(one for one in matches if one.watch_id in reaching and one.watch_id not in stored.told)
    new = keep_quiet(new, readers.watches)
    if not new:
        return None
    certain = tuple(match for match in new if match.verdict is Verdict.MATCH)
    # Several trials may tell of the same text, each of its own watches.
    revision = digest("trial", *(match.watch_id for match in certain)) if stored.alerted else ""
    alert = new_alert(stored.article, certain, readers, revision=revision, now=now) if certain else None
    return TrialPlan(stored.article.id, stored.told, new, alert, stored.seen_at)


def plan_trial_summary(
    tally: Tally, watches: Sequence[Watch], operators: Sequence[Channel], *, now: datetime
) -> NewAlert | None:
    """Return the message for the operator channels: how many stored articles the new watches match; None if none."""
    if not tally.counts:
        return None
    lines = list(tally.lines(watches))
    if any(not watch.backfill for watch in watches):
        lines.append("Of these nothing is announced one by one, unless a watch has backfill.")
    lines.append("The newest that match:")
    alert = Alert(
        id=digest("trial", *(part for pair in sorted(digests_of(watches).items()) for part in pair)),
        reason=Reason.SUMMARY,
        severity=Severity.NORMAL,
        created_at=now,
        headlines=tuple(tally.newest),
        seen_at=now,
        text="\n".join(lines),
    )
    rows = (delivery(alert, channel, to, (), now=now) for channel in operators for to in channel.recipients)
    return NewAlert(alert, tuple(rows))
