"""The tables. One row per feed x item in `entries`; one per text in `articles`; the outbox in `deliveries`.

Times are UTC, durations microseconds, lists JSON text.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from monitor.store.types import Count, Json, Moment, Span, Words

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s",
    }
)


def _index(name: str, *columns: sa.Column[Any], where: str | None = None) -> sa.Index:
    """Make an index, of the rows that fulfil `where` only: a column that is true, or a whole condition."""
    is_true = where is not None and " " not in where
    return sa.Index(
        name,
        *columns,
        # SQLite compares a condition letter by letter with the query's, in which a truth is spelt "= 1".
        sqlite_where=None if where is None else sa.text(f"{where} = 1" if is_true else where),
        postgresql_where=None if where is None else sa.text(where),
    )


# --- sources ------------------------------------------------------------------------------------------------------

feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("id", Words, primary_key=True),
    sa.Column("configured_url", Words, nullable=False),
    sa.Column("configured", sa.Boolean, nullable=False),  # false once it has left the configuration.
    sa.Column("url", Words, nullable=False),  # where it lives now.
    sa.Column("health", Words, nullable=False),
    sa.Column("etag", Words),
    sa.Column("last_modified", Words),
    sa.Column("body_digest", Words),
    sa.Column("failures", Count, nullable=False),
    sa.Column("failing_since", Moment),
    sa.Column("first_success_at", Moment),
    sa.Column("last_poll_at", Moment),
    sa.Column("last_success_at", Moment),
    sa.Column("next_poll_at", Moment),
    sa.Column("cadence", Span),
    sa.Column("error", Words, nullable=False),
    sa.Column("leased_until", Moment),
    # When this feed's listing was last written down, once a day: entries with an older `listed_at` are listed no more.
    sa.Column("listed_at", Moment),
    sa.Column("summary_due", sa.Boolean, nullable=False),  # first polled, and not told of yet.
)
# claim_feeds, next_due_at: the configured feeds by when they are due.
_index("ix_feeds_due", feeds.c.next_poll_at, where="configured")

# What a feed's last whole document listed, and since when entries of a storm are held.
listings = sa.Table(
    "listings",
    metadata,
    sa.Column("feed_id", Words, sa.ForeignKey("feeds.id"), primary_key=True),
    sa.Column("listed", Count, nullable=False),  # how many entries.
    sa.Column("held_at", Moment),
    sa.Column("released_at", Moment),
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("id", Words, primary_key=True),
    sa.Column("article_id", Words, nullable=False),
    sa.Column("feed_id", Words, sa.ForeignKey("feeds.id"), nullable=False),
    sa.Column("guid", Words),
    sa.Column("link", Words, nullable=False),
    sa.Column("url", Words, nullable=False),
    sa.Column("title", Words, nullable=False),
    sa.Column("teaser", Words, nullable=False),
    sa.Column("text", Words, nullable=False),
    sa.Column("language", Words),
    sa.Column("published_at", Moment),
    sa.Column("published_raw", Words, nullable=False),
    sa.Column("content_id", Words),
    sa.Column("categories", Json, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("dated_at", Moment, nullable=False),  # its own date, if that is not after it was seen: orders reads.
    sa.Column("state", Words, nullable=False),
    sa.Column("announce", sa.Boolean, nullable=False),
    sa.Column("due_at", Moment),
    sa.Column("attempts", Count, nullable=False),
    sa.Column("rereads", Count, nullable=False),
    sa.Column("leased_until", Moment),
    sa.Column("restated", sa.Boolean, nullable=False),  # the feed changed it since it was claimed: that read is stale.
    sa.Column("first_poll", sa.Boolean, nullable=False),  # came with its feed's first poll: counted in a summary.
    sa.Column("listed_at", Moment, nullable=False),
    sa.Column("has_text", sa.Boolean, nullable=False),
)
# claim_entries, next_due_at: what is to be read, oldest first.
_index("ix_entries_due", entries.c.due_at, entries.c.dated_at, entries.c.id, where="due_at IS NOT NULL")
IS_HELD = "entries.state = 'held'"
# list_holds, release_entries: what is held of a feed.
_index("ix_entries_held", entries.c.feed_id, where=IS_HELD.replace("entries.", ""))
# claim_entries, commit_read, list_possible, list_alerts, load_send, expire: the entries of one article.
_index("ix_entries_article", entries.c.article_id)
# recover, next_due_at: entries that are being read.
_index("ix_entries_leased", entries.c.leased_until, where="leased_until IS NOT NULL")
# load_summary: what first polls found.
_index("ix_entries_first_poll", entries.c.feed_id, entries.c.article_id, where="first_poll")
# expire: texts by age.
_index("ix_entries_text", entries.c.seen_at, where="has_text")
# expire: entries by when they were last listed.
_index("ix_entries_listed", entries.c.listed_at)

# The keys that name an entry; the first entry to state a key keeps it.
identities = sa.Table(
    "identities",
    metadata,
    sa.Column("key", Words, primary_key=True),
    sa.Column("entry_id", Words, sa.ForeignKey("entries.id", ondelete="CASCADE"), nullable=False),
    sqlite_with_rowid=False,
)
# load_read, and the cascade of an entry that expires.
_index("ix_identities_entry", identities.c.entry_id)

articles = sa.Table(
    "articles",
    metadata,
    sa.Column("id", Words, primary_key=True),
    sa.Column("feed_id", Words, sa.ForeignKey("feeds.id"), nullable=False),
    sa.Column("url", Words, nullable=False),
    sa.Column("title", Words, nullable=False),
    sa.Column("lead", Words, nullable=False),
    sa.Column("body", Words, nullable=False),
    sa.Column("tail", Words, nullable=False),
    sa.Column("language", Words),
    sa.Column("published_at", Moment),
    sa.Column("published_raw", Words, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("incomplete", Words, nullable=False),
    sa.Column("has_text", sa.Boolean, nullable=False),
)
# count_lessons, list_lessons: the newest articles of a feed.
_index("ix_articles_feed", articles.c.feed_id, articles.c.seen_at, where="has_text")
# expire: texts by age.
_index("ix_articles_text", articles.c.seen_at, where="has_text")
# expire: articles by age.
_index("ix_articles_seen", articles.c.seen_at)

# --- what was found, and who is told --------------------------------------------------------------------------------

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", Words, primary_key=True),
    sa.Column("reason", Words, nullable=False),
    sa.Column("severity", Words, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("watches", Json, nullable=False),
    sa.Column("article_id", Words),
    sa.Column("revision", Words, nullable=False),
    sa.Column("headlines", Json, nullable=False),
    sa.Column("evidence", Json, nullable=False),
    sa.Column("seen_at", Moment),
    sa.Column("text", Words, nullable=False),
    sa.Column("incomplete", Words, nullable=False),
)
# list_alerts, expire: alerts by age.
_index("ix_alerts_created", alerts.c.created_at)
# load_read: whether an article was told of.
_index("ix_alerts_article", alerts.c.article_id)

# One row for each watch that applies to an article, for ever: a watch never tells of an article twice. The article is
# not referenced: what a first poll finds is matched without being read.
matches = sa.Table(
    "matches",
    metadata,
    sa.Column("article_id", Words, primary_key=True),
    sa.Column("watch_id", Words, primary_key=True),
    sa.Column("verdict", Words, nullable=False),
    sa.Column("severity", Words, nullable=False),
    sa.Column("salience", Words),
    sa.Column("score", sa.Double, nullable=False),
    sa.Column("sentence", Words, nullable=False),
    sa.Column("hits", Json, nullable=False),
    sa.Column("reasons", Json, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("alert_id", Words, sa.ForeignKey("alerts.id", ondelete="SET NULL")),
    sa.Column("first_poll", sa.Boolean, nullable=False),  # counted in a summary, and told to nobody.
    sqlite_with_rowid=False,
)
# list_possible, expire: matches by age.
_index("ix_matches_seen", matches.c.seen_at)
# the SET NULL of an alert that expires.
_index("ix_matches_alert", matches.c.alert_id)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", Words, primary_key=True),
    sa.Column("alert_id", Words, sa.ForeignKey("alerts.id", ondelete="CASCADE"), nullable=False),
    sa.Column("channel_id", Words, nullable=False),
    sa.Column("recipient", Words, nullable=False),
    sa.Column("watches", Json, nullable=False),
    sa.Column("state", Words, nullable=False),
    sa.Column("rank", Count, nullable=False),  # the alert's severity, as a number that sorts.
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("first_due_at", Moment, nullable=False),  # when its waiting began; retries do not move it.
    sa.Column("attempts", Count, nullable=False),
    sa.Column("attempted_at", Moment),
    sa.Column("repeats", Count, nullable=False),
    sa.Column("error", Words, nullable=False),
    sa.Column("delivered_at", Moment),
    # The delivery that carries this one, as a digest does its members: they share its state from then on.
    sa.Column("carried_by", Words, sa.ForeignKey("deliveries.id", ondelete="SET NULL")),
    sa.Column("acked_at", Moment),  # when somebody took note that it is dead.
    sa.Column("leased_until", Moment),
    sa.Column("reason", Words, nullable=False),  # the alert's.
    sa.Column("carries", sa.Boolean, nullable=False),  # it is a digest, and others are carried by it.
    sa.Column("grouped", sa.Boolean, nullable=False),  # it was held or muted, and goes out in a digest.
    sa.Column("departed_at", Moment),  # when it was first attempted, if it was not carried.
    sa.Column("fallback_for", Words),  # the channel whose part this one plays.
    sa.Column("handed_to", Words),  # the channel that has taken over.
    sa.Column("silence_id", Words),  # what muted it, until that ends.
    sa.Column("reminds", Words),  # the alert that it is a reminder of.
    sa.Column("reminders", Count, nullable=False),  # how often its reader was reminded of it.
    sa.Column("reminded_at", Moment),
    sa.UniqueConstraint("alert_id", "channel_id", "recipient"),
)
# load_queue (what is stranded), recover, list_channels, list_dead, count_deliveries.
_index("ix_deliveries_state", deliveries.c.state, deliveries.c.channel_id, deliveries.c.first_due_at)
IS_LIVE = "deliveries.state IN ('pending', 'inflight', 'held') AND deliveries.carried_by IS NULL"
ALIKE = ("channel_id", "recipient", "state", "rank", "reason", "attempts", "grouped", "carries")
# load_queue, load_waiting, has_due_delivery, next_due_at. It holds all that is counted, in the order in which that is
# grouped, so that no row is looked up and nothing is sorted.
_index(
    "ix_deliveries_live",
    *(deliveries.c[name] for name in (*ALIKE, "due_at", "created_at", "first_due_at", "leased_until", "id")),
    where=IS_LIVE.replace("deliveries.", ""),
)
# load_queue: what went out lately.
_index("ix_deliveries_departed", deliveries.c.departed_at, where="departed_at IS NOT NULL")
# commit_queue: what a silence muted.
_index("ix_deliveries_silence", deliveries.c.silence_id, where="silence_id IS NOT NULL")
# list_channels: what a channel accepted last.
_index("ix_deliveries_delivered", deliveries.c.channel_id, deliveries.c.delivered_at)
# find_troubles: what a recipient accepted last.
_index(
    "ix_deliveries_accepted",
    deliveries.c.channel_id,
    deliveries.c.recipient,
    deliveries.c.delivered_at,
    where="delivered_at IS NOT NULL",
)
# load_send, commit_send: the members that a delivery carries.
_index("ix_deliveries_carrier", deliveries.c.carried_by, where="carried_by IS NOT NULL")

# Who took note of an alert, and when: nobody is reminded of it any more.
acks = sa.Table(
    "acks",
    metadata,
    sa.Column("alert_id", Words, sa.ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("acked_at", Moment, nullable=False),
    sa.Column("acked_by", Words, nullable=False),
)

# When and what people want to hear nothing of. `lasting` is false once what it muted has been let go.
silences = sa.Table(
    "silences",
    metadata,
    sa.Column("id", Words, primary_key=True),
    sa.Column("author", Words, nullable=False),
    sa.Column("reason", Words, nullable=False),
    sa.Column("starts_at", Moment, nullable=False),
    sa.Column("ends_at", Moment, nullable=False),
    sa.Column("watches", Json, nullable=False),
    sa.Column("places", Json, nullable=False),
    sa.Column("feeds", Json, nullable=False),
    sa.Column("severity", Words, nullable=False),
    sa.Column("lasting", sa.Boolean, nullable=False),
)
# load_queue: those that are not over yet; expire: those that are, by age.
_index("ix_silences_lasting", silences.c.lasting, silences.c.ends_at)

# The watches as they were when they were last tried on stored articles, by a digest of what they look for; "" if nobody
# knows what that was.
watches = sa.Table(
    "watches",
    metadata,
    sa.Column("id", Words, primary_key=True),
    sa.Column("digest", Words, nullable=False),
)

# Where the publishers of feeds are at home, as their articles tell: "US.TX", "DE", or "" if they tell of no place.
homes = sa.Table(
    "homes",
    metadata,
    sa.Column("feed_id", Words, sa.ForeignKey("feeds.id"), primary_key=True),
    sa.Column("home", Words, nullable=False),
    sa.Column("articles", Count, nullable=False),  # that it was learned from.
    sa.Column("host", Words, nullable=False),  # where nearly all of them lie.
    sa.Column("learned_at", Moment, nullable=False),
)

# What was noticed of each feed from poll to poll. See monitor.planning.noticed.
noticed = sa.Table(
    "noticed",
    metadata,
    sa.Column("feed_id", Words, sa.ForeignKey("feeds.id"), primary_key=True),
    sa.Column("history", Words, nullable=False),  # the hours in which something new came.
    sa.Column("held", Count, nullable=False),
    sa.Column("empty_since", Moment),
    sa.Column("empty_longest", Span, nullable=False),
    sa.Column("trouble", Words, nullable=False),
    sa.Column("weight", sa.Double, nullable=False),
    sa.Column("ahead", Count, nullable=False),
    sa.Column("ahead_since", Moment),
    sa.Column("ahead_by", Span, nullable=False),
    sa.Column("gap_at", Moment),
    sa.Column("gap_since", Moment),
)

# What each feed's last document listed, as text: 4 KB for 30 entries. See monitor.planning.outline.
outlines = sa.Table(
    "outlines",
    metadata,
    sa.Column("feed_id", Words, sa.ForeignKey("feeds.id"), primary_key=True),
    sa.Column("outline", Words, nullable=False),
)

# What went wrong with a feed, or with all of them (""). Few: those that are over are dropped after three months.
incidents = sa.Table(
    "incidents",
    metadata,
    sa.Column("id", Words, primary_key=True),
    sa.Column("kind", Words, nullable=False),
    sa.Column("feed_id", Words, nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("text", Words, nullable=False),
    sa.Column("closed_at", Moment),
)

# What people said of alerts. The alert is not referenced: what was learned of it outlives it.
judgements = sa.Table(
    "judgements",
    metadata,
    sa.Column("alert_id", Words, primary_key=True),
    sa.Column("watch_id", Words, primary_key=True),
    sa.Column("article_id", Words),
    sa.Column("judgement", Words, nullable=False),
    sa.Column("note", Words, nullable=False),
    sa.Column("judged_at", Moment, nullable=False),
)
# expire: judgements by age.
_index("ix_judgements_judged", judgements.c.judged_at)

# Facts about the state itself. The row "claims" is what claimants lock on PostgreSQL, one after the other.
meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", Words, primary_key=True),
    sa.Column("value", Words, nullable=False),
)
