"""What was told on a fallback need not be told on the channel that it stands in for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.model import Alert, Delivery, DeliveryState, Reason
from monitor.planning.identity import stand_in_id
from monitor.planning.states import LIVE, Event, after, states_before
from monitor.planning.waiting import HandOver
from monitor.planning.work import NewAlert
from monitor.store.claims import can
from monitor.store.outbox import add_alerts, add_deliveries
from monitor.store.tables import deliveries

_IDS: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)
_NAMES = ("id", "alert_id", "channel_id", "recipient", "watches", "state", "handed_to", "attempts", "carried_by")
_columns = (*(deliveries.c[name] for name in _NAMES), deliveries.c.leased_until)
_ROWS = sa.select(*_columns).where(deliveries.c.alert_id.in_(_IDS))
# An update in place of an alert, where that was told for other watches, is named after it.
_MEANT = sa.select(deliveries.c.reminds).where(
    deliveries.c.alert_id.in_(_IDS), deliveries.c.reminds.is_not(None), deliveries.c.reason == Reason.UPDATE
)
_HAND = sa.update(deliveries).where(deliveries.c.id == sa.bindparam("handed")).values(handed_to=sa.bindparam("to"))
_WIDEN = (
    sa.update(deliveries)
    .where(deliveries.c.id == sa.bindparam("widened"))
    .values(watches=sa.bindparam("all_watches", type_=deliveries.c.watches.type), rank=sa.bindparam("at_rank"))
)
_original = deliveries.alias("original")
_NAME_REMINDERS = (
    sa.update(deliveries)
    .where(
        deliveries.c.alert_id.in_(_IDS),
        deliveries.c.reason == Reason.REMINDER,
        deliveries.c.reminds.is_(None),
    )
    .values(
        reminds=sa.select(sa.func.max(_original.c.reminds))
        .where(_original.c.alert_id == deliveries.c.alert_id)
        .scalar_subquery()
    )
)
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
Row = sa.Row[Any]


def hand_over(connection: sa.Connection, handed: Sequence[HandOver], *, now: datetime) -> None:
    """Write the stand-ins, unless the other channel has the alert already; if it accepted it, the original is told.

    Who has it for other watches only is told of these as well: with the same message as long as that waits untouched,
    else with an update of its own.
    """
    add_deliveries(connection, [each.new for each in handed])
    ids = [each.new.alert.id for each in handed]
    connection.execute(_NAME_REMINDERS, {"ids": ids})
    there = {
        (row.alert_id, row.channel_id, row.recipient): row for row in connection.execute(_ROWS, {"ids": ids}).all()
    }
    widened: dict[str, tuple[Alert, frozenset[str]]] = {}
    rests: list[tuple[HandOver, frozenset[str]]] = []
    for each in handed:
        missing: list[Delivery] = []
        for wanted in each.new.deliveries:
            row = there[wanted.alert_id, wanted.channel_id, wanted.recipient]
            known = widened[row.id][1] if row.id in widened else frozenset(row.watches)
            if known.issuperset(wanted.watches):
                continue
            if _is_untouched(row, now):
                widened[row.id] = each.new.alert, known.union(wanted.watches)
            else:
                missing.append(wanted)
        if missing:
            rests.append((each, frozenset(row.recipient for row in missing)))
    _tell_the_rest(connection, rests)
    if widened:
        connection.execute(_WIDEN, [_widening(id_, alert, watches) for id_, (alert, watches) in widened.items()])
    connection.execute(_HAND, [{"handed": each.delivery_id, "to": each.channel_id} for each in handed])
    cover(connection, ids)


def _is_untouched(row: Row, now: datetime) -> bool:
    waits = row.state in (DeliveryState.PENDING, DeliveryState.HELD) and row.attempts == 0 and row.carried_by is None
    return waits and (row.leased_until is None or row.leased_until <= now)


def _widening(id_: str, alert: Alert, watches: frozenset[str]) -> dict[str, object]:
    ordered = tuple(watch for watch in alert.watches if watch in watches)
    return {"widened": id_, "all_watches": ordered, "at_rank": alert.severity_for(ordered).rank}


def _tell_the_rest(connection: sa.Connection, rests: Sequence[tuple[HandOver, frozenset[str]]]) -> None:
    meant: dict[str, str] = {}
    told: list[NewAlert] = []
    for handed, recipients in rests:
        if handed.rest is not None:
            rows = tuple(row for row in handed.rest.deliveries if row.recipient in recipients)
            told.append(replace(handed.rest, deliveries=rows))
            meant[handed.rest.alert.id] = handed.new.alert.id
    add_alerts(connection, told, reminds=meant)


def cover(connection: sa.Connection, alert_ids: Sequence[str]) -> None:
    """Mute what waits of these alerts although its fallback was told, or that one's fallback, and so on.

    A digest of which nothing is left to tell is muted too.
    """
    rows = _all_rows(connection, alert_ids)
    handed = [row for row in rows if row.handed_to is not None]
    if not handed:
        return
    told: dict[Told, tuple[str, frozenset[str]]] = {}
    for row in rows:
        if row.state == DeliveryState.DELIVERED:
            known = told.get((row.alert_id, row.channel_id), (row.channel_id, frozenset()))
            told[row.alert_id, row.channel_id] = row.channel_id, known[1].union(row.watches)
    found = True
    while found:
        further = {
            (row.alert_id, row.channel_id): (where, frozenset(row.watches))
            for row in handed
            if (row.alert_id, row.channel_id) not in told and (where := _told_on(row, told))
        }
        told |= further
        found = bool(further)
    covered = [
        {"covered": row.id, "why": f"told on {where} instead"}
        for row in handed
        if row.state in states_before(Event.COVERED) and (where := _told_on(row, told))
    ]
    if covered:
        connection.execute(_COVER, covered)
        _cover_carriers(connection, [str(each["covered"]) for each in covered])


def _all_rows(connection: sa.Connection, alert_ids: Sequence[str]) -> list[Row]:
    """Return the deliveries of these alerts, of those they stand in for, and of those that stand in for them."""
    ids = list(dict.fromkeys(alert_ids))
    ids += [id_ for id_ in connection.execute(_MEANT, {"ids": ids}).scalars() if id_ not in ids]
    rows = list(connection.execute(_ROWS, {"ids": ids}).all())
    others = {stand_in_id(row.alert_id, row.watches) for row in rows if row.handed_to is not None}.difference(ids)
    return [*rows, *(connection.execute(_ROWS, {"ids": sorted(others)}).all() if others else ())]


def _told_on(row: Row, told: Mapping[Told, tuple[str, frozenset[str]]]) -> str:
    """Return the channel on which all that a delivery was to tell was told in its place; "" if on none."""
    itself = told.get((row.alert_id, row.handed_to))
    if itself and itself[1].issuperset(row.watches):
        return itself[0]
    rest = told.get((stand_in_id(row.alert_id, row.watches), row.handed_to))
    return rest[0] if rest else ""


def _cover_carriers(connection: sa.Connection, members: Sequence[str]) -> None:
    carriers = connection.execute(_CARRIERS, {"ids": list(members)}).scalars().all()
    if carriers:
        connection.execute(_COVER, [{"covered": id_, "why": "all of it was told elsewhere"} for id_ in carriers])
