"""Alembic's door: runs revisions on a connection that is handed in, or writes them as SQL for a database that nobody has opened."""

from __future__ import annotations

from alembic import context
from sqlalchemy.engine import Connection

from caixue.ledger.dialects import TARGETS
from caixue.ledger.revisions import VERSION_TABLE
from caixue.ledger.schema import metadata


def run() -> None:
    """Run what is asked for. The configuration's attributes hold a `connection`, in a transaction, or the name of a `target` to write SQL for."""
    connection: Connection | None = context.config.attributes.get("connection")
    if connection is None:
        target = TARGETS[context.config.attributes["target"]]
        context.configure(url=target.url, dialect_opts=dict(target.options), version_table=VERSION_TABLE, literal_binds=True)
    else:
        context.configure(connection=connection, target_metadata=metadata, version_table=VERSION_TABLE)
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # so does Alembic name it
    run()
