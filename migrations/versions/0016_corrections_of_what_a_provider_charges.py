"""Let what a call cost with its provider be corrected: a charge has parts, the first by its settlement."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OF_THE_CALL = "uq_provider_charge_tenant_id_call_id"
OF_THE_PART = "uq_provider_charge_tenant_id_call_id_part"


def upgrade() -> None:
    op.add_column("provider_charge", sa.Column("part", sa.SmallInteger(), server_default="1", nullable=False))
    op.create_unique_constraint(OF_THE_PART, "provider_charge", ["tenant_id", "call_id", "part"])
    op.drop_constraint(OF_THE_CALL, "provider_charge", type_="unique")


def downgrade() -> None:
    op.execute("DELETE FROM provider_charge WHERE part > 1")
    op.create_unique_constraint(OF_THE_CALL, "provider_charge", ["tenant_id", "call_id"])
    op.drop_constraint(OF_THE_PART, "provider_charge", type_="unique")
    op.drop_column("provider_charge", "part")
