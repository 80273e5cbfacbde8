"""Create the tables of the service."""

import sqlalchemy as sa
from alembic import op
from ticketflow_service.schema import Instant, Name, Number

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "entries",
        sa.Column("ticket", Name, primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        comment="The histories. Rows are only added. The primary key is the optimistic lock.",
    )
    op.create_table(
        "tickets",
        sa.Column("id", Name, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", Name, nullable=False),
        sa.Column("category", Name, nullable=False),
        sa.Column("requester", Name),
        sa.Column("assignee", Name),
        sa.Column("next_due", Instant),
        sa.Column("unknown_from", Instant),
        sa.Column("rules", Name, nullable=False),
        sa.Column("active_at", Instant, nullable=False),
        sa.Column("follows", Name),
        sa.Column("digest", Name, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        comment="The facts of each ticket as it stands, to find it by, and its snapshot.",
    )
    op.create_index("tickets_by_next_due", "tickets", ["next_due", "id"])
    op.create_index("tickets_by_rules", "tickets", ["rules", "id"])
    op.create_index("tickets_by_requester", "tickets", ["requester", "active_at", "id"])
    op.create_index("tickets_by_follows", "tickets", ["follows", "id"])
    op.create_table(
        "rules",
        sa.Column("digest", Name, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("in_force", sa.Integer),
        comment="Every rule set that was in force. The one with the greatest number is in force now.",
    )
    op.create_table(
        "outbox",
        sa.Column("position", Number, primary_key=True),
        sa.Column("key", Name, nullable=False, unique=True),
        sa.Column("ticket", Name, nullable=False, index=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("withheld", Name),
        sa.Column("sent_at", Instant),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("postponed_until", Instant),
        sa.Column("error", sa.Text),
        comment="Which events of entries are sent, each under the key by which its receiver knows it.",
    )
    waiting = sa.text("sent_at IS NULL AND withheld IS NULL")
    op.create_index("outbox_to_send", "outbox", ["position"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "set_aside",
        sa.Column("ticket", Name, primary_key=True),
        sa.Column("error", sa.Text, nullable=False),
        comment="Tickets that failed. They are not woken until somebody puts them back or a command changes them.",
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("set_aside", "outbox", "rules", "tickets", "entries"):
        op.drop_table(name)
