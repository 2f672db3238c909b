"""Run by Alembic: apply steps on the connection that ``api.store.schema`` hands over, which holds the lock."""

from alembic import context

from api.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=False,  # the transaction is the caller's: all steps or none
)
context.run_migrations()
