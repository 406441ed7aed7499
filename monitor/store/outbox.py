"""Alerts and their deliveries: born in the transaction of whatever caused them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from monitor.planning.work import NewAlert
from monitor.store.prepared import Prepared
from monitor.store.rows import alert_values, delivery_values
from monitor.store.tables import alerts, deliveries

# PostgreSQL's way of saying ON CONFLICT compiles for SQLite too, word for word.
_INSERT_ALERTS = Prepared(insert(alerts).on_conflict_do_nothing())
_INSERT_DELIVERIES = Prepared(insert(deliveries).on_conflict_do_nothing())


def add_alerts(
    connection: sa.Connection,
    new: Sequence[NewAlert],
    *,
    carries: bool = False,
    reminds: Mapping[str, str] | None = None,
) -> None:
    """Write alerts with their deliveries; what is there already stays as it is.

    `carries`: they are digests; `reminds` names for an alert the one that it is a reminder of.
    """
    _INSERT_ALERTS.run(connection, *(alert_values(each.alert) for each in new))
    add_deliveries(connection, new, carries=carries, reminds=reminds)


def add_deliveries(
    connection: sa.Connection,
    new: Sequence[NewAlert],
    *,
    carries: bool = False,
    reminds: Mapping[str, str] | None = None,
) -> None:
    """Write deliveries of alerts that are there; those that are there too stay as they are."""
    meant = reminds or {}
    sent = [
        delivery_values(row, each.alert, carries=carries, reminds=meant.get(each.alert.id))
        for each in new
        for row in each.deliveries
    ]
    _INSERT_DELIVERIES.run(connection, *sent)
