"""Alembic's way in: runs on the connection that the store hands over."""

from __future__ import annotations

from alembic import context

from carbonpolis.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
