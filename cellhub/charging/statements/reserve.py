"""The holds of the first slice, taken together with the decision that they may be."""
# ruff: noqa: S608  the strings are joined of constants here; values travel as parameters

from __future__ import annotations

from cellhub.charging.statements.parts import ENTER, FINAL, IN_SERVICE, LOCK, LOCK_TRUNK, PAYING

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
        {IN_SERVICE} AS active,
        a.max_calls = 0
            OR (SELECT count(*) FROM live WHERE live.lineage @> ARRAY[a.id]) < a.max_calls AS free
    FROM wanted w JOIN account a ON a.tenant_id = %(tenant_id)s AND a.id = w.account_id AND {PAYING}
), sip AS (
    SELECT u.max_calls = 0
        OR (SELECT count(*) FROM live WHERE live.sip_user_id = u.id) < u.max_calls AS free
    FROM sip_user u WHERE u.tenant_id = %(tenant_id)s AND u.id = %(sip_user_id)s
), way AS (
    SELECT %(trunk_cap)s::int = 0
        OR (SELECT count(*) FROM live WHERE live.trunk = %(trunk)s) < %(trunk_cap)s::int AS free,
        %(trunk_pace)s::int = 0
        OR (SELECT count(*) FROM call c WHERE c.tenant_id = %(tenant_id)s AND c.trunk = %(trunk)s
            AND c.authorised_at > now() - interval '1 second') < %(trunk_pace)s::int AS in_time
), decision AS (
    SELECT (SELECT count(*) FROM payer WHERE can_pay AND active AND free) = (SELECT count(*) FROM wanted)
        AND (SELECT free FROM sip) AND (SELECT free AND in_time FROM way)
        AND NOT EXISTS (SELECT 1 FROM known) AS admitted
), holding AS (
    UPDATE account a SET held = a.held + w.hold FROM wanted w, decision
    WHERE decision.admitted AND a.tenant_id = %(tenant_id)s AND a.id = w.account_id AND {PAYING}
), made AS (
    INSERT INTO call (tenant_id, call_id, state, pod, account_id, lineage, sip_user_id, sip_user, source,
        dialled, number, prefix, destination, offer_id, trunk, caller_channel, paid_seconds, last_slice,
        authorised_at, deadline_at, buys, story)
    SELECT %(tenant_id)s, %(call_id)s, 'AUTHORISED', %(pod)s, %(account_id)s, %(accounts)s, %(sip_user_id)s,
        %(sip_user)s, %(source)s, %(dialled)s, %(number)s, %(prefix)s, %(destination)s,
        %(offer_id)s::bigint, %(trunk)s, %(channel)s, %(paid_seconds)s, %(last_slice)s, now(),
        now() + make_interval(secs => %(ring_seconds)s), %(buys)s::jsonb, %(story)s::jsonb
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
    'trunk_in_time', (SELECT in_time FROM way),
    'payers', (SELECT json_agg(json_build_object('account_id', account_id, 'balance', balance, 'held', held,
        'can_pay', can_pay, 'active', active, 'free', free) ORDER BY position) FROM payer))::text
FROM decision
"""
)
