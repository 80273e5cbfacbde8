"""Create the tables of procrastinate's queue. SQLite has none: its one worker reads the outbox."""

from typing import cast

import psycopg
from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the queue."""
    if op.get_context().dialect.name == "postgresql":
        driver = cast("psycopg.Connection", op.get_bind().connection.driver_connection)
        driver.execute(SchemaManager.get_schema())  # SQLAlchemy would take its percent signs for parameters


def downgrade() -> None:
    """Drop the queue."""
    if op.get_context().dialect.name == "postgresql":
        found = op.get_bind().exec_driver_sql("SELECT tablename FROM pg_tables WHERE tablename LIKE 'procrastinate_%%'")
        for (name,) in found.all():
            op.execute(f"DROP TABLE {name} CASCADE")
