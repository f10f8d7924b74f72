"""Mark tenants and trunks that a resource of Kubernetes manages; suspend tenants; one pod registers.

``managed_by`` is NAMESPACE/NAME of the resource, empty for what people manage in the portal.
"""

import sqlalchemy as sa
from alembic import op

from cellhub.db.fences import TENANT_ONLY, fence, fence_charging

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

COLUMNS = (
    ("tenant", "managed_by", sa.Text(), ""),
    ("tenant", "suspended", sa.Boolean(), "false"),
    ("tenant", "sip_user_limit", sa.Integer(), "0"),
    ("trunk", "managed_by", sa.Text(), ""),
    ("trunk", "transport", sa.Text(), "udp"),
)


def upgrade() -> None:
    for table, column, kind, default in COLUMNS:
        op.add_column(table, sa.Column(column, kind, server_default=default, nullable=False))
    op.create_check_constraint("transport", "trunk", "transport IN ('udp', 'tcp')")
    op.create_table(
        "registrar_lease",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("pod", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_registrar_lease"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_registrar_lease_tenant_id_tenant"),
    )
    for statement in fence("registrar_lease", TENANT_ONLY, TENANT_ONLY):
        op.execute(statement)
    for statement in fence_charging("registrar_lease", "SELECT, INSERT, UPDATE"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("registrar_lease")
    op.drop_constraint("transport", "trunk")
    for table, column, _, _ in reversed(COLUMNS):
        op.drop_column(table, column)
