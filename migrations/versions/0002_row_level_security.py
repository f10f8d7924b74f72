"""Row-level security, forced, and what each role may do.

A table's fence says what the rows of an account-wide scope (a reseller, a client) are.
Everything else of a tenant is for the tenant's own scope. The platform has its own
role instead of an ``OR superadmin`` in each policy, which is 20 to 100 times slower.
The owner gets no policy: it migrates, and reads no rows.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT_ONLY = "false"
OWN_LINEAGE = "lineage @> ARRAY[(SELECT cellhub_account())]"
OWN_ACCOUNTS = "account_id IN (SELECT id FROM account)"
OWN_LOGINS = "login_id IN (SELECT id FROM login)"
OWN_CDRS = "call_id IN (SELECT call_id FROM cdr)"
OWN_PLANS = "id IN (SELECT plan_id FROM account)"
PLANS_PARTS = "plan_id IN (SELECT id FROM plan)"
PLANS_DECKS = "id IN (SELECT deck_id FROM plan_deck)"
DECKS_RATES = "deck_id IN (SELECT id FROM rate_deck)"

# table: (what an account-wide scope reads, what it writes)
FENCES = {
    "account": (OWN_LINEAGE, OWN_LINEAGE),
    "login": (OWN_ACCOUNTS, OWN_ACCOUNTS),
    "login_ticket": (OWN_LOGINS, OWN_LOGINS),
    "audit_entry": (OWN_ACCOUNTS, OWN_ACCOUNTS),
    "ledger_entry": (OWN_ACCOUNTS, OWN_ACCOUNTS),
    "sip_user": (OWN_ACCOUNTS, OWN_ACCOUNTS),
    "call": (OWN_LINEAGE, TENANT_ONLY),
    # By payer, not by call: what a reseller pays for a call is not for its client to read.
    "call_payer": (OWN_ACCOUNTS, TENANT_ONLY),
    "attempt": (OWN_CDRS, TENANT_ONLY),
    "cdr": (OWN_LINEAGE, OWN_LINEAGE),
    "plan": (OWN_PLANS, TENANT_ONLY),
    "plan_deck": (PLANS_PARTS, TENANT_ONLY),
    "rate_deck": (PLANS_DECKS, TENANT_ONLY),
    "rate": (DECKS_RATES, TENANT_ONLY),
    "trunk": (TENANT_ONLY, TENANT_ONLY),
    "heartbeat": (TENANT_ONLY, TENANT_ONLY),
    "login_failure": (TENANT_ONLY, TENANT_ONLY),
}

# Money and its history only grow; a CDR is only ever hidden.
GRANTS = {
    "ledger_entry": "SELECT, INSERT",
    "audit_entry": "SELECT, INSERT",
    "cdr": "SELECT, INSERT, UPDATE (hidden_at)",
    "attempt": "SELECT, INSERT",
    "tenant": "SELECT",
}
EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"

SETTINGS = """
CREATE FUNCTION cellhub_{name}() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT NULLIF(current_setting('cellhub.{name}_id', true), '')::bigint $$
"""


def fence(table: str, tenant_column: str, reads: str, writes: str) -> None:
    """Force the policies of one table: the application's by scope, the platform's none."""
    own_tenant = f"{tenant_column} = (SELECT cellhub_tenant())"
    everywhere = "(SELECT cellhub_account()) IS NULL"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY application_reads ON {table} FOR SELECT TO cellhub_app "
        f"USING ({own_tenant} AND ({everywhere} OR {reads}))"
    )
    written = f"({own_tenant} AND ({everywhere} OR {writes}))"
    op.execute(f"CREATE POLICY application_adds ON {table} FOR INSERT TO cellhub_app WITH CHECK {written}")
    op.execute(
        f"CREATE POLICY application_changes ON {table} FOR UPDATE TO cellhub_app USING {written} WITH CHECK {written}"
    )
    op.execute(f"CREATE POLICY application_removes ON {table} FOR DELETE TO cellhub_app USING {written}")
    op.execute(f"CREATE POLICY platform ON {table} TO cellhub_platform USING (true) WITH CHECK (true)")


def grant(table: str) -> None:
    """Give both roles of rights the same statements; the fence tells them apart."""
    op.execute(f"GRANT {GRANTS.get(table, EVERYTHING)} ON {table} TO cellhub_app, cellhub_platform")


def upgrade() -> None:
    for name in ("tenant", "account"):
        op.execute(SETTINGS.format(name=name))
    fence("tenant", "id", "true", TENANT_ONLY)
    grant("tenant")
    op.execute("GRANT INSERT, UPDATE ON tenant TO cellhub_platform")
    for table, (reads, writes) in FENCES.items():
        fence(table, "tenant_id", reads, writes)
        grant(table)
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO cellhub_app, cellhub_platform")


def downgrade() -> None:
    for table in ("tenant", *FENCES):
        for policy in ("reads", "adds", "changes", "removes"):
            op.execute(f"DROP POLICY application_{policy} ON {table}")
        op.execute(f"DROP POLICY platform ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"REVOKE ALL ON {table} FROM cellhub_app, cellhub_platform")
    for name in ("tenant", "account"):
        op.execute(f"DROP FUNCTION cellhub_{name}()")
