"""What is remembered: one database, SQLite or PostgreSQL, through SQLAlchemy Core."""
