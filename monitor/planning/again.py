"""Polls after the state was replaced by a backup, or by nothing: what they find may have been told before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from monitor.model import Feed
from monitor.planning.work import FeedState, StoredEntry

# In place of a body's digest: the state was replaced, and this feed's next poll is a first one again.
FIRST_AGAIN = "first again"
# Begins a key, beside an entry's own, that no feed can state: its article is told as a possible repeat. It goes when
# the entry is to be read no more.
MAY_BE_TOLD = "!"
NO_BACKFILL = timedelta.min  # no date is so new.


def _is_again(state: FeedState) -> bool:
    return state.first_success_at is None and state.body_digest == FIRST_AGAIN


def without_backfill(feed: Feed, state: FeedState) -> Feed:
    """Return a feed that announces nothing of a first poll, if that is one again."""
    return replace(feed, backfill=NO_BACKFILL) if _is_again(state) else feed


def marks(state: FeedState, changed: Iterable[StoredEntry]) -> tuple[tuple[str, str, str], ...]:
    """Return the keys that mark entries whose change may have been told before, if the poll is a first one again."""
    due = (row for row in changed if row.due_at is not None and _is_again(state))
    return tuple((MAY_BE_TOLD + row.id, row.id, row.article_id) for row in due)


def at_home(state: FeedState) -> FeedState:
    """Return to the configured address, where no validator of another one counts."""
    kept = FIRST_AGAIN if state.body_digest == FIRST_AGAIN else None
    return replace(state, url=state.configured_url, etag=None, last_modified=None, body_digest=kept)
