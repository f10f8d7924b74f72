"""Chain a tenant's audit entries: each one's hash covers its content and the hash of the one before.

The database makes the chain, so that no process can leave it out or write another one. The
end of each chain is kept beside the entries: its lock gives the entries of one tenant their
order, and it tells when the last ones are missing. Nobody but the trigger writes it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

CHAIN_END = """
CREATE TABLE audit.chain_end (
    tenant_id bigint CONSTRAINT pk_chain_end PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    hash bytea NOT NULL DEFAULT ''
)
"""

# The columns are named, so that one that is added later leaves the old hashes right. The moment
# is a number, since its text depends on who reads it.
HASH_OF = """
CREATE FUNCTION audit.hash_of(previous bytea, entry public.audit_entry) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT sha256(previous || convert_to(jsonb_build_array(
    entry.tenant_id, entry.position, entry.id, extract(epoch FROM entry.created_at), entry.account_id,
    entry.actor_id, entry.actor, entry.action, entry.object_kind, entry.object_id, entry.object_name,
    entry.changes
)::text, 'UTF8')) $$
"""

APPEND = """
CREATE FUNCTION audit.append() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = audit, pg_temp AS $$
DECLARE
    last audit.chain_end;
BEGIN
    INSERT INTO audit.chain_end (tenant_id) VALUES (NEW.tenant_id) ON CONFLICT DO NOTHING;
    SELECT * INTO last FROM audit.chain_end WHERE tenant_id = NEW.tenant_id FOR UPDATE;
    NEW.position := last.position + 1;
    NEW.hash := audit.hash_of(last.hash, NEW);
    UPDATE audit.chain_end SET position = NEW.position, hash = NEW.hash WHERE tenant_id = NEW.tenant_id;
    RETURN NEW;
END $$
"""

TRIGGER = "CREATE TRIGGER {name} BEFORE {event} ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit.append()"

# One by one in their order; the trigger gives each its place.
CHAIN_WHAT_IS_THERE = """
DO $$
DECLARE
    entry record;
BEGIN
    FOR entry IN SELECT tenant_id, id FROM audit_entry ORDER BY tenant_id, id LOOP
        UPDATE audit_entry SET position = 0 WHERE tenant_id = entry.tenant_id AND id = entry.id;
    END LOOP;
END $$
"""


def upgrade() -> None:
    op.execute("CREATE SCHEMA audit")
    op.execute(CHAIN_END)
    op.add_column("audit_entry", sa.Column("position", sa.BigInteger(), nullable=True))
    op.add_column("audit_entry", sa.Column("hash", sa.LargeBinary(), nullable=True))
    op.execute(HASH_OF)
    op.execute(APPEND)
    chain_what_is_there()
    for column in ("position", "hash"):
        op.alter_column("audit_entry", column, nullable=False)
    op.create_unique_constraint(
        op.f("uq_audit_entry_tenant_id_position"), "audit_entry", ["tenant_id", "position"]
    )
    op.execute(TRIGGER.format(name="append", event="INSERT"))
    op.execute("GRANT USAGE ON SCHEMA audit TO cellhub_platform")
    op.execute("GRANT SELECT ON audit.chain_end TO cellhub_platform")


def chain_what_is_there() -> None:
    """Give the entries of before their places; the owner reads them for this moment only."""
    op.execute("ALTER TABLE audit_entry NO FORCE ROW LEVEL SECURITY")
    op.execute(TRIGGER.format(name="append_again", event="UPDATE"))
    op.execute(CHAIN_WHAT_IS_THERE)
    op.execute("DROP TRIGGER append_again ON audit_entry")
    op.execute("ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.execute("DROP TRIGGER append ON audit_entry")
    op.execute("DROP FUNCTION audit.append()")
    op.execute("DROP FUNCTION audit.hash_of(bytea, audit_entry)")
    op.drop_constraint(op.f("uq_audit_entry_tenant_id_position"), "audit_entry")
    op.drop_column("audit_entry", "hash")
    op.drop_column("audit_entry", "position")
    op.execute("DROP TABLE audit.chain_end")
    op.execute("DROP SCHEMA audit")
