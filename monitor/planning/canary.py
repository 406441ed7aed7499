"""The canary: an invented article and a watch that only it can match, sent as a test.

It goes through matching, the making of alerts, the queue and sending. It is not fetched or extracted, and no route is
asked: it goes to every channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.model import Article, Channel, ConceptKind, Match, Reason, Verdict, Watch
from monitor.planning.identity import digest
from monitor.planning.read import Readers, new_alert
from monitor.planning.work import NewAlert

# No watch and no feed of a configuration can be called so: their ids hold no brackets.
CANARY = "(canary)"
_SONG = "a canary sings for the News monitor"
_WORDS = (
    "Canary: this is a test, and no news.\n"
    "It was matched, worded, queued and sent as an article is, and it has reached you.\n"
    "Nobody needs to do anything. If it stops coming although it is configured, look at `monitor status`."
)
CANARY_WATCH = Watch(CANARY, "Canary", ConceptKind.KEYWORD, (_SONG,))


def canary_article(*, now: datetime) -> Article:
    """Return the invented article."""
    return Article(
        id=digest(CANARY, now.isoformat()),
        feed_id=CANARY,
        url="",
        title="A test of the News monitor",
        lead="An invented article.",
        body=f"Every now and then {_SONG}, so that silence means no news.",
        language="en",
        seen_at=now,
    )


def keep_apart(article: Article, matches: Sequence[Match]) -> tuple[Match, ...]:
    """Leave the canary's watch to the canary, and the canary to its watch: whatever a feed writes, it is no test."""
    is_test = article.feed_id == CANARY
    return tuple(match for match in matches if (match.watch_id == CANARY) is is_test)


def plan_canary(
    article: Article, matches: Sequence[Match], channels: Sequence[Channel], *, alert_id: str, now: datetime
) -> NewAlert | None:
    """Return the canary's alert for every channel, made as an article's is; None if its watch has not found it."""
    found = tuple(match for match in matches if match.watch_id == CANARY and match.verdict is Verdict.MATCH)
    if not found:
        return None
    made = new_alert(article, found, Readers((), channels), revision="", now=now)
    # A reason that nothing counts, and no article: nobody is to take it for news.
    alert = replace(made.alert, id=alert_id, reason=Reason.HEALTH, article_id=None, headlines=(), text=_WORDS)
    rows = tuple(
        replace(row, id=digest(alert_id, row.channel_id, row.recipient), alert_id=alert_id, watches=())
        for row in made.deliveries
    )
    return NewAlert(replace(alert, watches=(), evidence=()), rows)
