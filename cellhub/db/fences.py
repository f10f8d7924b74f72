"""The second wall between tenants: forced row-level security of one table.

Migrations stand on these functions: add to them, never change what they do.
"""

from __future__ import annotations

from collections.abc import Iterator

TENANT_ONLY = "false"
OWN_ACCOUNTS = "account_id IN (SELECT id FROM account)"
OWN_SIP_USERS = "sip_user_id IN (SELECT id FROM sip_user)"
EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"
GROWS = "SELECT, INSERT"


def fence(table: str, reads: str, writes: str, rights: str = EVERYTHING) -> Iterator[str]:
    """Yield the statements that fence ``table``.

    ``reads`` and ``writes`` are conditions on the rows of an account-wide scope (a reseller, a
    client); a tenant-wide scope has all rows of its tenant, the platform's role all there are.
    """
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    read, written = _within_scope(reads), _within_scope(writes)
    yield f"CREATE POLICY application_reads ON {table} FOR SELECT TO cellhub_app USING {read}"
    yield f"CREATE POLICY application_adds ON {table} FOR INSERT TO cellhub_app WITH CHECK {written}"
    yield (
        f"CREATE POLICY application_changes ON {table} FOR UPDATE TO cellhub_app "
        f"USING {written} WITH CHECK {written}"
    )
    yield f"CREATE POLICY application_removes ON {table} FOR DELETE TO cellhub_app USING {written}"
    yield f"CREATE POLICY platform ON {table} TO cellhub_platform USING (true) WITH CHECK (true)"
    yield f"GRANT {rights} ON {table} TO cellhub_app, cellhub_platform"


def fence_charging(table: str, rights: str) -> Iterator[str]:
    """Yield the statements that let the charging path have ``rights`` on its tenant's rows of ``table``."""
    own = f"({'id' if table == 'tenant' else 'tenant_id'} = (SELECT cellhub_tenant()))"
    yield f"CREATE POLICY charging ON {table} TO cellhub_charging USING {own} WITH CHECK {own}"
    yield f"GRANT {rights} ON {table} TO cellhub_charging"


def _within_scope(condition: str) -> str:
    everywhere = "(SELECT cellhub_account()) IS NULL"
    return f"(tenant_id = (SELECT cellhub_tenant()) AND ({everywhere} OR {condition}))"
