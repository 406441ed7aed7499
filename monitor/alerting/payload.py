"""An alert as one JSON object for machines. Its version is raised when a key changes its meaning or goes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from monitor.alerting.clean import clean
from monitor.alerting.words import IDS, Names, real_host, safe_link
from monitor.model import Alert, Headline

VERSION = 1


def payload(
    alert: Alert, watches: tuple[str, ...], names: Names, *, message_id: str, repeat: bool, discreet: bool = False
) -> str:
    """Return the object as JSON text; every text in it is cleaned. `discreet`: ids and links, the rest is empty."""
    called = IDS if discreet else names
    evidence = () if discreet else tuple(each for each in alert.evidence if each.watch_id in watches)
    return json.dumps(
        {
            "version": VERSION,
            "id": alert.id,
            "reason": alert.reason.value,
            "severity": alert.severity.value,
            "created_at": _time(alert.created_at),
            "seen_at": _time(alert.seen_at),
            "message_id": message_id,
            "repeat": repeat,
            "watches": [{"id": watch, "name": called.watch(watch)} for watch in watches],
            "articles": [_article(headline, names, discreet=discreet) for headline in _named(alert, discreet=discreet)],
            "evidence": [
                {
                    "watch": each.watch_id,
                    "sentence": clean(each.sentence).strip(),
                    "form": clean(each.form),
                    "others": each.others,
                }
                for each in evidence
            ],
            "text": "" if discreet else clean(alert.text, keep_newlines=True).strip(),
            "incomplete": "" if discreet else clean(alert.incomplete).strip(),
        }
    )


def _named(alert: Alert, *, discreet: bool) -> tuple[Headline, ...]:
    """Return the articles; those of a summary are not for a discreet channel, as they stand for no watch."""
    return () if discreet and not alert.watches else alert.headlines


def _article(headline: Headline, names: Names, *, discreet: bool) -> dict[str, object]:
    link = safe_link(headline.url)
    known = {"url": link, "host": real_host(link)}
    if discreet:
        return {"title": "", **known, "feed": None, "published_at": None, "published_raw": ""}
    return {
        "title": clean(headline.title).strip(),
        **known,
        "feed": {"id": headline.feed_id, "name": names.feed(headline.feed_id)},
        "published_at": _time(headline.published_at),
        "published_raw": clean(headline.published_raw).strip(),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
