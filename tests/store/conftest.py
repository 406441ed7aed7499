from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from support.postgres import Server, running_server

from monitor.store import SqlStore, open_store, upgrade
from monitor.store.tables import meta, metadata

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A server of our own. Skips where none can be had; CI fails instead."""
    try:
        with running_server() as server:
            yield server
    except LookupError as error:
        pytest.skip(str(error))


@pytest.fixture
def empty_database(postgres: Server) -> Iterator[str]:
    """A database without any table."""
    name = f"monitor_empty_{os.getpid()}_{next(_numbers)}"
    try:
        yield postgres.make(name)
    finally:
        postgres.drop(name)


@pytest.fixture(scope="session")
def shared_database(postgres: Server) -> Iterator[str]:
    """A database at our schema, for one test after the other: copying one for each would take half a second."""
    name = f"monitor_test_{os.getpid()}"
    try:
        url = postgres.make(name)
        upgrade(url)
        yield url
    finally:
        postgres.drop(name)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite state at our schema that holds nothing, to copy: quicker than making one for each test."""
    path = tmp_path_factory.mktemp("template") / "monitor.db"
    upgrade(path)
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An address where a state can be opened, empty, on each kind of database in turn."""
    if request.param == "sqlite":
        yield str(shutil.copy(request.getfixturevalue("empty_file"), tmp_path / "monitor.db"))
        return
    url: str = request.getfixturevalue("shared_database")
    yield url
    with psycopg.connect(url, options="-c lock_timeout=5s") as connection:
        for table in reversed(metadata.sorted_tables):
            if table is not meta:
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
        connection.execute("DELETE FROM meta WHERE name <> 'claims'")


@pytest.fixture
def store(state: str) -> Iterator[SqlStore]:
    """An open state, held as a daemon holds it."""
    with open_store(state) as opened:
        yield opened


@pytest.fixture
def open_again(store: SqlStore, state: str) -> Iterator[Callable[[], SqlStore]]:
    """Open the same state once more, as another worker beside `store`."""
    assert store
    opened: list[SqlStore] = []

    def again() -> SqlStore:
        opened.append(open_store(state, lock=False))
        return opened[-1]

    yield again
    for each in opened:
        each.close()
