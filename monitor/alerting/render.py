"""Put an alert into words: plain text that fits the service, in which only our own words speak for us."""

from __future__ import annotations

from datetime import tzinfo

from monitor.alerting.clean import clean
from monitor.alerting.digests import digest_lines
from monitor.alerting.discreet import discreet_lines, discreet_title
from monitor.alerting.facts import by_sentence, dates, notes, others
from monitor.alerting.fit import around, shorten, shorten_lines, width
from monitor.alerting.headers import mail_headers, message_id
from monitor.alerting.letter import letter, plain_letter
from monitor.alerting.payload import payload
from monitor.alerting.words import (
    OURSELVES,
    REPEATED,
    Names,
    alert_number,
    first_line,
    headline_title,
    is_rtl,
    link_line,
    lists_alerts,
    marks,
    real_host,
    safe_link,
    speaks,
)
from monitor.model import Alert, Evidence, Headline, Limits, Message

__all__ = ("Names", "message_id", "render_alert")

MAX_SENTENCE = 1_000  # longer is no sentence: a page without full stops.
MAX_NAMES = 3  # in the title line; the body names all.
MIN_EVIDENCE = 60  # a quotation shorter than this says nothing.


def render_alert(  # noqa: PLR0913 - the parts of one message, each named at the call.
    alert: Alert,
    *,
    watches: tuple[str, ...],
    names: Names,
    limits: Limits,
    zone: tzinfo,
    repeat: bool,
    message_id: str,
    channel_id: str = "",
    first_id: str = "",
    discreet: bool = False,
) -> Message:
    """Word `alert` for a delivery that stands for `watches`, within `limits`, times in `zone`.

    Names those watches only. An alert with a text of its own (summary, health, digest) is that text and its headlines.
    `first_id` is the Message-ID of the article's first alert to this recipient, which a mail then follows. `discreet`:
    nothing but the watches' ids and the links, in every part of the message.
    """
    if discreet:
        title, lines = discreet_title(alert, watches, repeat=repeat), discreet_lines(alert, watches, limits)
        text, html = _assemble(lines, title, limits, repeat=repeat), plain_letter(title, lines, repeat=repeat)
    else:
        title = _title(alert, watches, names, repeat=repeat)
        text = _text(alert, title, watches, names, limits, zone, repeat=repeat)
        html = letter(alert, title, watches=watches, names=names, zone=zone, repeat=repeat)
    return Message(
        title=shorten(title, limits.title) if limits.title else "",
        body=text,
        message_id=message_id,
        severity=alert.severity,
        html=html,
        headers=mail_headers("" if discreet else channel_id, message_id=message_id, first_id=first_id),
        payload=payload(alert, watches, names, message_id=message_id, repeat=repeat, discreet=discreet),
    )


def _text(  # noqa: PLR0913 - the parts of one text.
    alert: Alert,
    title: str,
    watches: tuple[str, ...],
    names: Names,
    limits: Limits,
    zone: tzinfo,
    *,
    repeat: bool,
) -> str:
    head = _head(alert, title, limits, repeat=repeat)
    room = limits.body - width("".join(f"{line}\n" for line in head))
    body = _told(alert, names, limits, room) if speaks(alert) else _evidenced(alert, watches, names, zone, room)
    # The parts share the room by halves and quarters, which at a hundred characters may not leave enough.
    return shorten_lines("\n".join(filter(None, (*head, body))), limits.body)


def _assemble(lines: tuple[str, ...], title: str, limits: Limits, *, repeat: bool) -> str:
    """Put a discreet message together: its title where the service has none, the repeat, its lines."""
    head = (() if limits.title else (shorten(title, limits.body // 4),)) + ((REPEATED,) if repeat else ())
    return shorten_lines("\n".join((*head, *lines)), limits.body)


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
        apart = bool(said) and is_rtl(said)
        lines = [title.replace(f": {said} (", " (", 1), said, *lines] if apart else [title, *lines]
    elif said:
        lines.insert(0, said)
    return tuple(shorten(line, limits.body // 4) for line in lines)


# --- the title line -----------------------------------------------------------------------------------------------


def _title(alert: Alert, watches: tuple[str, ...], names: Names, *, repeat: bool) -> str:
    marked = marks(alert, repeat=repeat)
    if speaks(alert):
        said = first_line(alert.text)
        return f"{marked}{said}" if said.startswith(OURSELVES) else f"{marked}{OURSELVES}: {said}"
    headline = alert.headlines[0] if alert.headlines else None
    named = ", ".join(names.watch(watch) for watch in watches[:MAX_NAMES])
    more = f" and {len(watches) - MAX_NAMES} more" if len(watches) > MAX_NAMES else ""
    if headline is None:
        return f"{marked}{named}{more}"
    return f"{marked}{named}{more}: {headline_title(headline)} ({names.feed(headline.feed_id)})"


# --- an article's message -----------------------------------------------------------------------------------------


def _evidenced(alert: Alert, watches: tuple[str, ...], names: Names, zone: tzinfo, room: int) -> str:
    """Write the notes, the evidence, the link and the dates; the evidence gives way where room is short."""
    noted = notes(alert, watches, names)
    facts = _facts(alert, names, zone, room)
    left = room - width("\n".join((*noted, *facts))) - 2
    shown = [evidence for evidence in alert.evidence if evidence.watch_id in watches]
    quoted = _quotations(shown, names, left, alone=len(watches) == 1)
    body = "\n".join((*noted, *quoted, *facts))
    return body if width(body) <= room else shorten_lines("\n".join((*facts, *noted)), room)


def _quotations(shown: list[Evidence], names: Names, room: int, *, alone: bool) -> tuple[str, ...]:
    """Quote each sentence once, on a line of its own, under the watches it speaks for."""
    lines: list[str] = []
    groups = by_sentence(shown)
    for index, (sentence, group) in enumerate(groups.items()):
        share = min(MAX_SENTENCE, room // (len(groups) - index))
        block = _quotation(sentence, group, names, share, alone=alone)
        room -= width("\n".join(block)) + 2
        lines += block
    return tuple(lines)


def _quotation(sentence: str, group: list[Evidence], names: Names, room: int, *, alone: bool) -> tuple[str, ...]:
    head = () if alone else (f"{', '.join(names.watch(evidence.watch_id) for evidence in group)}:",)
    tail = tuple(filter(None, (others(group),)))
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
            facts += dates(headline, alert, zone)
    facts.append(f"Alert: {alert_number(alert)}")
    return tuple(facts)


def _link(url: str, room: int) -> tuple[str, ...]:
    """Write a link on its own line and its real host under it."""
    line = link_line(url, room)
    host = real_host(line) if line == safe_link(url) else ""
    return (line, f"Site: {host}") if host else tuple(filter(None, (line,)))


# --- summaries, health, digests -----------------------------------------------------------------------------------


def _told(alert: Alert, names: Names, limits: Limits, room: int) -> str:
    """Write the text, then each headline with its link under it. Without a title, its first line is already said."""
    text = clean(alert.text, keep_newlines=True).strip()
    if not limits.title:
        text = text.split("\n", 1)[1] if "\n" in text else ""
    if lists_alerts(alert):
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
