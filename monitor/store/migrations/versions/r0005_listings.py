"""What a feed's last document listed, and what is held of a storm."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the index over held entries."""
    op.create_table(
        "listings",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("listed", sa.BigInteger(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_listings_feed_id"),
        sa.PrimaryKeyConstraint("feed_id", name="pk_listings"),
    )
    op.create_index(
        "ix_entries_held",
        "entries",
        ["feed_id"],
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
