"""What Alembic runs: the migrations, in the transaction that its caller has begun."""

from __future__ import annotations

from alembic import context

from monitor.store.schema import VERSION_TABLE
from monitor.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    # SQLite can undo a CREATE TABLE as well; Alembic does not expect it of the driver, but the transaction is ours.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
