"""Signs of life and incidents: facts that outlive a restart, each a line of `meta`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from monitor.model import DeliveryState, Reason
from monitor.planning.alive import Life
from monitor.planning.pulse import Pulse, PulsePlan
from monitor.planning.signs import Given
from monitor.planning.troubles import Incident
from monitor.store.outbox import add_alerts
from monitor.store.tables import alerts, articles, deliveries, meta
from monitor.store.types import Moment

SIGN, TROUBLE, CANARY = "sign ", "trouble ", "canary"
ARTICLES = (Reason.NEW, Reason.UPDATE, Reason.CORRECTION)

_FACTS = sa.select(meta.c.name, meta.c.value).where(meta.c.name != "claims")
_new = insert(meta)
_SAVE = _new.on_conflict_do_update(index_elements=[meta.c.name], set_={"value": _new.excluded.value})
_FORGET = sa.delete(meta).where(meta.c.name.in_(sa.bindparam("names", expanding=True)))
CANARY_ALERT = sa.select(meta.c.value).where(meta.c.name == CANARY)
_canary = CANARY_ALERT.scalar_subquery()
IS_CANARY = deliveries.c.alert_id == _canary
_DROP_CANARY = sa.delete(alerts).where(alerts.c.id == _canary)

_SINCE = sa.bindparam("since", type_=Moment)
_LIFE = sa.select(
    sa.select(sa.func.count())
    .select_from(articles)
    .where(articles.c.seen_at >= _SINCE)
    .scalar_subquery()
    .label("articles"),
    sa.select(sa.func.count())
    .select_from(alerts)
    .where(alerts.c.created_at >= _SINCE, alerts.c.reason.in_(ARTICLES))
    .scalar_subquery()
    .label("alerts"),
    sa.select(sa.func.count())
    .where(
        deliveries.c.state == DeliveryState.DEAD,
        deliveries.c.acked_at.is_(None),
        deliveries.c.carries.is_(sa.false()),
        deliveries.c.alert_id.not_in(CANARY_ALERT),
    )
    .scalar_subquery()
    .label("dead"),
)


def load_pulse(connection: sa.Connection) -> Pulse:
    """Return what is remembered of signs of life and of troubles."""
    facts = {row.name: row.value for row in connection.execute(_FACTS)}
    return Pulse(
        {name.removeprefix(SIGN): _given(value) for name, value in facts.items() if name.startswith(SIGN)},
        {name.removeprefix(TROUBLE): _incident(value) for name, value in facts.items() if name.startswith(TROUBLE)},
    )


def commit_pulse(connection: sa.Connection, plan: PulsePlan) -> None:
    """Write alerts and facts; a new canary takes the place of the one before."""
    facts: dict[str, str] = {f"{SIGN}{name}": _text(given) for name, given in plan.given}
    facts |= {f"{TROUBLE}{channel}": _text(incident) for channel, incident in plan.opened}
    gone = [*(f"{SIGN}{name}" for name in plan.forgotten), *(f"{TROUBLE}{channel}" for channel in plan.closed)]
    if plan.canary is not None:
        connection.execute(_DROP_CANARY)
        facts[CANARY] = plan.canary
    if gone:
        connection.execute(_FORGET, {"names": gone})
    if facts:
        connection.execute(_SAVE, [{"name": name, "value": value} for name, value in facts.items()])
    add_alerts(connection, plan.alerts)


def count_life(connection: sa.Connection, *, since: datetime) -> Life:
    """Count what was done since then."""
    return Life(**connection.execute(_LIFE, {"since": since}).mappings().one())


def _text(fact: Given | Incident) -> str:
    return json.dumps(asdict(fact), default=datetime.isoformat, sort_keys=True)


def _given(value: str) -> Given:
    return Given(**_with_times(value))


def _incident(value: str) -> Incident:
    return Incident(**_with_times(value))


def _with_times(value: str) -> dict[str, Any]:
    return {
        key: datetime.fromisoformat(each) if key in ("at", "since", "told_at") else each
        for key, each in json.loads(value).items()
    }
