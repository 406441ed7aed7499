"""An alert as a mail's HTML: a plain document of our own, in which nothing but our own words is markup.

No pictures, no scripts, nothing that is fetched. Every foreign text is escaped and sets its own direction.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from html import escape
from urllib.parse import urlsplit, urlunsplit

from monitor.alerting.clean import clean
from monitor.alerting.facts import by_sentence, dates, notes, others
from monitor.alerting.fit import around
from monitor.alerting.words import REPEATED, Names, alert_number, headline_title, marks, real_host, safe_link, speaks
from monitor.model import Alert, Evidence, Headline

MAX_SENTENCE = 1_000  # as in the text.
_HEAD = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title dir="auto">{title}</title></head>\n'
    '<body style="font-family:sans-serif;line-height:1.5;max-width:42em;margin:1em">\n'
)
_TAIL = "</body></html>\n"


def letter(alert: Alert, title: str, *, watches: tuple[str, ...], names: Names, zone: tzinfo, repeat: bool) -> str:
    """Return the document for `alert`, under the same title and with the same words as its plain text."""
    parts = [_line(REPEATED)] if repeat else []
    if speaks(alert):
        parts += [_line(line) for line in clean(alert.text, keep_newlines=True).strip().split("\n")]
        parts += [_listed(headline, names) for headline in alert.headlines]
    else:
        parts += _article(alert, watches, names, zone)
    parts.append(_line(f"Alert: {alert_number(alert)}"))
    heading = escape(clean(title)) if speaks(alert) else _heading(alert, watches, names, repeat=repeat)
    return _document(title, parts, heading=heading)


def plain_letter(title: str, lines: Iterable[str], *, repeat: bool) -> str:
    """Return a document of these lines; a line that is a link becomes one."""
    said = (*((REPEATED,) if repeat else ()), *lines)
    return _document(title, [_link(line) if "://" in line else _line(line) for line in said])


def _heading(alert: Alert, watches: tuple[str, ...], names: Names, *, repeat: bool) -> str:
    """Name the watches, each in a direction of its own: in one run, an Arabic name would change places with a title."""
    named = ", ".join(f'<bdi dir="auto">{escape(names.watch(watch))}</bdi>' for watch in watches)
    return f"{escape(marks(alert, repeat=repeat))}{named}"


def _document(title: str, parts: Iterable[str], *, heading: str = "") -> str:
    said = escape(clean(title))
    return "\n".join(
        (_HEAD.format(title=said) + f'<h1 dir="auto" style="font-size:1.2em">{heading or said}</h1>', *parts, _TAIL)
    )


def _article(alert: Alert, watches: tuple[str, ...], names: Names, zone: tzinfo) -> list[str]:
    shown = [evidence for evidence in alert.evidence if evidence.watch_id in watches]
    parts = [_line(headline_title(alert.headlines[0]), style="font-weight:bold")] if alert.headlines else []
    parts += [_line(note) for note in notes(alert, watches, names)]
    for sentence, group in by_sentence(shown).items():
        if len(watches) > 1:
            parts.append(_line(f"{', '.join(names.watch(evidence.watch_id) for evidence in group)}:"))
        parts += [_quotation(sentence, group), *(_line(said) for said in (others(group),) if said)]
    for index, headline in enumerate(alert.headlines):
        parts += [_line(f"Also: {headline_title(headline)}")] if index else []
        parts += [_link(headline.url), _labelled("Feed", names.feed(headline.feed_id))]
        parts += [] if index else [_labelled(*line.split(": ", 1)) for line in dates(headline, alert, zone)]
    return parts


def _quotation(sentence: str, group: list[Evidence]) -> str:
    form = clean(group[0].form)
    quoted = _marked(around(sentence, form, MAX_SENTENCE), form)
    return f'<blockquote dir="auto" style="margin:.5em 1em">“{quoted}”</blockquote>' if quoted else ""


def _marked(text: str, form: str) -> str:
    """Escape a text and mark where `form` first stands in it, in whatever case."""
    at = text.find(form)
    if at < 0 and len(text.casefold()) == len(text):
        at = text.casefold().find(form.casefold())
    if at < 0 or not form:
        return escape(text)
    end = at + len(form)
    return f"{escape(text[:at])}<mark>{escape(text[at:end])}</mark>{escape(text[end:])}"


def _listed(headline: Headline, names: Names) -> str:
    title, feed = escape(headline_title(headline)), escape(names.feed(headline.feed_id))
    by = f' <span dir="auto">({feed})</span>' if feed else ""
    return f'<p style="margin:.7em 0 0"><bdi dir="auto">{title}</bdi>{by}</p>\n{_link(headline.url)}'


def _line(text: str, *, style: str = "") -> str:
    styled = f' style="{style}"' if style else ""
    return f'<p dir="auto"{styled}>{escape(clean(text))}</p>'


def _labelled(label: str, text: str) -> str:
    return f'<p>{escape(label)}: <bdi dir="auto">{escape(clean(text))}</bdi></p>'


def _link(url: str) -> str:
    """Write a link under the name of the host it really leads to; what is no address of the web stays text."""
    link = safe_link(url)
    href, host = _href(link)
    if not href:
        return _line(link) if link else ""
    return f'<p><a href="{escape(href)}" rel="noopener noreferrer">{escape(host)}</a></p>'


def _href(link: str) -> tuple[str, str]:
    """Return a link without what could stand before its host, and that host; ("", "") unless it is http or https."""
    host = real_host(link)
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return "", ""
    if parts.scheme.lower() not in {"http", "https"} or not host or not host.isascii():
        return "", ""
    place = f"[{host}]" if ":" in host else host
    return urlunsplit(parts._replace(netloc=f"{place}:{port}" if port else place)), host
