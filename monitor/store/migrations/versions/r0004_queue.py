"""What the queue needs to know of deliveries, silences, and who took note of an alert."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OLD = (
    *("id", "alert_id", "channel_id", "recipient", "watches", "state", "rank", "created_at", "due_at", "first_due_at"),
    *("attempts", "attempted_at", "repeats", "error", "delivered_at", "carried_by", "acked_at", "leased_until"),
)
_LIVE = "state IN ('pending', 'inflight', 'held') AND carried_by IS NULL"


def upgrade() -> None:
    """Widen the deliveries and make the other tables. What is dead by now is nothing for a fallback any more."""
    op.drop_index("ix_deliveries_state", "deliveries")
    if op.get_context().dialect.name == "sqlite":
        _make_anew()
    else:
        _widen()
    op.execute("UPDATE deliveries SET handed_to = '' WHERE state = 'dead'")
    _index_deliveries()
    _create_silences()
    op.create_table(
        "acks",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("acked_at", _moment(), nullable=False),
        sa.Column("acked_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_acks_alert_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("alert_id", name="pk_acks"),
    )


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _new_columns(*, nullable: bool) -> tuple[sa.Column[object], ...]:
    """Return the columns that are new; those that must hold something first stay open if `nullable`."""
    return (
        sa.Column("reason", sa.Text(), nullable=nullable),
        sa.Column("carries", sa.Boolean(), nullable=nullable),
        sa.Column("grouped", sa.Boolean(), nullable=nullable),
        sa.Column("departed_at", _moment(), nullable=True),
        sa.Column("fallback_for", sa.Text(), nullable=True),
        sa.Column("handed_to", sa.Text(), nullable=True),
        sa.Column("silence_id", sa.Text(), nullable=True),
        sa.Column("reminds", sa.Text(), nullable=True),
        sa.Column("reminders", sa.BigInteger(), nullable=nullable),
        sa.Column("reminded_at", _moment(), nullable=True),
    )


def _widen() -> None:
    for column in _new_columns(nullable=True):
        op.add_column("deliveries", column)
    op.execute(
        "UPDATE deliveries SET carries = false, grouped = false, reminders = 0, departed_at = attempted_at, "
        "reason = (SELECT alerts.reason FROM alerts WHERE alerts.id = deliveries.alert_id)"
    )
    for name in ("reason", "carries", "grouped", "reminders"):
        op.alter_column("deliveries", name, nullable=False)


def _make_anew() -> None:
    """Copy the table into a wider one: SQLite adds no column that must hold something. Nothing is carried yet."""
    for name in ("ix_deliveries_delivered", "ix_deliveries_carrier"):
        op.drop_index(name, "deliveries")
    op.rename_table("deliveries", "narrow_deliveries")
    _create_deliveries()
    old = ", ".join(_OLD)
    op.execute(
        f"INSERT INTO deliveries ({old}, reason, carries, grouped, departed_at, reminders) "  # noqa: S608 - our names.
        f"SELECT {old}, (SELECT alerts.reason FROM alerts WHERE alerts.id = alert_id), 0, 0, attempted_at, 0 "
        "FROM narrow_deliveries"
    )
    op.drop_table("narrow_deliveries")
    _partial("ix_deliveries_carrier", "deliveries", ["carried_by"], "carried_by IS NOT NULL")
    op.create_index("ix_deliveries_delivered", "deliveries", ["channel_id", "delivered_at"])


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("watches", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("due_at", _moment(), nullable=False),
        sa.Column("first_due_at", _moment(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("attempted_at", _moment(), nullable=True),
        sa.Column("repeats", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("delivered_at", _moment(), nullable=True),
        sa.Column("carried_by", sa.Text(), nullable=True),
        sa.Column("acked_at", _moment(), nullable=True),
        sa.Column("leased_until", _moment(), nullable=True),
        *_new_columns(nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_deliveries_alert_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["carried_by"], ["deliveries.id"], name="fk_deliveries_carried_by", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("alert_id", "channel_id", "recipient", name="uq_deliveries"),
    )


def _index_deliveries() -> None:
    op.create_index("ix_deliveries_state", "deliveries", ["state", "channel_id", "first_due_at"])
    alike = ["channel_id", "recipient", "state", "rank", "reason", "attempts", "grouped", "carries"]
    rest = ["due_at", "created_at", "first_due_at", "leased_until", "id"]
    _partial("ix_deliveries_live", "deliveries", [*alike, *rest], _LIVE)
    _partial("ix_deliveries_departed", "deliveries", ["departed_at"], "departed_at IS NOT NULL")
    accepted = ["channel_id", "recipient", "delivered_at"]
    _partial("ix_deliveries_accepted", "deliveries", accepted, "delivered_at IS NOT NULL")
    _partial("ix_deliveries_silence", "deliveries", ["silence_id"], "silence_id IS NOT NULL")


def _create_silences() -> None:
    op.create_table(
        "silences",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_at", _moment(), nullable=False),
        sa.Column("ends_at", _moment(), nullable=False),
        sa.Column("watches", sa.Text(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("feeds", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("lasting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_silences"),
    )
    op.create_index("ix_silences_lasting", "silences", ["lasting", "ends_at"])
