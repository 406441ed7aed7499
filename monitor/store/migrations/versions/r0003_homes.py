"""Where publishers are at home, as it was learned from their articles, and the way to a feed's newest articles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the index that learning reads."""
    op.create_table(
        "homes",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("articles", sa.BigInteger(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_homes_feed_id"),
        sa.PrimaryKeyConstraint("feed_id", name="pk_homes"),
    )
    op.create_index(
        "ix_articles_feed",
        "articles",
        ["feed_id", "seen_at"],
        sqlite_where=sa.text("has_text = 1"),
        postgresql_where=sa.text("has_text"),
    )
