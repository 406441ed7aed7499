"""The first schema: feeds and entries, articles and matches, alerts and deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, in the order of their references."""
    _create_feeds()
    _create_entries()
    _create_identities()
    _create_articles()
    _create_alerts()
    _create_matches()
    _create_deliveries()
    _create_meta()


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _partial(name: str, table: str, columns: list[str], where: str, *, is_true: bool = False) -> None:
    on_sqlite = f"{where} = 1" if is_true else where
    op.create_index(name, table, columns, sqlite_where=sa.text(on_sqlite), postgresql_where=sa.text(where))


def _create_feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("configured_url", sa.Text(), nullable=False),
        sa.Column("configured", sa.Boolean(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("health", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_digest", sa.Text(), nullable=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("failing_since", _moment(), nullable=True),
        sa.Column("first_success_at", _moment(), nullable=True),
        sa.Column("last_poll_at", _moment(), nullable=True),
        sa.Column("last_success_at", _moment(), nullable=True),
        sa.Column("next_poll_at", _moment(), nullable=True),
        sa.Column("cadence", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("leased_until", _moment(), nullable=True),
        sa.Column("listed_at", _moment(), nullable=True),
        sa.Column("summary_due", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feeds"),
    )
    _partial("ix_feeds_due", "feeds", ["next_poll_at"], "configured", is_true=True)


def _create_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=True),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("teaser", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("published_at", _moment(), nullable=True),
        sa.Column("published_raw", sa.Text(), nullable=False),
        sa.Column("content_id", sa.Text(), nullable=True),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("seen_at", _moment(), nullable=False),
        sa.Column("dated_at", _moment(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("announce", sa.Boolean(), nullable=False),
        sa.Column("due_at", _moment(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("rereads", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", _moment(), nullable=True),
        sa.Column("restated", sa.Boolean(), nullable=False),
        sa.Column("first_poll", sa.Boolean(), nullable=False),
        sa.Column("listed_at", _moment(), nullable=False),
        sa.Column("has_text", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_entries_feed_id"),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
    )
    op.create_index("ix_entries_article", "entries", ["article_id"])
    _partial("ix_entries_due", "entries", ["due_at", "dated_at", "id"], "due_at IS NOT NULL")
    _partial("ix_entries_first_poll", "entries", ["feed_id", "article_id"], "first_poll", is_true=True)
    _partial("ix_entries_leased", "entries", ["leased_until"], "leased_until IS NOT NULL")
    op.create_index("ix_entries_listed", "entries", ["listed_at"])
    _partial("ix_entries_text", "entries", ["seen_at"], "has_text", is_true=True)


def _create_identities() -> None:
    op.create_table(
        "identities",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_identities_entry_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name="pk_identities"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_identities_entry", "identities", ["entry_id"])


def _create_articles() -> None:
    op.create_table(
        "articles",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("tail", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("published_at", _moment(), nullable=True),
        sa.Column("published_raw", sa.Text(), nullable=False),
        sa.Column("seen_at", _moment(), nullable=False),
        sa.Column("incomplete", sa.Text(), nullable=False),
        sa.Column("has_text", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name="fk_articles_feed_id"),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
    )
    op.create_index("ix_articles_seen", "articles", ["seen_at"])
    _partial("ix_articles_text", "articles", ["seen_at"], "has_text", is_true=True)


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("watches", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=True),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("headlines", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("seen_at", _moment(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("incomplete", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_article", "alerts", ["article_id"])
    op.create_index("ix_alerts_created", "alerts", ["created_at"])


def _create_matches() -> None:
    op.create_table(
        "matches",
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("watch_id", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("salience", sa.Text(), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("hits", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("seen_at", _moment(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=True),
        sa.Column("first_poll", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_matches_alert_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("article_id", "watch_id", name="pk_matches"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_matches_alert", "matches", ["alert_id"])
    op.create_index("ix_matches_seen", "matches", ["seen_at"])


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
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_deliveries_alert_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["carried_by"], ["deliveries.id"], name="fk_deliveries_carried_by", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("alert_id", "channel_id", "recipient", name="uq_deliveries"),
    )
    _partial("ix_deliveries_carrier", "deliveries", ["carried_by"], "carried_by IS NOT NULL")
    op.create_index("ix_deliveries_delivered", "deliveries", ["channel_id", "delivered_at"])
    op.create_index("ix_deliveries_state", "deliveries", ["state", "channel_id", "due_at"])


def _create_meta() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
    )
    # The row that claimants lock.
    op.execute("INSERT INTO meta (name, value) VALUES ('claims', '')")
