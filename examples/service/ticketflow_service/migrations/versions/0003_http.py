"""Create the tables of the HTTP door: tokens, requests with a key, and the texts of messages."""

import sqlalchemy as sa
from alembic import op
from ticketflow_service.schema import Instant, Name

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "tokens",
        sa.Column("name", Name, primary_key=True),
        sa.Column("digest", Name, nullable=False),
        sa.Column("role", Name, nullable=False),
        sa.Column("actor", Name, nullable=False),
        sa.Column("groups", sa.Text, nullable=False),
        comment="Who may use the API. A token is its name and a secret; only the digest of the secret is here.",
    )
    op.create_table(
        "requests",
        sa.Column("event_id", Name, primary_key=True),
        sa.Column("digest", Name, nullable=False),
        sa.Column("at", Instant, nullable=False, index=True),
        sa.Column("status", sa.Integer),
        sa.Column("answer", sa.Text),
        comment="The requests of the last day that had an idempotency key, with their answers.",
    )
    op.create_table(
        "messages",
        sa.Column("id", Name, primary_key=True),
        sa.Column("subject", sa.Text),
        sa.Column("text", sa.Text),
        comment="The texts of messages. Histories have their ids only.",
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("messages", "requests", "tokens"):
        op.drop_table(name)
