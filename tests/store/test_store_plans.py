"""The indexes are there for certain queries: SQLite must use them, or a large state makes the daemon slow."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.queueing import claim as claim_sends
from support.queueing import rules, turn
from support.statements import heard
from support.storing import DAY, LEASE, NOW, entry, match, polled, read_plan, with_delivery, with_entries

from monitor.model import Channel, Secret
from monitor.store import SqlStore, open_store

COVERED = Channel("desk", Secret("json://desk"), fallback="phone")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A SQLite state with a little of everything."""
    with open_store(tmp_path / "monitor.db") as opened:
        with_entries(opened, *(entry(f"e{number}", text="words") for number in range(20)))
        with_delivery(opened)
        yield opened


@contextmanager
def watched(store: SqlStore) -> Iterator[list[str]]:
    """Gather how SQLite goes about each statement that runs meanwhile."""
    steps: list[str] = []

    def explain(connection: sqlite3.Connection, statement: str, parameters: Any) -> None:  # noqa: ANN401 - a driver's.
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            asked = sqlite3.Cursor(connection).execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps.extend(step for *_, step in asked)

    with heard(store, before=explain):
        yield steps


@pytest.mark.parametrize(
    ("index", "call"),
    [
        ("ix_feeds_due", lambda store: store.claim_feeds(now=NOW, limit=5, lease=LEASE)),
        ("ix_entries_due", lambda store: store.claim_entries(now=NOW, limit=5, lease=LEASE)),
        ("ix_entries_article", lambda store: store.claim_entries(now=NOW, limit=5, lease=LEASE)),
        ("ix_deliveries_state", lambda store: claim_sends(store, ("desk",), now=NOW, lease=LEASE)),
        ("ix_deliveries_state", lambda store: store.has_due_delivery(("desk",), now=NOW)),
        ("ix_deliveries_departed", lambda store: claim_sends(store, ("desk",), now=NOW, lease=LEASE)),
        ("ix_silences_lasting", lambda store: claim_sends(store, ("desk",), now=NOW, lease=LEASE)),
        ("ix_deliveries_state", lambda store: turn(store, rules(COVERED, "phone"), now=NOW)),
        ("ix_deliveries_state", lambda store: store.recover(now=NOW, first=LEASE)),
        ("ix_entries_leased", lambda store: store.recover(now=NOW, first=LEASE)),
        ("ix_identities_entry", lambda store: store.load_read("e1")),
        ("ix_alerts_article", lambda store: store.load_read("e1")),
        ("ix_deliveries_carrier", lambda store: store.load_send("delivery", now=NOW)),
        ("ix_entries_text", lambda store: store.expire(text_before=NOW, ledger_before=NOW - DAY, limit=9)),
        ("ix_articles_text", lambda store: store.expire(text_before=NOW, ledger_before=NOW - DAY, limit=9)),
        ("ix_alerts_created", lambda store: store.expire(text_before=NOW, ledger_before=NOW - DAY, limit=9)),
        ("ix_entries_listed", lambda store: store.expire(text_before=NOW, ledger_before=NOW - DAY, limit=9)),
        ("ix_deliveries_state", lambda store: store.find_troubles(("desk",), {}, now=NOW + DAY, stall=LEASE)),
        (
            "ix_deliveries_accepted",
            lambda store: store.find_troubles(("desk",), {"desk": "a@x"}, now=NOW + DAY, stall=LEASE),
        ),
        ("ix_articles_seen", lambda store: store.count_life(since=NOW)),
        ("ix_alerts_created", lambda store: store.load_report(kind="daily", since=NOW, until=NOW, watches=())),
        ("ix_articles_feed", lambda store: store.count_lessons(["dw"], limit=9)),
        ("ix_articles_feed", lambda store: store.list_lessons("dw", limit=9)),
        ("ix_entries_first_poll", lambda store: store.count_lessons(["dw"], limit=9)),
        ("ix_entries_first_poll", lambda store: store.list_lessons("dw", limit=9)),
        ("ix_articles_seen", lambda store: store.expire(text_before=NOW, ledger_before=NOW - DAY, limit=9)),
        ("ix_matches_seen", lambda store: store.expire(text_before=NOW, ledger_before=NOW - DAY, limit=9)),
    ],
)
def test_a_query_uses_the_index_that_is_there_for_it(
    store: SqlStore, index: str, call: Callable[[SqlStore], object]
) -> None:
    with watched(store) as steps:
        call(store)
    assert any(f"INDEX {index} " in f"{step} " for step in steps), "\n".join(steps)


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.claim_feeds(now=NOW, limit=5, lease=LEASE),
        lambda store: store.claim_entries(now=NOW, limit=5, lease=LEASE),
        lambda store: store.next_due_at(overdue_by=NOW),
        lambda store: store.load_poll("dw"),
        lambda store: claim_sends(store, ("desk",), now=NOW, lease=LEASE),
        lambda store: turn(store, rules(COVERED, "phone"), now=NOW),
        lambda store: store.has_due_delivery(("desk",), now=NOW),
        lambda store: store.load_known([f"g:e{number}" for number in range(20)]),
        lambda store: store.commit_poll(polled(store, entry("new"), at=NOW + DAY, listed=["e1", "e2"])),
        lambda store: store.commit_read(read_plan(store, "e1", match())),
        lambda store: store.load_send("delivery", now=NOW),
        lambda store: store.count_lessons(["dw"], limit=9),
        lambda store: store.list_lessons("dw", limit=9),
        lambda store: store.expire(text_before=NOW, ledger_before=NOW - DAY, limit=9),
    ],
)
def test_what_happens_all_day_reads_no_table_from_end_to_end(
    store: SqlStore, call: Callable[[SqlStore], object]
) -> None:
    with watched(store) as steps:
        call(store)
    # What a statement made itself.
    named = ("SCAN ranked", "SCAN counted", "SCAN first", "SCAN few", "SCAN (subquery", "SCAN CONSTANT ROW")
    whole = [step for step in steps if step.startswith("SCAN") and "INDEX" not in step and not step.startswith(named)]
    assert whole == []


def test_what_is_due_next_is_the_first_in_an_index_and_not_the_least_of_all(store: SqlStore) -> None:
    with watched(store) as steps:
        store.next_due_at(overdue_by=NOW)
    assert any("SEARCH feeds USING INDEX ix_feeds_due (next_poll_at<?)" in step for step in steps), steps
    assert any("feeds USING INDEX ix_feeds_due" in step and "SCAN" in step for step in steps), steps
