from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from support.postgres import Server
from support.storing import NOW, entry, known_feeds, polled, with_entries

from monitor.errors import StoreError
from monitor.store import open_store, upgrade
from monitor.store.database import connect
from monitor.store.schema import SHIPPED, VERSION_TABLE, Migrations
from monitor.store.tables import metadata
from monitor.store.views import open_views

# All that can differ between a table that a migration made and one that the metadata makes.
POSTGRES_FACTS = """
    SELECT 'column', table_name, column_name, data_type || is_nullable || coalesce(column_default, '')
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "0007"


def upgrade():
    op.add_column("meta", sa.Column("note", sa.Text()))
    op.execute("UPDATE meta SET note = 'upgraded'")
"""


def sqlite_facts(path: Path) -> set[tuple[str, ...]]:
    """Return every table and index as SQLite holds them: the parts of each definition, whatever their order."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {
        (kind, name, *sorted(re.sub(r"\s+", " ", line).strip(" ,") for line in sql.splitlines()))
        for kind, name, sql in rows
        if name != VERSION_TABLE
    }


def postgres_facts(url: str) -> set[tuple[str, ...]]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(POSTGRES_FACTS).fetchall()
    return {tuple(row) for row in rows if row[1] != VERSION_TABLE}


def make_from_metadata(state: str) -> None:
    database = connect(state)
    with database.write() as connection:
        metadata.create_all(connection)
    database.close()


def with_a_next_revision(folder: Path) -> Migrations:
    """Copy the shipped migrations and add one to them."""
    copy = folder / "100% migrations"
    shutil.copytree(SHIPPED.location, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "versions" / "r9999_next.py").write_text(NEXT, encoding="utf-8")
    return Migrations(copy, (*SHIPPED.revisions, "9999"))


def notes(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [note for (note,) in connection.execute("SELECT note FROM meta")]


def test_the_revisions_we_name_are_those_we_ship() -> None:
    config = Config()
    config.set_main_option("script_location", str(SHIPPED.location))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == SHIPPED.revisions
    assert scripts.get_heads() == [SHIPPED.head]


def test_tables_and_migrations_agree(state: str) -> None:
    database = connect(state)
    options = {"compare_type": True, "compare_server_default": True}
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, **options})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_tables_and_migrations_agree_to_the_letter_on_sqlite(tmp_path: Path) -> None:
    migrated, direct = tmp_path / "migrated.db", tmp_path / "direct.db"
    upgrade(migrated)
    direct.touch()
    make_from_metadata(str(direct))
    assert sqlite_facts(direct) == sqlite_facts(migrated)


@pytest.mark.postgres
def test_tables_and_migrations_agree_to_the_letter_on_postgresql(shared_database: str, empty_database: str) -> None:
    make_from_metadata(empty_database)
    assert postgres_facts(empty_database) == postgres_facts(shared_database)


def test_every_index_says_which_query_it_serves() -> None:
    source = (SHIPPED.location.parent / "tables.py").read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(source) if line.startswith("_index(")]
    assert len(starts) == sum(len(table.indexes) for table in metadata.tables.values())
    assert [source[number] for number in starts if not source[number - 1].startswith("# ")] == []


# --- opening ------------------------------------------------------------------------------------------------------


def test_a_new_state_is_made_with_its_folder_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "monitor.db"
    with open_store(path) as store:
        known_feeds(store, "dw")
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert path.parent.stat().st_mode & 0o777 == 0o700
    names = ("monitor.db", "monitor.db-shm", "monitor.db-wal", "monitor.db.lock")
    assert modes == dict.fromkeys(names, 0o600)
    assert sorted(file.name for file in path.parent.iterdir()) == ["monitor.db", "monitor.db.lock"]


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    path = tmp_path / "a folder? 100%#" / "حمص.db"
    with open_store(path) as store:
        with_entries(store, entry("a"))
    with open_views(path) as views:
        assert views.count_stored().entries == 1


def test_a_sqlite_state_survives_the_loss_of_power(store_on_sqlite: Callable[[str], object]) -> None:
    assert store_on_sqlite("PRAGMA journal_mode") == "wal"
    assert store_on_sqlite("PRAGMA synchronous") == 2
    assert store_on_sqlite("PRAGMA foreign_keys") == 1


@pytest.fixture
def store_on_sqlite(empty_file: Path, tmp_path: Path) -> Callable[[str], object]:
    """Ask one thing of a connection of an open store."""
    path = shutil.copy(empty_file, tmp_path / "monitor.db")

    def ask(question: str) -> object:
        with open_store(path) as store, store.database.read() as connection:
            return connection.exec_driver_sql(question).scalar_one()

    return ask


def test_what_was_stored_is_there_after_opening_again(state: str) -> None:
    with open_store(state) as store:
        with_entries(store, entry("a"))
    with open_store(state) as store:
        assert len(store.load_known(["g:a"])) == 1


def test_a_daemon_may_be_backed_up_while_it_writes(tmp_path: Path) -> None:
    path, copy = tmp_path / "monitor.db", tmp_path / "copy.db"
    with open_store(path) as store:
        with_entries(store, entry("a"))
        store.backup(copy)
        store.commit_poll(polled(store, entry("b")))
    assert copy.stat().st_mode & 0o777 == 0o600
    with open_views(copy) as views:
        assert views.count_stored().entries == 1


@pytest.mark.postgres
def test_postgresql_is_backed_up_by_its_own_tool(shared_database: str, tmp_path: Path) -> None:
    with open_store(shared_database) as store, pytest.raises(StoreError, match="pg_dump"):
        store.backup(tmp_path / "copy")


# --- upgrades -----------------------------------------------------------------------------------------------------


def test_an_older_sqlite_state_is_upgraded_at_its_opening_after_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with open_store(path) as store:
        with_entries(store, entry("a"))
    with open_store(path, migrations=with_a_next_revision(tmp_path)) as store:
        assert len(store.load_known(["g:a"])) == 1
    assert notes(path) == ["upgraded"]
    copy = tmp_path / f"monitor.db.bak-{SHIPPED.head}"
    assert copy.stat().st_mode & 0o777 == 0o600
    with open_store(copy) as store:
        assert len(store.load_known(["g:a"])) == 1


def test_an_upgrade_that_fails_leaves_the_state_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with open_store(path) as store:
        with_entries(store, entry("a"))
    migrations = with_a_next_revision(tmp_path)
    script = migrations.location / "versions" / "r9999_next.py"
    script.write_text(script.read_text(encoding="utf-8") + '    op.execute("NONSENSE")\n', encoding="utf-8")
    with pytest.raises(StoreError, match="NONSENSE"):
        open_store(path, migrations=migrations)
    with open_store(path) as store:
        assert len(store.load_known(["g:a"])) == 1


def test_a_state_is_backed_up_only_when_something_changes(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    for _ in range(2):
        open_store(path).close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["monitor.db", "monitor.db.lock"]


def test_a_newer_state_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    open_store(path, migrations=with_a_next_revision(tmp_path)).close()
    before = path.read_bytes()
    newer = f"a newer version of monitor wrote this state \\(schema 9999, this one knows up to {SHIPPED.head}\\)"
    with pytest.raises(StoreError, match=newer):
        open_store(path)
    with pytest.raises(StoreError, match=newer):
        open_views(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(StoreError, match="another program's database"):
        open_store(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_looking_at_an_older_state_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    open_store(path).close()
    with pytest.raises(StoreError, match=f"schema {SHIPPED.head}, this version needs 9999: start `monitor run` once"):
        open_store(path, lock=False, migrations=with_a_next_revision(tmp_path))


@pytest.mark.postgres
def test_postgresql_is_never_upgraded_by_itself(empty_database: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the database holds no state yet: run `monitor db upgrade`"):
        open_store(empty_database)
    assert upgrade(empty_database) == (None, SHIPPED.head)
    with open_store(empty_database) as store:
        with_entries(store, entry("a"))
    migrations = with_a_next_revision(tmp_path)
    with pytest.raises(StoreError, match="this version needs 9999: run `monitor db upgrade`"):
        open_store(empty_database, migrations=migrations)
    assert upgrade(empty_database, migrations=migrations) == (SHIPPED.head, "9999")
    with open_store(empty_database, migrations=migrations) as store:
        assert len(store.load_known(["g:a"])) == 1
    with pytest.raises(StoreError, match="a newer version of monitor"):
        open_store(empty_database)


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(state: str) -> None:
    assert upgrade(state) == (SHIPPED.head, SHIPPED.head)


def test_a_state_that_is_in_use_is_not_upgraded(state: str) -> None:
    with open_store(state), pytest.raises(StoreError, match="another monitor is running"):
        upgrade(state)


@pytest.mark.postgres
def test_a_schema_of_its_own_may_be_named_in_the_url(postgres: Server, empty_database: str) -> None:
    assert postgres
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA news")
    url = sa.make_url(empty_database).update_query_dict({"options": "-c search_path=news"})
    state = url.render_as_string(hide_password=False)
    upgrade(state)
    with open_store(state) as store, psycopg.connect(empty_database) as connection:
        known_feeds(store, "dw", now=NOW)
        assert connection.execute("SELECT id FROM news.feeds").fetchall() == [("dw",)]
