"""A role for the charging path: a whole tenant, by a policy of one comparison, and least rights.

The application's policies know account-wide scopes, which look through other tables. A call
is never checked in such a scope, but PostgreSQL makes ready for it in every statement: that
took half of the time of a check.
"""

from alembic import op

from cellhub.db.fences import fence_charging

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

READ = "SELECT"
GROWS = "SELECT, INSERT"
KEPT = "SELECT, INSERT, UPDATE"
RIGHTS = {
    "tenant": READ,
    "account": "SELECT, UPDATE (balance, held)",
    "account_freeze": KEPT,
    "account_group": READ,
    "attempt": GROWS,
    "audit_entry": GROWS,
    "call": KEPT,
    "call_payer": KEPT,
    "caller_number": READ,
    "cdr": GROWS,
    "custom_rate": READ,
    "fraud_profile": READ,
    "holiday": READ,
    "known_country": KEPT,
    "ledger_entry": GROWS,
    "offer": READ,
    "plan": READ,
    "plan_deck": READ,
    "provider": READ,
    "provider_charge": GROWS,
    "rate": READ,
    "rate_deck": READ,
    "restricted_number": READ,
    "sip_user": READ,
    "spending": KEPT,
    "trunk": "SELECT, UPDATE (registration)",
    "trunk_group": READ,
    "trunk_group_trunk": READ,
}


def upgrade() -> None:
    for table, rights in RIGHTS.items():
        for statement in fence_charging(table, rights):
            op.execute(statement)
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO cellhub_charging")


def downgrade() -> None:
    for table in RIGHTS:
        op.execute(f"DROP POLICY charging ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM cellhub_charging")
    op.execute("REVOKE USAGE ON ALL SEQUENCES IN SCHEMA public FROM cellhub_charging")
