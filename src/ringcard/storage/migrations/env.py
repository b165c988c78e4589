"""Alembic's entry: runs the migrations on the connection that `storage.migrate` hands over."""

from alembic import context

# Inside one transaction that the caller opened: `transactional_ddl` keeps Alembic from looking for its own.
context.configure(connection=context.config.attributes["connection"], render_as_batch=True, transactional_ddl=True)
context.run_migrations()
