"""The SQL of the charging path.

Each string enters its tenant's scope and does one deed, and PostgreSQL runs it as one
transaction in one round trip; the result is that of its last statement. Within it every
statement has its own snapshot. So a deed first locks the accounts that pay, in the order
of their ids, and then decides on what it sees: no other transaction can take the money
between the decision and the hold.

A deed may be sent again when its answer was lost: what was done already changes nothing.
"""
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
ENTER = re.sub(r":(\w+)", r"%(\1)s", ENTER_SQL) + ";\n"

TENANT = ENTER + "SELECT switch.tenant_of_login(%(login)s)"

LOAD = (
    ENTER
    + f"""
WITH who AS (
    SELECT u.*, a.lineage FROM sip_user u
    JOIN account a ON a.tenant_id = u.tenant_id AND a.id = u.account_id
    WHERE u.tenant_id = %(tenant_id)s AND u.username = %(endpoint)s
), live AS (
    SELECT c.lineage, c.sip_user_id, c.trunk FROM call c
    WHERE c.tenant_id = %(tenant_id)s AND c.state NOT IN {FINAL}
), chain AS (
    SELECT a.*, place.position FROM who, unnest(who.lineage) WITH ORDINALITY AS place (id, position)
    JOIN account a ON a.tenant_id = %(tenant_id)s AND a.id = place.id
), decks AS (
    SELECT 'sip_user' AS source, 0 AS position, who.rate_deck_id AS id FROM who WHERE rate_deck_id IS NOT NULL
    UNION ALL
    SELECT 'plan', d.position, d.deck_id FROM chain
    JOIN plan_deck d ON d.tenant_id = %(tenant_id)s AND d.plan_id = chain.plan_id WHERE chain.position = 1
    UNION ALL
    SELECT 'default', 0, d.id FROM rate_deck d WHERE d.tenant_id = %(tenant_id)s AND d.is_default
)
SELECT json_build_object(
    'first_slice', (SELECT first_slice FROM tenant WHERE id = %(tenant_id)s),
    'sip_user', (SELECT json_build_object(
        'id', id, 'account_id', account_id, 'username', username, 'enabled', enabled,
        'caller_id', caller_id_number, 'strip', strip_prefix, 'add', add_prefix,
        'trunk_id', trunk_id, 'max_calls', max_calls,
        'calls', CASE WHEN max_calls > 0 THEN
            (SELECT count(*) FROM live WHERE live.sip_user_id = who.id) ELSE 0 END) FROM who),
    'chain', (SELECT json_agg(json_build_object(
        'account_id', id, 'name', name, 'status', status, 'balance', balance, 'held', held,
        'credit_limit', credit_limit, 'margin', margin, 'max_calls', max_calls,
        'calls', CASE WHEN max_calls > 0 THEN
            (SELECT count(*) FROM live WHERE live.lineage @> ARRAY[chain.id]) ELSE 0 END)
        ORDER BY position) FROM chain),
    'rates', (SELECT json_agg(json_build_object(
        'source', decks.source, 'deck_id', d.id, 'deck_name', d.name, 'deck_order', decks.position,
        'rate_id', r.id, 'prefix', r.prefix, 'destination', r.destination, 'trunk_id', r.trunk_id,
        'rate', r.rate, 'initial_block', r.initial_block, 'billing_block', r.billing_block,
        'connect_charge', r.connect_charge, 'decimals', d.decimals, 'rounding', d.rounding,
        'block_rule', d.block_rule))
        FROM decks JOIN rate_deck d ON d.tenant_id = %(tenant_id)s AND d.id = decks.id
        JOIN rate r ON r.tenant_id = %(tenant_id)s AND r.deck_id = d.id AND r.prefix = ANY(%(prefixes)s)),
    'trunks', (SELECT json_agg(json_build_object(
        'id', id, 'name', name, 'priority', priority, 'strip_prefix', strip_prefix,
        'add_prefix', add_prefix, 'caller_id', caller_id, 'max_channels', max_channels,
        'active', active, 'ring_seconds', ring_seconds,
        'channels', CASE WHEN max_channels > 0 THEN
            (SELECT count(*) FROM live WHERE live.trunk = trunk.name) ELSE 0 END))
        FROM trunk WHERE tenant_id = %(tenant_id)s)
)::text
"""
)

LOCK = """
SELECT 1 FROM account WHERE tenant_id = %(tenant_id)s AND id = ANY(%(accounts)s)
ORDER BY id FOR NO KEY UPDATE;
"""

# Checks that may take the last channel of a trunk wait for each other; one without a cap is nobody's queue.
LOCK_TRUNK = """
SELECT CASE WHEN %(trunk_cap)s::int > 0
    THEN pg_advisory_xact_lock(hashtextextended('trunk:' || %(trunk)s::text, %(tenant_id)s::bigint)) END;
"""

RESERVE = (
    ENTER
    + LOCK
    + LOCK_TRUNK
    + f"""
WITH wanted AS (
    SELECT * FROM unnest(%(accounts)s::bigint[], %(prices)s::jsonb[], %(holds)s::numeric[])
    WITH ORDINALITY AS w (account_id, price, hold, position)
), known AS (
    SELECT 1 FROM call WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s
), live AS (
    SELECT c.lineage, c.sip_user_id, c.trunk FROM call c
    WHERE c.tenant_id = %(tenant_id)s AND c.state NOT IN {FINAL}
), payer AS (
    SELECT w.*, a.balance, a.held, a.balance - a.held + a.credit_limit >= w.hold AS can_pay,
        a.status = 'active' AS active,
        a.max_calls = 0
            OR (SELECT count(*) FROM live WHERE live.lineage @> ARRAY[a.id]) < a.max_calls AS free
    FROM wanted w JOIN account a ON a.tenant_id = %(tenant_id)s AND a.id = w.account_id AND {PAYING}
), sip AS (
    SELECT u.max_calls = 0
        OR (SELECT count(*) FROM live WHERE live.sip_user_id = u.id) < u.max_calls AS free
    FROM sip_user u WHERE u.tenant_id = %(tenant_id)s AND u.id = %(sip_user_id)s
), way AS (
    SELECT %(trunk_cap)s::int = 0
        OR (SELECT count(*) FROM live WHERE live.trunk = %(trunk)s) < %(trunk_cap)s::int AS free
), decision AS (
    SELECT (SELECT count(*) FROM payer WHERE can_pay AND active AND free) = (SELECT count(*) FROM wanted)
        AND (SELECT free FROM sip) AND (SELECT free FROM way) AND NOT EXISTS (SELECT 1 FROM known) AS admitted
), holding AS (
    UPDATE account a SET held = a.held + w.hold FROM wanted w, decision
    WHERE decision.admitted AND a.tenant_id = %(tenant_id)s AND a.id = w.account_id AND {PAYING}
), made AS (
    INSERT INTO call (tenant_id, call_id, state, pod, account_id, lineage, sip_user_id, sip_user, source,
        dialled, number, prefix, destination, trunk, caller_channel, paid_seconds, last_slice,
        authorised_at, deadline_at, story)
    SELECT %(tenant_id)s, %(call_id)s, 'AUTHORISED', %(pod)s, %(account_id)s, %(accounts)s, %(sip_user_id)s,
        %(sip_user)s, %(source)s, %(dialled)s, %(number)s, %(prefix)s, %(destination)s, %(trunk)s,
        %(channel)s, %(paid_seconds)s, %(last_slice)s, now(),
        now() + make_interval(secs => %(ring_seconds)s), %(story)s::jsonb
    FROM decision WHERE admitted
), paying AS (
    INSERT INTO call_payer (tenant_id, call_id, position, account_id, price, held)
    SELECT %(tenant_id)s, %(call_id)s, position, account_id, price, hold
    FROM wanted, decision WHERE decision.admitted
)
SELECT json_build_object(
    'admitted', admitted OR (%(again)s AND EXISTS (SELECT 1 FROM known)),
    'known', EXISTS (SELECT 1 FROM known),
    'sip_user_free', (SELECT free FROM sip),
    'trunk_free', (SELECT free FROM way),
    'payers', (SELECT json_agg(json_build_object('account_id', account_id, 'balance', balance, 'held', held,
        'can_pay', can_pay, 'active', active, 'free', free) ORDER BY position) FROM payer))::text
FROM decision
"""
)

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
    WHERE a.balance - a.held + a.credit_limit >= w.more AND a.status = 'active'
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

SETTLE = (
    ENTER
    + LOCK
    + f"""
WITH moved AS (
    UPDATE call SET state = %(state)s, step = step + 1, trunk = %(trunk)s,
        answered_at = coalesce(%(answered_at)s, answered_at),
        ended_at = coalesce(%(ended_at)s, now()),
        story = story || %(story)s::jsonb
    WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s AND {UNFINISHED}
    RETURNING *
), taken AS (
    SELECT p.position, p.account_id, p.held, w.cost FROM moved
    JOIN call_payer p ON p.tenant_id = moved.tenant_id AND p.call_id = moved.call_id
    JOIN unnest(%(accounts)s::bigint[], %(costs)s::numeric[]) AS w (account_id, cost)
        ON w.account_id = p.account_id
), charged AS (
    UPDATE account a SET balance = a.balance - t.cost, held = a.held - t.held FROM taken t
    WHERE a.tenant_id = %(tenant_id)s AND a.id = t.account_id AND {PAYING}
    RETURNING a.id, a.balance, t.cost
), entries AS (
    INSERT INTO ledger_entry (tenant_id, account_id, kind, reason, amount, balance_after, note, actor)
    SELECT %(tenant_id)s, id, 'call', 'call:' || %(call_id)s, -cost, balance, moved.number, 'agent'
    FROM charged, moved WHERE cost <> 0
), paid AS (
    UPDATE call_payer p SET held = 0, cost = t.cost FROM taken t
    WHERE p.tenant_id = %(tenant_id)s AND p.call_id = %(call_id)s AND p.position = t.position
), tried AS (
    INSERT INTO attempt (tenant_id, started_at, call_id, position, trunk, code, answered_at, ended_at)
    SELECT moved.tenant_id, a.started_at, moved.call_id, a.position, a.trunk, a.code, a.answered_at,
        a.ended_at
    FROM moved, unnest(%(attempt_starts)s::timestamptz[], %(attempt_positions)s::int[],
        %(attempt_trunks)s::text[], %(attempt_codes)s::int[], %(attempt_answers)s::timestamptz[],
        %(attempt_ends)s::timestamptz[])
        AS a (started_at, position, trunk, code, answered_at, ended_at)
), recorded AS (
    INSERT INTO cdr (tenant_id, started_at, call_id, account_id, lineage, costs, sip_user_id, sip_user,
        source, dialled, number, prefix, destination, trunk, verdict, disposition, code, answered_at,
        ended_at, duration, billsec, story)
    SELECT tenant_id, authorised_at, call_id, account_id, lineage,
        ARRAY(SELECT cost FROM taken ORDER BY position), sip_user_id, sip_user, source, dialled, number,
        prefix, destination, trunk, 'ok', %(disposition)s, %(code)s, answered_at, ended_at,
        greatest(0, round(extract(epoch FROM ended_at - authorised_at), 3)), %(seconds)s, story
    FROM moved
)
SELECT EXISTS (SELECT 1 FROM moved) OR (%(again)s AND EXISTS (
    SELECT 1 FROM call WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s AND state = %(state)s))
"""
)

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

_CALL_COLUMNS = """
SELECT json_build_object(
    'call_id', c.call_id, 'state', c.state, 'step', c.step, 'number', c.number, 'trunk', c.trunk,
    'caller_channel', c.caller_channel, 'callee_channel', c.callee_channel,
    'paid_seconds', c.paid_seconds, 'last_slice', c.last_slice,
    'authorised_at', c.authorised_at, 'answered_at', c.answered_at, 'ended_at', c.ended_at,
    'deadline_at', c.deadline_at, 'review', c.story -> 'review',
    'payers', (SELECT json_agg(json_build_object('account_id', p.account_id, 'price', p.price, 'held', p.held)
        ORDER BY p.position) FROM call_payer p WHERE p.tenant_id = c.tenant_id AND p.call_id = c.call_id)
)::text FROM call c WHERE c.tenant_id = %(tenant_id)s
"""
CALL = ENTER + _CALL_COLUMNS + " AND c.call_id = %(call_id)s"
OPEN_CALLS = ENTER + _CALL_COLUMNS + f" AND c.pod = %(pod)s AND c.state NOT IN {FINAL}"
