"""The end of a call: settled, put aside, or refused before it began."""
# ruff: noqa: S608  the strings are joined of constants here; values travel as parameters

from __future__ import annotations

from functools import cache

from cellhub.charging.statements.parts import ENTER, LOCK, PAYING, UNFINISHED
from cellhub.charging.statements.spending import QUARTER

_BOUGHT = """bought AS (
    INSERT INTO provider_charge (tenant_id, provider_id, call_id, amount)
    SELECT p.tenant_id, p.id, moved.call_id, %(buy_cost)s::numeric FROM moved
    JOIN provider p ON p.tenant_id = moved.tenant_id AND p.id = %(provider_id)s::bigint
), """


@cache
def settle(*, bought: bool) -> str:
    """Return the string that charges a call, or releases it; ``bought`` if its provider charges something."""
    return f"""{ENTER}{LOCK}
WITH moved AS (
    UPDATE call SET state = %(state)s, step = step + 1, trunk = %(trunk)s,
        answered_at = coalesce(%(answered_at)s, answered_at),
        ended_at = coalesce(%(ended_at)s, now()),
        story = story || %(story)s::jsonb
    WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s AND {UNFINISHED}
    RETURNING *
), taken AS (
    SELECT p.position, p.account_id, moved.lineage[p.position] AS member_id, p.held, w.cost FROM moved
    JOIN call_payer p ON p.tenant_id = moved.tenant_id AND p.call_id = moved.call_id
    JOIN unnest(%(costs)s::numeric[]) WITH ORDINALITY AS w (cost, position) ON w.position = p.position
), bill AS (
    SELECT account_id, sum(held) AS held, sum(cost) AS cost FROM taken GROUP BY account_id
), charged AS (
    UPDATE account a SET balance = a.balance - bill.cost, held = a.held - bill.held FROM bill
    WHERE a.tenant_id = %(tenant_id)s AND a.id = bill.account_id AND {PAYING}
    RETURNING a.id, a.balance, bill.cost
), spent AS (
    INSERT INTO spending AS s (tenant_id, account_id, starts_at, amount)
    SELECT %(tenant_id)s, member_id, {QUARTER}, cost FROM taken WHERE cost <> 0 ORDER BY member_id
    ON CONFLICT (tenant_id, account_id, starts_at) DO UPDATE SET amount = s.amount + excluded.amount
), learnt AS (
    INSERT INTO known_country (tenant_id, account_id, code, first_called_at)
    SELECT tenant_id, account_id, story ->> 'country', now() FROM moved
    WHERE state = 'SETTLED' AND story ? 'country' AND NOT EXISTS (SELECT 1 FROM known_country k
        WHERE k.tenant_id = moved.tenant_id AND k.account_id = moved.account_id
            AND k.code = moved.story ->> 'country')
    ON CONFLICT DO NOTHING
), entries AS (
    INSERT INTO ledger_entry (tenant_id, account_id, kind, reason, amount, balance_after, note, actor)
    SELECT %(tenant_id)s, id, 'call', 'call:' || %(call_id)s, -cost, balance, moved.number, %(actor)s::text
    FROM charged, moved WHERE cost <> 0
), paid AS (
    UPDATE call_payer p SET held = 0, cost = t.cost FROM taken t
    WHERE p.tenant_id = %(tenant_id)s AND p.call_id = %(call_id)s AND p.position = t.position
), tried AS (
    INSERT INTO attempt (tenant_id, started_at, call_id, position, trunk, code, cause, delay,
        answered_at, ended_at)
    SELECT moved.tenant_id, a.started_at, moved.call_id, a.position, a.trunk, a.code, a.cause, a.delay,
        a.answered_at, a.ended_at
    FROM moved, unnest(%(attempt_starts)s::timestamptz[], %(attempt_positions)s::int[],
        %(attempt_trunks)s::text[], %(attempt_codes)s::int[], %(attempt_answers)s::timestamptz[],
        %(attempt_ends)s::timestamptz[], %(attempt_causes)s::int[], %(attempt_delays)s::numeric[])
        AS a (started_at, position, trunk, code, answered_at, ended_at, cause, delay)
), {_BOUGHT if bought else ""}recorded AS (
    INSERT INTO cdr (tenant_id, started_at, call_id, account_id, lineage, costs, sip_user_id, sip_user,
        source, dialled, number, prefix, destination, offer_id, trunk, provider, buy_cost,
        verdict, disposition, code, answered_at, ended_at, duration, billsec, story)
    SELECT tenant_id, authorised_at, call_id, account_id, lineage,
        ARRAY(SELECT cost FROM taken ORDER BY position), sip_user_id, sip_user, source, dialled, number,
        prefix, destination, offer_id, trunk,
        coalesce(%(provider)s::text, (SELECT t.provider FROM trunk t
            WHERE t.tenant_id = moved.tenant_id AND t.name = moved.trunk), ''),
        %(buy_cost)s::numeric, 'ok', %(disposition)s, %(code)s, answered_at, ended_at,
        greatest(0, round(extract(epoch FROM ended_at - authorised_at), 3)), %(seconds)s, story
    FROM moved
)
SELECT EXISTS (SELECT 1 FROM moved) OR (%(again)s AND EXISTS (
    SELECT 1 FROM call WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s AND state = %(state)s))
"""


REVIEW = (
    ENTER
    + f"""
UPDATE call SET state = 'REVIEW', step = step + 1, ended_at = coalesce(%(ended_at)s, now()),
    story = story || %(story)s::jsonb
WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s AND {UNFINISHED} AND state <> 'REVIEW'
RETURNING step
"""
)

REFUSE = (
    ENTER
    + """
INSERT INTO cdr (tenant_id, started_at, call_id, account_id, lineage, costs, sip_user_id, sip_user, source,
    dialled, number, prefix, destination, trunk, verdict, disposition, code, ended_at, duration, billsec,
    story)
SELECT %(tenant_id)s, %(started_at)s::timestamptz, %(call_id)s, %(account_id)s, %(lineage)s,
    array_fill(0::numeric, ARRAY[cardinality(%(lineage)s::bigint[])]), %(sip_user_id)s, %(sip_user)s,
    %(source)s, %(dialled)s, %(number)s, %(prefix)s, %(destination)s, '', %(verdict)s, %(disposition)s,
    %(code)s, %(started_at)s::timestamptz, 0, 0, %(story)s::jsonb
ON CONFLICT DO NOTHING
"""
)
