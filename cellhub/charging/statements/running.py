"""A call while it runs: its answer, and the next slice."""
# ruff: noqa: S608  the strings are joined of constants here; values travel as parameters

from __future__ import annotations

from cellhub.charging.statements.parts import ENTER, IN_SERVICE, LOCK, PAYING

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

AVAILABLE = (
    ENTER
    + """
SELECT id, balance - held + credit_limit FROM account
WHERE tenant_id = %(tenant_id)s AND id = ANY(%(accounts)s)
"""
)

EXTEND = (
    ENTER
    + LOCK
    + f"""
WITH wanted AS (
    SELECT w.account_id, w.hold, w.hold - p.held AS more
    FROM unnest(%(accounts)s::bigint[], %(holds)s::numeric[]) AS w (account_id, hold)
    JOIN call_payer p ON p.tenant_id = %(tenant_id)s AND p.call_id = %(call_id)s
        AND p.account_id = w.account_id
), able AS (
    SELECT 1 FROM wanted w JOIN account a ON a.tenant_id = %(tenant_id)s AND a.id = w.account_id AND {PAYING}
    WHERE a.balance - a.held + a.credit_limit >= w.more AND {IN_SERVICE}
), moved AS (
    UPDATE call SET state = 'EXTENDED', step = step + 1, paid_seconds = %(paid_seconds)s,
        last_slice = %(last_slice)s,
        deadline_at = answered_at + make_interval(secs => %(paid_seconds)s::int + %(grace)s::int)
    WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s AND step = %(step)s
        AND (state IN ('ANSWERED', 'EXTENDED')) IS TRUE
        AND (SELECT count(*) FROM able) = cardinality(%(accounts)s::bigint[])
        AND EXISTS (SELECT 1 FROM sip_user u
            WHERE u.tenant_id = %(tenant_id)s AND u.id = call.sip_user_id AND u.enabled)
    RETURNING call_id
), holding AS (
    UPDATE account a SET held = a.held + w.more FROM wanted w, moved
    WHERE a.tenant_id = %(tenant_id)s AND a.id = w.account_id AND {PAYING}
), paying AS (
    UPDATE call_payer p SET held = w.hold FROM wanted w, moved
    WHERE p.tenant_id = %(tenant_id)s AND p.call_id = moved.call_id AND p.account_id = w.account_id
)
SELECT EXISTS (SELECT 1 FROM moved) OR (%(again)s AND EXISTS (
    SELECT 1 FROM call WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s
        AND step = %(step)s + 1 AND paid_seconds = %(paid_seconds)s AND state = 'EXTENDED'))
"""
)
