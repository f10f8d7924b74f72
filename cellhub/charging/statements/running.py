"""A call while it runs: its answer, and the next slice."""
# ruff: noqa: S608  the strings are joined of constants here; values travel as parameters

from __future__ import annotations

from cellhub.charging.statements.parts import ENTER, IN_SERVICE, LOCK_ACCOUNTS, LOCK_QUOTAS, PAYING
from cellhub.charging.statements.spending import LEFT

ANSWERED = (
    ENTER
    + """
WITH moved AS (
    UPDATE call SET state = 'ANSWERED', step = step + 1, answered_at = %(answered_at)s, trunk = %(trunk)s,
        caller_channel = %(caller_channel)s, callee_channel = %(callee_channel)s,
        deadline_at = %(answered_at)s::timestamptz + make_interval(secs => paid_seconds + %(grace)s)
    WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s AND (state IN ('AUTHORISED', 'ORPHAN')) IS TRUE
    RETURNING step
)
SELECT step FROM moved
UNION ALL
SELECT step FROM call WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s
    AND (state = 'ANSWERED') IS TRUE AND answered_at = %(answered_at)s
"""
)

# Of each payer from the top down: its money, or that of its group's purse, and what its cap and quota leave.
AVAILABLE = (
    ENTER
    + f"""
SELECT least(purse.balance - purse.held + purse.credit_limit, {LEFT})
FROM call
JOIN call_payer payer ON payer.tenant_id = call.tenant_id AND payer.call_id = call.call_id
JOIN account purse ON purse.tenant_id = call.tenant_id AND purse.id = payer.account_id
JOIN account a ON a.tenant_id = call.tenant_id AND a.id = call.lineage[payer.position]
WHERE call.tenant_id = %(tenant_id)s AND call.call_id = %(call_id)s
ORDER BY payer.position
"""
)

_LINEAGE = """(coalesce((SELECT lineage FROM call
    WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s), '{}'))::bigint[]"""

EXTEND = (
    ENTER
    + LOCK_ACCOUNTS.format(accounts=f"%(accounts)s::bigint[] || {_LINEAGE}")
    + LOCK_QUOTAS.format(lineage=_LINEAGE)
    + f"""
WITH wanted AS (
    SELECT p.position, p.account_id, call.lineage[p.position] AS member_id, w.hold, w.hold - p.held AS more
    FROM unnest(%(holds)s::numeric[]) WITH ORDINALITY AS w (hold, position)
    JOIN call_payer p ON p.tenant_id = %(tenant_id)s AND p.call_id = %(call_id)s AND p.position = w.position
    JOIN call ON call.tenant_id = p.tenant_id AND call.call_id = p.call_id
), bill AS (
    SELECT account_id, sum(more) AS more FROM wanted GROUP BY account_id
), unable AS (
    SELECT 1 FROM bill
    JOIN account a ON a.tenant_id = %(tenant_id)s AND a.id = bill.account_id AND {PAYING}
    WHERE a.balance - a.held + a.credit_limit < bill.more OR NOT {IN_SERVICE}
    UNION ALL
    SELECT 1 FROM wanted w JOIN account a ON a.tenant_id = %(tenant_id)s AND a.id = w.member_id
    WHERE {LEFT} < w.more OR NOT {IN_SERVICE}
), moved AS (
    UPDATE call SET state = 'EXTENDED', step = step + 1, paid_seconds = %(paid_seconds)s,
        last_slice = %(last_slice)s,
        deadline_at = answered_at + make_interval(secs => %(paid_seconds)s::int + %(grace)s::int)
    WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s AND step = %(step)s
        AND (state IN ('ANSWERED', 'EXTENDED')) IS TRUE
        AND (SELECT count(*) FROM wanted) = cardinality(%(accounts)s::bigint[])
        AND NOT EXISTS (SELECT 1 FROM unable)
        AND EXISTS (SELECT 1 FROM sip_user u
            WHERE u.tenant_id = %(tenant_id)s AND u.id = call.sip_user_id AND u.enabled)
    RETURNING call_id
), holding AS (
    UPDATE account a SET held = a.held + bill.more FROM bill, moved
    WHERE a.tenant_id = %(tenant_id)s AND a.id = bill.account_id AND {PAYING}
), paying AS (
    UPDATE call_payer p SET held = w.hold FROM wanted w, moved
    WHERE p.tenant_id = %(tenant_id)s AND p.call_id = moved.call_id AND p.position = w.position
)
SELECT EXISTS (SELECT 1 FROM moved) OR (%(again)s AND EXISTS (
    SELECT 1 FROM call WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s
        AND step = %(step)s + 1 AND paid_seconds = %(paid_seconds)s AND state = 'EXTENDED'))
"""
)
