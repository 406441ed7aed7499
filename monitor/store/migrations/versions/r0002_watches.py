"""The watches that were tried on stored articles, and what people said of alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables; a watch that has matched before is not new, whatever it says now."""
    op.create_table(
        "watches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_watches"),
    )
    op.execute("INSERT INTO watches (id, digest) SELECT DISTINCT watch_id, '' FROM matches")
    op.create_table(
        "judgements",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("watch_id", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=True),
        sa.Column("judgement", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "watch_id", name="pk_judgements"),
    )
    op.create_index("ix_judgements_judged", "judgements", ["judged_at"])
