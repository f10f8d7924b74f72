"""Updates and their steps: the platform's own tables, for no tenant's role."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STEPS = (
    "Preflight", "Backup", "Migrate", "Canary", "RollOut", "Verify",
    "Done", "RollingBack", "RolledBack", "Failed",
)  # fmt: skip
ENDS = ("Done", "Failed", "RolledBack")


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "update_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("from_version", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("terms", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("resource", sa.Text(), server_default="", nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.CheckConstraint(f"step IN ({_listed(STEPS)})", name="step"),
        sa.PrimaryKeyConstraint("id", name="pk_update_run"),
    )
    op.create_index(
        "ix_update_run_resource", "update_run", ["resource"], unique=True,
        postgresql_where=sa.text("resource <> ''"),
    )  # fmt: skip
    op.create_index(
        "ix_update_run_open", "update_run", [sa.text("(true)")], unique=True,
        postgresql_where=sa.text(f"step NOT IN ({_listed(ENDS)})"),
    )  # fmt: skip
    op.create_table(
        "update_step",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("run_id", "position", name="pk_update_step"),
        sa.ForeignKeyConstraint(["run_id"], ["update_run.id"], name="fk_update_step_run_id_update_run"),
    )
    for table in ("update_run", "update_step"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO cellhub_platform")
    op.execute("GRANT USAGE ON SEQUENCE update_run_id_seq TO cellhub_platform")


def downgrade() -> None:
    op.drop_table("update_step")
    op.drop_table("update_run")
