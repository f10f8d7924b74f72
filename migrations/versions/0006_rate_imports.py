"""Files of rates between their upload and their publication."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Decks are the tenant's own business: an account-wide scope reads and writes none of them.
OWN = "tenant_id = (SELECT cellhub_tenant()) AND (SELECT cellhub_account()) IS NULL"


def upgrade() -> None:
    op.create_table(
        "rate_import",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deck_id", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("rates", JSONB(), nullable=False),
        sa.Column("faults", JSONB(), nullable=False),
        sa.Column("rate_count", sa.Integer(), nullable=False),
        sa.Column("fault_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_rate_import_tenant_id_tenant")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "deck_id"],
            ["rate_deck.tenant_id", "rate_deck.id"],
            name=op.f("fk_rate_import_tenant_id_deck_id_rate_deck"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rate_import")),
        sa.UniqueConstraint("tenant_id", "deck_id", name=op.f("uq_rate_import_tenant_id_deck_id")),
    )
    fence()


def fence() -> None:
    op.execute("ALTER TABLE rate_import ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE rate_import FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY application ON rate_import TO cellhub_app USING ({OWN}) WITH CHECK ({OWN})")
    op.execute("CREATE POLICY platform ON rate_import TO cellhub_platform USING (true) WITH CHECK (true)")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON rate_import TO cellhub_app, cellhub_platform")
    op.execute("GRANT USAGE ON SEQUENCE rate_import_id_seq TO cellhub_app, cellhub_platform")


def downgrade() -> None:
    op.drop_table("rate_import")
