"""Book what a provider was paid once for each form that is sent: its entries get a unique reason.

Entries of before, and bundles of calls, have none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("provider_entry", sa.Column("reason", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "uq_provider_entry_reason",
        "provider_entry",
        ["tenant_id", "provider_id", "reason"],
        unique=True,
        postgresql_where="reason <> ''",
    )


def downgrade() -> None:
    op.drop_index("uq_provider_entry_reason", table_name="provider_entry", postgresql_where="reason <> ''")
    op.drop_column("provider_entry", "reason")
