"""What is noticed of feeds, and the incidents that come of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "noticed",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("history", sa.Text(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("empty_since", _moment(), nullable=True),
        sa.Column("empty_longest", sa.BigInteger(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("ahead", sa.BigInteger(), nullable=False),
        sa.Column("ahead_since", _moment(), nullable=True),
        sa.Column("ahead_by", sa.BigInteger(), nullable=False),
        sa.Column("gap_at", _moment(), nullable=True),
        sa.Column("gap_since", _moment(), nullable=True),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_noticed_feed_id"),
        sa.PrimaryKeyConstraint("feed_id", name="pk_noticed"),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("opened_at", _moment(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("closed_at", _moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)
