"""What the statements share: the scope, the locks, and words for the planner."""
# ruff: noqa: S608  the strings are joined of constants here; values travel as parameters

from __future__ import annotations

import re

from cellhub.db.scope import ENTER_SQL

FINAL = "('SETTLED', 'RELEASED')"
# Of one call by its id, written so that PostgreSQL cannot prove that a partial index of
# running calls would do: it would walk all of them.
UNFINISHED = f"(state IN {FINAL}) IS NOT TRUE"
# Said beside each join with the payers, since the tenant's first index has all its accounts.
PAYING = "a.id = ANY(%(accounts)s)"
# Of account a: neither stopped by people, nor by its date, nor by the brake on fraud.
IN_SERVICE = """(a.status = 'active' AND coalesce(a.expires_at > now(), true) AND NOT EXISTS (
    SELECT 1 FROM account_freeze f
    WHERE f.tenant_id = a.tenant_id AND f.account_id = a.id AND f.thawed_at IS NULL))"""
ENTER = re.sub(r":(\w+)", r"%(\1)s", ENTER_SQL) + ";\n"

# PostgreSQL copies what the last SELECT names on each run, sub-queries and all: so it names one column.
ANSWER = "answer AS MATERIALIZED (\n{query}\n)\nSELECT told FROM answer\n"

# Calls that run, and calls that began within the last second.
CALLS = f"""live AS (
    SELECT c.lineage, c.sip_user_id, c.trunk FROM call c
    WHERE c.tenant_id = %(tenant_id)s AND c.state NOT IN {FINAL}
), recent AS (
    SELECT c.lineage, c.trunk FROM call c
    WHERE c.tenant_id = %(tenant_id)s AND c.authorised_at > now() - interval '1 second'
)"""

# An imagined call may be judged at another moment.
MOMENT = "coalesce(%(at)s::timestamptz, now())"

TENANT = ENTER + "SELECT switch.tenant_of_login(%(login)s)"

LOCK_ACCOUNTS = """
SELECT 1 FROM account WHERE tenant_id = %(tenant_id)s AND id = ANY({accounts})
ORDER BY id FOR NO KEY UPDATE;
"""
LOCK = LOCK_ACCOUNTS.format(accounts="%(accounts)s")

# Members of one group may call without sharing an account; what the group bounds they share all the same.
LOCK_QUOTAS = """
SELECT pg_advisory_xact_lock(hashtextextended('group:' || quota.id::text, %(tenant_id)s::bigint)) FROM (
    SELECT g.id FROM account a JOIN account_group g ON g.tenant_id = a.tenant_id AND g.id = a.group_id
    WHERE a.tenant_id = %(tenant_id)s AND a.id = ANY({lineage}) AND g.kind = 'quota' ORDER BY g.id) AS quota;
"""

LOCK_TENANT = """
SELECT pg_advisory_xact_lock(hashtextextended('tenant', %(tenant_id)s::bigint));
"""

# Checks that may take the last place of a trunk wait for each other; one without a cap is nobody's queue.
LOCK_TRUNK = """
SELECT pg_advisory_xact_lock(hashtextextended('trunk:' || %(trunk)s::text, %(tenant_id)s::bigint));
"""
