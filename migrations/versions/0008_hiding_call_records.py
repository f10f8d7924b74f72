"""Hide a call record from those who deleted it and those below, and from nobody above them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cdr", sa.Column("hidden_for", sa.BigInteger(), nullable=True))
    op.execute("GRANT UPDATE (hidden_for) ON cdr TO cellhub_app, cellhub_platform")


def downgrade() -> None:
    op.drop_column("cdr", "hidden_for")
