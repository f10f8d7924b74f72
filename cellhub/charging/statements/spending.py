"""What an account may still spend: its day's cap, and the month's quota of its group.

The expressions are about ``account a``, and null where nothing bounds it. What running calls hold
counts as spent. Whoever decides by them holds the locks of the payer chain and of its quotas.
"""
# ruff: noqa: S608  the strings are joined of constants here; values travel as parameters

from __future__ import annotations

from cellhub.charging.statements.parts import FINAL

# By the place in the chain, since the money itself may be held from a group's purse.
HELD = f"""coalesce((SELECT sum(p.held) FROM call c
    JOIN call_payer p ON p.tenant_id = c.tenant_id AND p.call_id = c.call_id
    WHERE c.tenant_id = a.tenant_id AND c.state NOT IN {FINAL} AND c.lineage @> ARRAY[a.id]
        AND c.lineage[p.position] = a.id), 0)"""

# An account without a zone of its own keeps the tenant's days.
ZONE = "coalesce(nullif(a.time_zone, ''), (SELECT t.time_zone FROM tenant t WHERE t.id = a.tenant_id))"

SPEND_LEFT = f"""CASE WHEN a.spend_cap > 0 THEN a.spend_cap - {HELD}
    - coalesce((SELECT sum(s.amount) FROM spending s WHERE s.tenant_id = a.tenant_id AND s.account_id = a.id
        AND s.starts_at >= date_trunc('day', now(), {ZONE})), 0) END"""

QUOTA_LEFT = """CASE WHEN a.group_id IS NOT NULL THEN (SELECT g.quota
    - (SELECT sum(m.held) FROM account m WHERE m.tenant_id = a.tenant_id AND m.group_id = g.id)
    - coalesce((SELECT sum(s.amount) FROM account m
        JOIN spending s ON s.tenant_id = m.tenant_id AND s.account_id = m.id
        WHERE m.tenant_id = a.tenant_id AND m.group_id = g.id AND s.starts_at >= date_trunc('month', now(),
            (SELECT t.time_zone FROM tenant t WHERE t.id = a.tenant_id))), 0)
    FROM account_group g
    WHERE g.tenant_id = a.tenant_id AND g.id = a.group_id AND g.kind = 'quota' AND g.quota > 0) END"""

LEFT = f"least({SPEND_LEFT}, {QUOTA_LEFT})"

# Zones differ by whole quarters of an hour, so a day of any of them begins with one.
QUARTER_OF = "date_bin('15 minutes', {moment}, '2000-01-01 00:00+00')"
QUARTER = QUARTER_OF.format(moment="now()")
