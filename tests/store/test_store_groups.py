"""Several calls as one transaction, which only SQLite offers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.storing import LEASE, NOW, entry, known_feeds, match, polled, read_plan, with_entries

from monitor.errors import StoreError
from monitor.store import SqlStore, open_store
from monitor.store.views import open_views


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with open_store(tmp_path / "monitor.db") as opened:
        known_feeds(opened, "dw")
        yield opened


def stored(tmp_path: Path) -> int:
    """Count entries as another process sees them."""
    with open_views(tmp_path / "monitor.db") as views:
        return views.count_stored().entries


def test_what_a_group_writes_is_there_for_others_at_its_end_only(store: SqlStore, tmp_path: Path) -> None:
    assert store.grouped is not None
    with store.grouped():
        store.commit_poll(polled(store, entry("e1")))
        store.commit_poll(polled(store, entry("e2")))
        assert stored(tmp_path) == 0
    assert stored(tmp_path) == 2


def test_what_a_group_has_written_the_rest_of_it_reads(store: SqlStore) -> None:
    assert store.grouped is not None
    with store.grouped():
        store.commit_poll(polled(store, entry("e1")))
        assert store.claim_entries(now=NOW, limit=5, lease=LEASE) == ("e1",)
        assert store.load_read("e1") is not None


def test_a_failure_takes_back_the_whole_group_and_the_store_goes_on(store: SqlStore, tmp_path: Path) -> None:
    def write_and_fail() -> None:
        assert store.grouped is not None
        with store.grouped():
            store.commit_poll(polled(store, entry("e1")))
            store.load_poll("nowhere")

    with pytest.raises(StoreError, match="no feed called nowhere"):
        write_and_fail()
    assert stored(tmp_path) == 0
    store.commit_poll(polled(store, entry("e1")))
    assert stored(tmp_path) == 1


def test_a_group_that_reads_and_then_writes_is_one_transaction_with_what_others_wrote(
    store: SqlStore, tmp_path: Path
) -> None:
    with open_store(tmp_path / "monitor.db", lock=False) as other:
        assert store.grouped is not None
        with store.grouped():
            assert store.load_known(("g:e1",)) == ()
            other.commit_poll(polled(other, entry("e1")))
            store.commit_poll(polled(store, entry("e2")))
            assert {row.entry_id for row in store.load_known(("g:e1", "g:e2"))} == {"e1", "e2"}
            assert stored(tmp_path) == 1  # the other's.
    assert stored(tmp_path) == 2


def test_a_group_that_only_reads_keeps_no_writer_out(store: SqlStore, tmp_path: Path) -> None:
    with_entries(store, entry("e1"))
    with open_store(tmp_path / "monitor.db", lock=False) as other:
        assert store.grouped is not None
        with store.grouped():
            before = store.load_read("e1")
            assert other.commit_read(read_plan(other, "e1", match()))
            assert store.load_read("e1") == before  # a group sees one state until it writes.
        assert store.load_read("e1") is None
