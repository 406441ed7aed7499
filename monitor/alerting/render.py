"""Put an alert into words: plain text that fits the service, in which only our own words speak for us."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from urllib.parse import quote, urlsplit

from monitor.alerting.clean import clean
from monitor.alerting.fit import around, shorten, shorten_lines, width
from monitor.model import Alert, Evidence, Headline, Limits, Message, Reason, Severity

OLD = timedelta(hours=48)  # a date further from the time it was seen is marked.
MAX_SENTENCE = 1_000  # longer is no sentence: a page without full stops.
MAX_TITLE = 300  # of an article; longer ones are teasers in the wrong field.
MAX_DATE = 60  # of a date as written.
MAX_NAMES = 3  # in the title line; the body names all.
MIN_EVIDENCE = 60  # a quotation shorter than this says nothing.
ID_DIGITS = 12  # of an alert's id, for a person to quote.
REPEAT = "possible repeat"
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


def message_id(alert_id: str, channel_id: str, recipient: str = "") -> str:
    """Derive the Message-ID of an alert for one recipient of one channel: the same for every attempt.

    Source: RFC 5322 section 3.6.4 (msg-id), RFC 2606 section 2 (.invalid can belong to nobody).
    """
    digest = hashlib.sha256(f"{alert_id}\0{channel_id}\0{recipient}".encode("utf-8", "surrogatepass"))
    return f"<{digest.hexdigest()[:32]}@news-monitor.invalid>"


def render_alert(  # noqa: PLR0913 - the parts of one message, each named at the call.
    alert: Alert,
    *,
    watches: tuple[str, ...],
    names: Names,
    limits: Limits,
    zone: tzinfo,
    repeat: bool,
    message_id: str,
) -> Message:
    """Word `alert` for a delivery that stands for `watches`, within `limits`, times in `zone`.

    Names those watches only. An alert with a text of its own (summary, health, digest) is that text and its headlines.
    """
    title = _title(alert, watches, names, repeat=repeat)
    head = _head(alert, title, limits, repeat=repeat)
    room = limits.body - width("".join(f"{line}\n" for line in head))
    body = (
        _told(alert, names, room, titled=bool(limits.title))
        if _speaks(alert)
        else _evidenced(alert, watches, names, zone, room)
    )
    return Message(
        title=shorten(title, limits.title) if limits.title else "",
        # The parts share the room by halves and quarters, which at a hundred characters may not leave enough.
        body=shorten_lines("\n".join(filter(None, (*head, body))), limits.body),
        message_id=message_id,
        severity=alert.severity,
    )


def _head(alert: Alert, title: str, limits: Limits, *, repeat: bool) -> tuple[str, ...]:
    """Begin the body: with the title line where the service has none, else with the article's title alone.

    A title written from right to left gets a line of its own, so that it turns nothing else around.
    """
    lines: list[str] = []
    if repeat:
        # Said in the body too, since a phone shows only the start of a subject.
        lines.append(f"This is a {REPEAT}: it may have reached you already.")
    said = _headline_title(alert.headlines[0]) if alert.headlines and not _speaks(alert) else ""
    if not limits.title:
        apart = bool(said) and any(unicodedata.bidirectional(char) in {"R", "AL"} for char in said)
        lines = [title.replace(f": {said} (", " (", 1), said, *lines] if apart else [title, *lines]
    elif said:
        lines.insert(0, said)
    return tuple(shorten(line, limits.body // 4) for line in lines)


def _speaks(alert: Alert) -> bool:
    """Tell alerts that bring their own text from those that bring an article."""
    return alert.article_id is None and bool(alert.text)


# --- the title line -----------------------------------------------------------------------------------------------


def _title(alert: Alert, watches: tuple[str, ...], names: Names, *, repeat: bool) -> str:
    marks = _marks(alert, repeat=repeat)
    if _speaks(alert):
        return f"{marks}News monitor: {_first_line(alert.text)}"
    headline = alert.headlines[0] if alert.headlines else None
    named = ", ".join(names.watch(watch) for watch in watches[:MAX_NAMES])
    more = f" and {len(watches) - MAX_NAMES} more" if len(watches) > MAX_NAMES else ""
    if headline is None:
        return f"{marks}{named}{more}"
    return f"{marks}{named}{more}: {_headline_title(headline)} ({names.feed(headline.feed_id)})"


def _marks(alert: Alert, *, repeat: bool) -> str:
    marks = []
    if alert.severity is not Severity.NORMAL:
        marks.append(alert.severity.value)
    if alert.reason in {Reason.UPDATE, Reason.CORRECTION, Reason.REMINDER}:
        marks.append(alert.reason.value)
    if repeat:
        marks.append(REPEAT)
    return f"[{', '.join(marks)}] " if marks else ""


def _headline_title(headline: Headline) -> str:
    return shorten(clean(headline.title).strip(), MAX_TITLE) or "(no title)"


def _first_line(text: str) -> str:
    return clean(text, keep_newlines=True).strip().split("\n", 1)[0].rstrip(":")


# --- an article's message -----------------------------------------------------------------------------------------


def _evidenced(alert: Alert, watches: tuple[str, ...], names: Names, zone: tzinfo, room: int) -> str:
    """Write the notes, the evidence, the link and the dates; the evidence gives way where room is short."""
    notes = _notes(alert, watches, names)
    facts = _facts(alert, names, zone, room)
    left = room - width("\n".join((*notes, *facts))) - 2
    shown = [evidence for evidence in alert.evidence if evidence.watch_id in watches]
    quoted = _quotations(shown, names, left, alone=len(watches) == 1)
    body = "\n".join((*notes, *quoted, *facts))
    return body if width(body) <= room else shorten_lines("\n".join((*facts, *notes)), room)


def _notes(alert: Alert, watches: tuple[str, ...], names: Names) -> tuple[str, ...]:
    notes = []
    named = ", ".join(names.watch(watch) for watch in watches)
    match alert.reason:
        case Reason.UPDATE:
            notes.append("Update: an article you may have been told of now matches more of your watches.")
        case Reason.CORRECTION:
            notes.append("Correction: the publisher has changed this article.")
        case Reason.REMINDER:
            notes.append("Reminder: nobody has acknowledged this alert.")
        case _:
            pass  # the others are told without an article, or say all in their evidence.
    notes.append(f"{'Watch' if len(watches) == 1 else 'Watches'}: {named}")
    if alert.incomplete:
        why = shorten(clean(alert.incomplete).strip().rstrip("."), 200)
        notes.append(f"The page could not be read ({why}): only the feed's own text was matched.")
    return tuple(notes)


def _quotations(shown: list[Evidence], names: Names, room: int, *, alone: bool) -> tuple[str, ...]:
    """Quote each sentence once, on a line of its own, under the watches it speaks for."""
    lines: list[str] = []
    groups: dict[str, list[Evidence]] = {}
    for evidence in shown:
        groups.setdefault(clean(evidence.sentence).strip(), []).append(evidence)
    for index, (sentence, group) in enumerate(groups.items()):
        share = min(MAX_SENTENCE, room // (len(groups) - index))
        block = _quotation(sentence, group, names, share, alone=alone)
        room -= width("\n".join(block)) + 2
        lines += block
    return tuple(lines)


def _quotation(sentence: str, group: list[Evidence], names: Names, room: int, *, alone: bool) -> tuple[str, ...]:
    head = () if alone else (f"{', '.join(names.watch(evidence.watch_id) for evidence in group)}:",)
    others = max(evidence.others for evidence in group)
    tail = (f"({others} other {'hit' if others == 1 else 'hits'} in this article)",) if others else ()
    left = room - width("\n".join((*head, *tail))) - 6
    quoted = around(sentence, clean(group[0].form), left) if left >= MIN_EVIDENCE or width(sentence) <= left else ""
    # The sentence stands on its own line: one written from right to left then turns nothing else around.
    said = (f"“{quoted}”",) if quoted else ()
    return (*head, *said, *tail)


def _facts(alert: Alert, names: Names, zone: tzinfo, room: int) -> tuple[str, ...]:
    facts: list[str] = []
    for index, headline in enumerate(alert.headlines):
        if index:
            facts.append(f"Also: {_headline_title(headline)}")
        facts += _link(headline.url, room // 2)
        facts.append(f"Feed: {names.feed(headline.feed_id)}")
        if not index:
            facts += _dates(headline, alert, zone)
    facts.append(f"Alert: {alert.id[:ID_DIGITS]}")
    return tuple(facts)


def _link(url: str, room: int) -> tuple[str, ...]:
    """Write a link whole on its own line and its real host under it: what stands before an @ is no host."""
    link = _UNSAFE_IN_URL.sub(lambda match: quote(match.group()), clean(url).strip())
    if not link:
        return ()
    host = _host(link)
    if width(link) > room:
        return (f"(the link is too long for this service; it leads to {host})",)
    return (link, f"Site: {host}") if host else (link,)


def _host(link: str) -> str:
    try:
        host = urlsplit(link).hostname or ""
    except ValueError:
        return ""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _dates(headline: Headline, alert: Alert, zone: tzinfo) -> tuple[str, ...]:
    seen_at = alert.seen_at or alert.created_at
    raw = shorten(clean(headline.published_raw).strip(), MAX_DATE)
    dated = raw or (_time(headline.published_at, zone) if headline.published_at else "the feed gave no date")
    return (f"Dated: {dated}{_age(headline.published_at, seen_at)}", f"Seen: {_time(seen_at, zone)}")


def _age(published_at: datetime | None, seen_at: datetime) -> str:
    """Mark a date that is far from the time it was seen: old news that is new to the feed, or a wrong clock."""
    if published_at is None or abs(seen_at - published_at) <= OLD:
        return ""
    days = abs(seen_at - published_at).days
    return f" (! dated {days} days {'before' if published_at < seen_at else 'after'} it was seen)"


def _time(moment: datetime, zone: tzinfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} {getattr(zone, 'key', None) or local.tzname() or ''}".rstrip()


# --- summaries, health, digests -----------------------------------------------------------------------------------


def _told(alert: Alert, names: Names, room: int, *, titled: bool) -> str:
    """Write the text, then each headline with its link under it. Without a title, its first line is already said."""
    text = clean(alert.text, keep_newlines=True).strip()
    if not titled:
        text = text.split("\n", 1)[1] if "\n" in text else ""
    blocks = [_listed(headline, names, room // 2) for headline in alert.headlines]
    text = shorten_lines(text, max(room // 2, room - sum(width(block) + 2 for block in blocks)))
    body = "\n".join(filter(None, (text, *blocks)))
    if width(body) <= room:
        return body
    return _with_count(text, blocks, room)


def _listed(headline: Headline, names: Names, room: int) -> str:
    link = _link(headline.url, room)[:1]
    return "\n".join((f"- {_headline_title(headline)} ({names.feed(headline.feed_id)})", *link))


def _with_count(text: str, blocks: list[str], room: int) -> str:
    """Keep whole headlines, each with its link, and say how many did not fit."""
    kept = [text] if text else []
    used = width(text) + width(f"({len(blocks)} more, too many for one message)") + 2
    shown = 0
    for block in blocks:
        used += width(block) + 2
        if used > room:
            break
        kept.append(block)
        shown += 1
    return "\n".join((*kept, f"({len(blocks) - shown} more, too many for one message)"))
