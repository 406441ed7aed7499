"""Which deliveries need not be sent: those that somebody silenced, and updates that say less than was told before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.model import Reason, Silence
from monitor.planning.waiting import Mute, Rules, Waiting

_ABOUT_ARTICLES = (Reason.NEW, Reason.UPDATE, Reason.CORRECTION, Reason.REMINDER)


def silence_for(waiting: Waiting, silences: Sequence[Silence], rules: Rules, now: datetime) -> Silence | None:
    """Return the first silence that covers a delivery now, with every watch it stands for: else one would be missed."""
    return next((each for each in silences if covers(each, waiting, rules, now)), None)


def covers(silence: Silence, waiting: Waiting, rules: Rules, now: datetime) -> bool:
    """Say whether a silence mutes a delivery. Only what tells of an article is ever muted, never a word on health."""
    if not silence.starts_at <= now < silence.ends_at or waiting.alert.reason not in _ABOUT_ARTICLES:
        return False
    if waiting.alert.severity.rank > silence.severity.rank:
        return False
    if silence.feeds and not all(headline.feed_id in silence.feeds for headline in waiting.alert.headlines):
        return False
    return _names_all(silence, waiting.delivery.watches, rules)


def _names_all(silence: Silence, watches: Sequence[str], rules: Rules) -> bool:
    if not silence.watches and not silence.places:
        return True
    named = frozenset(silence.watches).union(*(rules.watches_in(place) for place in silence.places))
    # An alert of no watch is not what a silence for a watch is meant for.
    return bool(watches) and named.issuperset(watches)


def inhibitions(together: Sequence[Waiting], rules: Rules) -> Iterator[Mute]:
    """Yield the updates that need not go with what else goes `together` in a digest."""
    by_article: dict[str | None, list[Waiting]] = {}
    for row in together:
        by_article.setdefault(row.alert.article_id, []).append(row)
    for row in together:
        if row.alert.reason is not Reason.UPDATE or row.alert.article_id is None:
            continue
        same = (
            other.delivery.watches
            for other in by_article[row.alert.article_id]
            if other.alert.created_at < row.alert.created_at
        )
        why = inhibition(replace(row, told=row.told.union(*same)), rules)
        if why:
            yield Mute(row.delivery.id, why)


def inhibition(waiting: Waiting, rules: Rules) -> str:
    """Return why an update is not told: it only adds the country of a place told of already. Else nothing."""
    if not rules.alerting.inhibit or waiting.alert.reason is not Reason.UPDATE or not waiting.delivery.watches:
        return ""
    told = sorted(waiting.told)
    inner = [
        next((id_ for id_ in told if watch in rules.within.get(id_, frozenset())), None)
        for watch in waiting.delivery.watches
    ]
    if None in inner:
        return ""
    names = dict.fromkeys(rules.names.get(id_, id_) for id_ in inner if id_ is not None)
    return f"told of {', '.join(names)} for the same article"
