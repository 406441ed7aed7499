"""What was told on a fallback need not be told on the channel that it stands in for."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from monitor.model import DeliveryState
from monitor.planning.states import LIVE, Event, after, states_before
from monitor.store.claims import can
from monitor.store.tables import deliveries

_IDS: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)
_columns = (deliveries.c.id, deliveries.c.alert_id, deliveries.c.channel_id, deliveries.c.state, deliveries.c.handed_to)
_ROWS = sa.select(*_columns).where(deliveries.c.alert_id.in_(_IDS))
_COVER = (
    sa.update(deliveries)
    .where(deliveries.c.id == sa.bindparam("covered"), can(Event.COVERED))
    .values(state=after(Event.COVERED), error=sa.bindparam("why"), silence_id=None, leased_until=None)
)
_carrier, _member = deliveries.alias("carrier"), deliveries.alias("member")
_CARRIERS = (
    sa.select(_carrier.c.id)
    .where(
        _carrier.c.id.in_(sa.select(deliveries.c.carried_by).where(deliveries.c.id.in_(_IDS))),
        ~sa.exists().where(_member.c.carried_by == _carrier.c.id, _member.c.state.in_(LIVE)),
    )
    .order_by(_carrier.c.id)
)

Told = tuple[str, str]  # an alert and a channel that has it, itself or through a fallback.


def cover(connection: sa.Connection, alert_ids: Sequence[str]) -> None:
    """Mute what waits of these alerts although its fallback was told, or that one's fallback, and so on.

    A digest of which nothing is left to tell is muted too.
    """
    rows = connection.execute(_ROWS, {"ids": list(dict.fromkeys(alert_ids))}).all()
    handed = [row for row in rows if row.handed_to is not None]
    if not handed:
        return
    told: dict[Told, str] = {
        (row.alert_id, row.channel_id): row.channel_id for row in rows if row.state == DeliveryState.DELIVERED
    }
    found = True
    while found:
        further = {
            (row.alert_id, row.channel_id): told[row.alert_id, row.handed_to]
            for row in handed
            if (row.alert_id, row.handed_to) in told and (row.alert_id, row.channel_id) not in told
        }
        told |= further
        found = bool(further)
    covered = [
        {"covered": row.id, "why": f"told on {told[row.alert_id, row.handed_to]} instead"}
        for row in handed
        if (row.alert_id, row.handed_to) in told and row.state in states_before(Event.COVERED)
    ]
    if covered:
        connection.execute(_COVER, covered)
        _cover_carriers(connection, [each["covered"] for each in covered])


def _cover_carriers(connection: sa.Connection, members: Sequence[str]) -> None:
    carriers = connection.execute(_CARRIERS, {"ids": list(members)}).scalars().all()
    if carriers:
        connection.execute(_COVER, [{"covered": id_, "why": "all of it was told elsewhere"} for id_ in carriers])
