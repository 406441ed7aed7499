"""Who took note of which alert, and how much silences keep back: what the command line shows of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from monitor.model import DeliveryState
from monitor.store.tables import acks, deliveries
from monitor.store.views import reach

_LIST_ACKS = sa.select(acks)
_MUTED = (
    sa.select(deliveries.c.silence_id, sa.func.count())
    .where(deliveries.c.silence_id.is_not(sa.null()), deliveries.c.state == DeliveryState.MUTED)
    .group_by(deliveries.c.silence_id)
)


@dataclass(frozen=True, slots=True)
class Ack:
    """Who took note of an alert, and when."""

    alert_id: str
    acked_by: str
    acked_at: datetime


def list_acks(state: str | Path) -> Mapping[str, Ack]:
    """Return who took note of which alert, by the alert's id. Raises: StoreError."""
    database = reach(state, read_only=True)
    try:
        with database.read() as connection:
            return {row["alert_id"]: Ack(**row) for row in connection.execute(_LIST_ACKS).mappings()}
    finally:
        database.close()


def count_muted(state: str | Path) -> Mapping[str, int]:
    """Return how many deliveries each silence keeps muted, by its id. Raises: StoreError."""
    database = reach(state, read_only=True)
    try:
        with database.read() as connection:
            return {row[0]: row[1] for row in connection.execute(_MUTED)}
    finally:
        database.close()
