"""Where the two records live: the journal in SQL, the readings in Parquet. Only here SQLAlchemy, Alembic and DuckDB."""
