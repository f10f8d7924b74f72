"""Find the members of a group without a walk over all accounts of the tenant."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_account_group",
        "account",
        ["tenant_id", "group_id"],
        unique=False,
        postgresql_where="group_id IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index("ix_account_group", table_name="account", postgresql_where="group_id IS NOT NULL")
