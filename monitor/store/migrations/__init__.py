"""The migrations, shipped with the package: Alembic finds them by their folder."""
