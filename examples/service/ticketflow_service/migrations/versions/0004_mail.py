"""Create the table of incoming mail."""

import sqlalchemy as sa
from alembic import op
from ticketflow_service.schema import Instant, Name

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "mails",
        sa.Column("id", Name, primary_key=True),
        sa.Column("digest", Name, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("envelope_from", sa.Text),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("sender", Name),
        sa.Column("ticket", Name),
        sa.Column("command", sa.Text),
        sa.Column("route", Name),
        sa.Column("taken_in_at", Instant),
        sa.Column("error", sa.Text),
        sa.Index("mails_by_sender", "sender", "at"),
        sa.Index("mails_by_ticket", "ticket", "at"),
        comment="Every mail as it came, and where it belongs. One with an error is kept aside.",
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("mails")
