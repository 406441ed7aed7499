"""A channel's daily or weekly report: what was told, what waits for a person's eye, and what is not well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from monitor.alerting.clean import clean
from monitor.alerting.fit import shorten
from monitor.alerting.words import Names, local_time
from monitor.model import Alert, FeedHealth, Headline, Reason, Severity

MAX_SHOWN = 20  # lines of one kind; the rest is counted.
MAX_WORDS = 160  # of an error or a reason.


@dataclass(frozen=True, slots=True)
class Possible:
    """An article that a watch may apply to: kept below the bar, for a person to judge."""

    watch_id: str
    headline: Headline


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that was given up: which alert, on which channel, and the service's own words."""

    alert_id: str
    channel_id: str
    error: str


@dataclass(frozen=True, slots=True)
class FeedLine:
    """A feed that is not well, and since when it last was."""

    feed_id: str
    state: FeedHealth
    last_success_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class SilenceLine:
    """A silence that is or was in force: whose it is, why, until when, and how many alerts it muted."""

    author: str
    reason: str
    ends_at: datetime
    muted: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report says. `kind` is "daily" or "weekly"; `counts` are alerts by watch, in any order.

    `alerts` counts every alert once, however many watches it had. `feeds` are those that are not well, of `feed_count`.
    """

    kind: str
    since: datetime
    until: datetime
    alerts: int
    counts: tuple[tuple[str, int], ...] = ()
    possible: tuple[Possible, ...] = ()
    dead: tuple[DeadLetter, ...] = ()
    feeds: tuple[FeedLine, ...] = ()
    feed_count: int = 0
    silences: tuple[SilenceLine, ...] = ()


def report_alert(report_id: str, report: Report, names: Names, zone: tzinfo) -> Alert:
    """Make the report a message like any other: it is cut to each service's limits when it is rendered."""
    return Alert(
        id=report_id,
        reason=Reason.DIGEST,
        severity=Severity.NORMAL,
        created_at=report.until,
        headlines=tuple(each.headline for each in report.possible),
        seen_at=report.until,
        text=report_text(report, names, zone),
    )


def report_text(report: Report, names: Names, zone: tzinfo) -> str:
    """Write the report, what matters most first; the possible articles are its headlines and come last."""
    said = f"{report.alerts} {'alert' if report.alerts == 1 else 'alerts'}"
    lines = [f"{clean(report.kind).capitalize()} report: {said}"]
    lines.append(f"From {local_time(report.since, zone)} to {local_time(report.until, zone)}.")
    counts = sorted(report.counts, key=lambda each: (-each[1], each[0]))
    lines += _section("Alerts by watch", [f"{names.watch(watch)}: {count}" for watch, count in counts], "")
    lines += _section("Given up, nobody was told", [_dead(each) for each in report.dead], "No delivery was given up.")
    healthy = f"All {report.feed_count} feeds are well." if report.feed_count else ""
    title = f"Feeds that are not well, of {report.feed_count}"
    lines += _section(title, [_feed(each, names, zone) for each in report.feeds], healthy)
    lines += _section("Silences", [_silence(each, zone) for each in report.silences], "")
    lines += _possible(report, names)
    return "\n".join(lines)


def _section(title: str, rows: list[str], without: str) -> list[str]:
    if not rows:
        return [without] if without else []
    left = len(rows) - MAX_SHOWN
    more = [f"- and {left} more"] if left > 0 else []
    return [f"{title}:", *(f"- {row}" for row in rows[:MAX_SHOWN]), *more]


def _possible(report: Report, names: Names) -> list[str]:
    """Head the list of possible articles, which follows, with their number for each watch."""
    if not report.possible:
        return []
    watches = [each.watch_id for each in report.possible]
    counted = ", ".join(f"{names.watch(watch)} {watches.count(watch)}" for watch in dict.fromkeys(watches))
    return [f"Possible, for you to judge ({counted}):"]


def _dead(dead: DeadLetter) -> str:
    return f"alert {clean(dead.alert_id)[:12]} on {clean(dead.channel_id)}: {_words(dead.error) or 'no reason known'}"


def _feed(feed: FeedLine, names: Names, zone: tzinfo) -> str:
    since = f", last well {local_time(feed.last_success_at, zone)}" if feed.last_success_at else ", never yet well"
    error = _words(feed.error)
    return f"{names.feed(feed.feed_id)}: {feed.state.value}{since}{f' ({error})' if error else ''}"


def _silence(silence: SilenceLine, zone: tzinfo) -> str:
    by = f"by {_words(silence.author)}" if _words(silence.author) else "by nobody named"
    return f"{by} until {local_time(silence.ends_at, zone)}: {_words(silence.reason)} ({silence.muted} muted)"


def _words(text: str) -> str:
    return shorten(clean(text).strip(), MAX_WORDS)
