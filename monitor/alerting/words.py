"""The words that all messages share: names, titles, links with their real host, times."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from urllib.parse import quote, urlsplit

from monitor.alerting.clean import clean
from monitor.alerting.fit import shorten, width
from monitor.model import Alert, Headline, Reason, Severity

MAX_TITLE = 300  # of an article; longer ones are teasers in the wrong field.
ID_DIGITS = 12  # of an alert's id.
OURSELVES = "News monitor"
REPEAT = "possible repeat"
REPEATED = f"This is a {REPEAT}: it may have reached you already."
_UNSAFE_IN_URL = re.compile(r"[\s<>\"\\^`{|}]")


@dataclass(frozen=True, slots=True)
class Names:
    """What messages call watches and feeds: configured names by id. What is not in here is called by its id."""

    watches: Mapping[str, str]
    feeds: Mapping[str, str]

    def watch(self, watch_id: str) -> str:
        """Name a watch on one line."""
        return clean(self.watches.get(watch_id, watch_id))

    def feed(self, feed_id: str) -> str:
        """Name a feed on one line."""
        return clean(self.feeds.get(feed_id, feed_id))


IDS = Names({}, {})  # calls all by their ids.


def speaks(alert: Alert) -> bool:
    """Tell alerts that bring their own text from those that bring an article."""
    return alert.article_id is None and bool(alert.text)


def lists_alerts(alert: Alert) -> bool:
    """Tell a digest of alerts, which names their watches, from a report."""
    return alert.reason is Reason.DIGEST and bool(alert.watches)


def first_line(text: str) -> str:
    """Return the first line of an alert's own text, as its title has it."""
    return clean(text, keep_newlines=True).strip().split("\n", 1)[0].rstrip(":")


def marks(alert: Alert, *, repeat: bool) -> str:
    """Return what stands in brackets before a title: severity if not normal, reason if not new, the repeat."""
    said = []
    if alert.severity is not Severity.NORMAL:
        said.append(alert.severity.value)
    if alert.reason in {Reason.UPDATE, Reason.CORRECTION, Reason.REMINDER}:
        said.append(alert.reason.value)
    if repeat:
        said.append(REPEAT)
    return f"[{', '.join(said)}] " if said else ""


def headline_title(headline: Headline, room: int = MAX_TITLE) -> str:
    """Return an article's title on one line, at most `room` wide."""
    return shorten(clean(headline.title).strip(), room) or "(no title)"


def is_rtl(text: str) -> bool:
    """Say whether a text holds letters that are written from right to left: it then gets a line of its own."""
    return any(unicodedata.bidirectional(char) in {"R", "AL"} for char in text)


def alert_number(alert: Alert) -> str:
    """Return the start of an alert's id, for a person to quote."""
    return alert.id[:ID_DIGITS]


def safe_link(url: str) -> str:
    """Return a link in which nothing can end it early or open markup; "" if there is none."""
    return _UNSAFE_IN_URL.sub(lambda match: quote(match.group()), clean(url).strip())


def real_host(link: str) -> str:
    """Return the host a link leads to, as it is sent: what stands before an @ is none, letters become punycode."""
    try:
        host = urlsplit(link).hostname or ""
    except ValueError:
        return ""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def link_line(url: str, room: int) -> str:
    """Return a link whole, or where it leads if it is wider than `room`; "" if there is none."""
    link = safe_link(url)
    if width(link) <= room:
        return link
    return f"(the link is too long for this service; it leads to {real_host(link)})"


def local_time(moment: datetime, zone: tzinfo) -> str:
    """Write a moment as its reader's clock shows it, with the name of the zone."""
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} {getattr(zone, 'key', None) or local.tzname() or ''}".rstrip()
