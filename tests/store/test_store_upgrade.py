"""What an older state holds goes on as it was told to, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from support.queueing import rules, turn
from support.storing import HOUR, MINUTE, NOW, alert, delivery

from monitor.model import Alerting, Channel, Delivery, DeliveryState, Headline, Secret
from monitor.store import open_store, upgrade
from monitor.store.database import connect
from monitor.store.rows import alert_values, delivery_values
from monitor.store.schema import SHIPPED
from monitor.store.tables import alerts, deliveries
from monitor.store.views import open_views

COVERED = rules(Channel("desk", Secret("json://desk"), fallback="phone"), Channel("phone", Secret("json://phone")))
NEW_COLUMNS = ("reason", "carries", "grouped", "fallback_for", "silence_id", "reminds", "reminders")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old_state(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A state before there was a queue, with a delivery in each state that there was."""
    state = (
        str(tmp_path_factory.mktemp("old") / "monitor.db")
        if request.param == "sqlite"
        else str(request.getfixturevalue("empty_database"))
    )
    if request.param == "sqlite":
        Path(state).touch()
    database = connect(state)
    with database.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(SHIPPED.location))
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        for name in ("dead", "fresh", "tried", "inflight", "delivered"):
            _tell(connection, name)
    database.close()
    return state


def _tell(connection: sa.Connection, name: str) -> None:
    told = replace(alert(f"alert-{name}"), text="", headlines=(Headline(name, f"https://example.org/{name}", "dw"),))
    values = delivery_values(delivery(name, told), told)
    values |= {
        "state": {"fresh": "pending", "tried": "pending"}.get(name, name),
        "attempts": 0 if name == "fresh" else 2,
        "attempted_at": None if name == "fresh" else NOW,
        "delivered_at": NOW if name == "delivered" else None,
        "leased_until": NOW + 5 * MINUTE if name == "inflight" else None,
    }
    connection.execute(sa.insert(alerts), alert_values(told))
    connection.execute(sa.insert(deliveries), {key: value for key, value in values.items() if key not in NEW_COLUMNS})


def rows(state: str) -> dict[str, Delivery]:
    with open_views(state) as views:
        return {row.id: row for told in views.list_alerts() for row in told.deliveries}


def test_an_older_states_deliveries_go_on_and_its_dead_ones_rest(old_state: str) -> None:
    before, _ = upgrade(old_state)
    assert before == "0003"
    states = {name: row.state for name, row in rows(old_state).items()}
    assert states == {
        "dead": DeliveryState.DEAD,
        "fresh": DeliveryState.PENDING,
        "tried": DeliveryState.PENDING,
        "inflight": DeliveryState.INFLIGHT,
        "delivered": DeliveryState.DELIVERED,
    }
    with open_store(old_state) as store:
        assert store.recover(now=NOW + MINUTE, first=timedelta(0)) == 1
        turn(store, replace(COVERED, alerting=Alerting()), now=NOW + HOUR, free=[])
        assert turn(store, replace(COVERED, alerting=Alerting()), now=NOW + HOUR, free=["desk"]) != ()
    told = {row.alert_id for row in rows(old_state).values() if row.channel_id == "phone"}
    assert told == {"alert-fresh", "alert-tried", "alert-inflight"}, "somebody has seen what is dead long ago"
    assert rows(old_state)["inflight"].repeats == 1
