"""Corrections of calls that are final: what their payers should have been charged, against what they were."""
# ruff: noqa: S608  the strings are joined of constants here; values travel as parameters

from __future__ import annotations

from cellhub.charging.statements.parts import ENTER, LOCK, PAYING
from cellhub.charging.statements.spending import QUARTER_OF
from cellhub.domain.ledger import ADJUSTMENT, CALL, MOST_ADJUSTMENTS


def booked(call: str, account: str) -> str:
    """Sum up what the ledger charged an account for a call, and count the corrections in it."""
    # A list of reasons leads through the ledger's index whatever the planner believes; a join may not.
    numbered = (f"'{ADJUSTMENT}' || {call} || ':{number}'" for number in range(1, MOST_ADJUSTMENTS + 1))
    reasons = ", ".join([f"'{CALL}' || {call}", *numbered])
    return f"""SELECT coalesce(-sum(e.amount), 0) AS charged,
            count(*) FILTER (WHERE e.kind = 'adjustment') AS corrections
        FROM ledger_entry e WHERE e.tenant_id = %(tenant_id)s AND e.account_id = {account}
            AND e.reason = ANY(ARRAY[{reasons}])"""


# When a call was charged; one that cost nothing has no entry, and was settled about when it ended.
_CHARGED_AT = f"""coalesce((SELECT e.created_at FROM ledger_entry e WHERE e.tenant_id = %(tenant_id)s
        AND e.account_id = d.account_id AND e.reason = '{CALL}' || d.call_id), k.ended_at)"""

# The purse has paid, and it is a member's day and month that the call counts in.
_SPENT = f"""SELECT k.lineage[p.position] AS member_id, {QUARTER_OF.format(moment=_CHARGED_AT)} AS starts_at,
        -d.amount AS amount
    FROM due d JOIN call k ON k.tenant_id = %(tenant_id)s AND k.call_id = d.call_id
    JOIN LATERAL (SELECT max(p.position) AS position FROM call_payer p WHERE p.tenant_id = k.tenant_id
        AND p.call_id = k.call_id AND p.account_id = d.account_id) p ON p.position IS NOT NULL"""

ADJUST = (
    ENTER
    + LOCK
    + f"""
WITH wanted AS (
    SELECT * FROM unnest(%(call_ids)s::text[], %(payers)s::bigint[], %(costs)s::numeric[])
    WITH ORDINALITY AS w (call_id, account_id, cost, position)
), due AS (
    SELECT w.*, b.charged - w.cost AS amount, b.corrections + 1 AS number
    FROM wanted w, LATERAL ({booked("w.call_id", "w.account_id")}) b
    WHERE b.charged <> w.cost AND b.corrections < {MOST_ADJUSTMENTS}
), entries AS (
    INSERT INTO ledger_entry (tenant_id, account_id, kind, reason, amount, balance_after, note, actor)
    SELECT %(tenant_id)s, a.id, 'adjustment', '{ADJUSTMENT}' || d.call_id || ':' || d.number, d.amount,
        a.balance + sum(d.amount) OVER (PARTITION BY a.id ORDER BY d.position), %(note)s, %(actor)s
    FROM due d JOIN account a ON a.tenant_id = %(tenant_id)s AND a.id = d.account_id AND {PAYING}
    ORDER BY d.position
), moved AS (
    UPDATE account a SET balance = a.balance + s.amount
    FROM (SELECT account_id, sum(amount) AS amount FROM due GROUP BY account_id) s
    WHERE a.tenant_id = %(tenant_id)s AND a.id = s.account_id AND {PAYING}
), spent AS (
    INSERT INTO spending AS s (tenant_id, account_id, starts_at, amount)
    SELECT %(tenant_id)s, member_id, starts_at, sum(amount) FROM ({_SPENT}) AS one
    GROUP BY member_id, starts_at ORDER BY member_id, starts_at
    ON CONFLICT (tenant_id, account_id, starts_at) DO UPDATE SET amount = s.amount + excluded.amount
)
SELECT call_id, account_id, amount FROM due ORDER BY position
"""
)

FINISHED = (
    ENTER
    + f"""
WITH batch AS (
    SELECT c.started_at, c.call_id, c.number, c.invoice_id, c.sip_user, c.lineage,
        coalesce(k.story #>> '{{late,seconds}}', c.story #>> '{{settlement,seconds}}')::numeric AS exact,
        c.billsec,
        c.story #>> '{{rates,0,source}}' AS source, c.story -> 'prices' AS prices
    FROM cdr c LEFT JOIN call k ON k.tenant_id = c.tenant_id AND k.call_id = c.call_id
    WHERE c.tenant_id = %(tenant_id)s AND c.answered_at IS NOT NULL
        AND c.started_at >= %(since)s::timestamptz AND c.started_at < %(until)s::timestamptz
        AND (%(account_id)s::bigint IS NULL OR c.lineage @> ARRAY[%(account_id)s::bigint])
        AND (c.started_at, c.call_id) > (%(after_at)s::timestamptz, %(after_id)s::text)
    ORDER BY c.started_at, c.call_id LIMIT %(most)s::int
)
SELECT json_build_object('started_at', started_at, 'call_id', call_id, 'number', number,
    'invoice_id', invoice_id, 'sip_user', sip_user, 'source', source,
    'seconds', coalesce(exact, billsec)::text,
    'margins', (SELECT json_object_agg(one ->> 'account_id', one ->> 'margin')
        FROM jsonb_array_elements(batch.prices) one),
    'payers', (SELECT json_agg(json_build_object('account_id', p.account_id, 'price', p.price,
            'member_id', lineage[p.position], 'charged', b.charged::text) ORDER BY p.position)
        FROM call_payer p, LATERAL ({booked("batch.call_id", "p.account_id")}) b
        WHERE p.tenant_id = %(tenant_id)s AND p.call_id = batch.call_id)
    )::text
FROM batch ORDER BY started_at, call_id
"""
)

INVOICED = (
    ENTER
    + """
SELECT c.call_id FROM cdr c
WHERE c.tenant_id = %(tenant_id)s AND c.answered_at IS NOT NULL AND c.invoice_id IS NOT NULL
    AND c.started_at >= %(since)s::timestamptz AND c.started_at < %(until)s::timestamptz
    AND (%(account_id)s::bigint IS NULL OR c.lineage @> ARRAY[%(account_id)s::bigint])
ORDER BY c.started_at, c.call_id
"""
)

# Nothing where late evidence has been told already: it counts once.
SETTLEMENT = (
    ENTER
    + """
SELECT json_build_object('source', c.story #>> '{settlement,source}',
    'seconds', c.story #>> '{settlement,seconds}', 'trunk', c.trunk, 'buys', c.buys,
    'payers', (SELECT json_agg(json_build_object('account_id', p.account_id, 'price', p.price)
        ORDER BY p.position) FROM call_payer p WHERE p.tenant_id = c.tenant_id AND p.call_id = c.call_id)
    )::text
FROM call c WHERE c.tenant_id = %(tenant_id)s AND c.call_id = %(call_id)s
    AND (c.state = 'SETTLED') IS TRUE AND NOT c.story ? 'late'
"""
)

TELL_LATE = (
    ENTER
    + """
WITH told AS (
    UPDATE call SET story = story || %(late)s::jsonb
    WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s AND NOT story ? 'late'
    RETURNING tenant_id, call_id
), corrected AS (
    INSERT INTO provider_charge (tenant_id, provider_id, call_id, part, amount)
    SELECT told.tenant_id, p.id, told.call_id, 2, %(buy_difference)s::numeric FROM told
    JOIN provider p ON p.tenant_id = told.tenant_id AND p.id = %(provider_id)s::bigint
    WHERE %(buy_difference)s::numeric <> 0
)
SELECT 1 FROM told
"""
)

REVIEWS = (
    ENTER
    + """
SELECT json_build_object('call_id', c.call_id, 'sip_user', c.sip_user, 'number', c.number,
    'destination', c.destination, 'ended_at', c.ended_at, 'age', extract(epoch FROM now() - c.ended_at)::int,
    'readings', c.story #> '{review,readings}', 'source', c.story #>> '{review,source}',
    'seconds', c.story #>> '{review,seconds}',
    'held', (SELECT sum(p.held)::text FROM call_payer p
        WHERE p.tenant_id = c.tenant_id AND p.call_id = c.call_id))::text
FROM call c WHERE c.tenant_id = %(tenant_id)s AND c.state NOT IN ('SETTLED', 'RELEASED')
    AND c.state = 'REVIEW'
ORDER BY c.ended_at, c.call_id
"""
)
