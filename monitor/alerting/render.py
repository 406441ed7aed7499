"""Put an alert into words: plain text that fits the service, in which only our own words speak for us."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime, timedelta, tzinfo

from monitor.alerting.clean import clean
from monitor.alerting.digests import digest_lines
from monitor.alerting.fit import around, shorten, shorten_lines, width
from monitor.alerting.words import (
    REPEATED,
    Names,
    first_line,
    headline_title,
    link_line,
    local_time,
    marks,
    real_host,
    safe_link,
    speaks,
)
from monitor.model import Alert, Evidence, Headline, Limits, Message, Reason

__all__ = ("Names", "message_id", "render_alert")

OLD = timedelta(hours=48)  # a date further from the time it was seen is marked.
MAX_SENTENCE = 1_000  # longer is no sentence: a page without full stops.
MAX_DATE = 60  # of a date as written.
MAX_NAMES = 3  # in the title line; the body names all.
MIN_EVIDENCE = 60  # a quotation shorter than this says nothing.
ID_DIGITS = 12  # of an alert's id, for a person to quote.


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
    body = _told(alert, names, limits, room) if speaks(alert) else _evidenced(alert, watches, names, zone, room)
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
        lines.append(REPEATED)
    said = headline_title(alert.headlines[0]) if alert.headlines and not speaks(alert) else ""
    if not limits.title:
        apart = bool(said) and any(unicodedata.bidirectional(char) in {"R", "AL"} for char in said)
        lines = [title.replace(f": {said} (", " (", 1), said, *lines] if apart else [title, *lines]
    elif said:
        lines.insert(0, said)
    return tuple(shorten(line, limits.body // 4) for line in lines)


# --- the title line -----------------------------------------------------------------------------------------------


def _title(alert: Alert, watches: tuple[str, ...], names: Names, *, repeat: bool) -> str:
    marked = marks(alert, repeat=repeat)
    if speaks(alert):
        return f"{marked}News monitor: {first_line(alert.text)}"
    headline = alert.headlines[0] if alert.headlines else None
    named = ", ".join(names.watch(watch) for watch in watches[:MAX_NAMES])
    more = f" and {len(watches) - MAX_NAMES} more" if len(watches) > MAX_NAMES else ""
    if headline is None:
        return f"{marked}{named}{more}"
    return f"{marked}{named}{more}: {headline_title(headline)} ({names.feed(headline.feed_id)})"


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
            facts.append(f"Also: {headline_title(headline)}")
        facts += _link(headline.url, room // 2)
        facts.append(f"Feed: {names.feed(headline.feed_id)}")
        if not index:
            facts += _dates(headline, alert, zone)
    facts.append(f"Alert: {alert.id[:ID_DIGITS]}")
    return tuple(facts)


def _link(url: str, room: int) -> tuple[str, ...]:
    """Write a link on its own line and its real host under it."""
    line = link_line(url, room)
    host = real_host(line) if line == safe_link(url) else ""
    return (line, f"Site: {host}") if host else tuple(filter(None, (line,)))


def _dates(headline: Headline, alert: Alert, zone: tzinfo) -> tuple[str, ...]:
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


# --- summaries, health, digests -----------------------------------------------------------------------------------


def _told(alert: Alert, names: Names, limits: Limits, room: int) -> str:
    """Write the text, then each headline with its link under it. Without a title, its first line is already said."""
    text = clean(alert.text, keep_newlines=True).strip()
    if not limits.title:
        text = text.split("\n", 1)[1] if "\n" in text else ""
    if alert.reason is Reason.DIGEST:
        listed = digest_lines(alert.headlines, names, limits, room - (width(text) + 2 if text else 0))
        return "\n".join(filter(None, (text, listed)))
    blocks = [_listed(headline, names, room // 2) for headline in alert.headlines]
    text = shorten_lines(text, max(room // 2, room - sum(width(block) + 2 for block in blocks)))
    body = "\n".join(filter(None, (text, *blocks)))
    if width(body) <= room:
        return body
    return _with_count(text, blocks, room)


def _listed(headline: Headline, names: Names, room: int) -> str:
    line = f"- {headline_title(headline)} ({names.feed(headline.feed_id)})"
    return "\n".join(filter(None, (line, link_line(headline.url, room))))


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
