"""The holds of the first slice, taken together with the decision that they may be."""
# ruff: noqa: S608  the strings are joined of constants here; values travel as parameters

from __future__ import annotations

from functools import cache

from cellhub.charging.bounds import Bound, Bounds
from cellhub.charging.statements.brake import WITHIN
from cellhub.charging.statements.parts import (
    ANSWER,
    CALLS,
    ENTER,
    IN_SERVICE,
    LOCK_ACCOUNTS,
    LOCK_QUOTAS,
    LOCK_TENANT,
    LOCK_TRUNK,
    PAYING,
)
from cellhub.charging.statements.spending import LEFT, QUOTA_LEFT, SPEND_LEFT

# lineage: the accounts of the chain, top first. accounts: whose money each of them spends, its own
# or that of its group's purse, so that one may stand there twice.
_LOCK = LOCK_ACCOUNTS.format(accounts="%(accounts)s::bigint[] || %(lineage)s::bigint[]")

_LOCKS = {
    Bound.SPENDING: LOCK_QUOTAS.format(lineage="%(lineage)s::bigint[]"),
    Bound.TRUNKS: LOCK_TRUNK,
    Bound.HOUSE: LOCK_TENANT,
}
"""What calls that share a bound, but no account, wait for; one without it is nobody's queue."""

_DECISIONS = {
    Bound.ACCOUNTS: """a.max_calls = 0
            OR (SELECT count(*) FROM live WHERE live.lineage @> ARRAY[a.id]) < a.max_calls AS free,
        a.calls_per_second = 0 OR (SELECT count(*) FROM recent WHERE recent.lineage @> ARRAY[a.id])
            < a.calls_per_second AS in_time""",
    Bound.SPENDING: f"""{SPEND_LEFT} AS spend_left, {QUOTA_LEFT} AS quota_left,
        coalesce({LEFT} >= w.hold, true) AS may_spend""",
    Bound.SIP_USER: """SELECT u.max_calls = 0
        OR (SELECT count(*) FROM live WHERE live.sip_user_id = u.id) < u.max_calls AS free
    FROM sip_user u WHERE u.tenant_id = %(tenant_id)s AND u.id = %(sip_user_id)s""",
    Bound.HOUSE: """SELECT
        %(tenant_cap)s::int = 0 OR (SELECT count(*) FROM live) < %(tenant_cap)s::int AS free,
        %(tenant_pace)s::int = 0 OR (SELECT count(*) FROM recent) < %(tenant_pace)s::int AS in_time""",
    Bound.TRUNKS: """SELECT %(trunk_cap)s::int = 0
        OR (SELECT count(*) FROM live WHERE live.trunk = %(trunk)s) < %(trunk_cap)s::int AS free,
        %(trunk_pace)s::int = 0
        OR (SELECT count(*) FROM recent WHERE recent.trunk = %(trunk)s) < %(trunk_pace)s::int AS in_time""",
    Bound.BRAKE: WITHIN,
}
"""How each bound is judged; of the first two for an account ``a`` of the chain."""

_UNBOUNDED = {
    Bound.ACCOUNTS: "true AS free, true AS in_time",
    Bound.SPENDING: "NULL::numeric AS spend_left, NULL::numeric AS quota_left, true AS may_spend",
    Bound.SIP_USER: "SELECT true AS free",
    Bound.HOUSE: "SELECT true AS free, true AS in_time",
    Bound.TRUNKS: "SELECT true AS free, true AS in_time",
    Bound.BRAKE: "SELECT true AS free",
}


_OUTCOME = """SELECT json_build_object(
    'admitted', admitted OR (%(again)s AND EXISTS (SELECT 1 FROM known)),
    'known', EXISTS (SELECT 1 FROM known),
    'active', (SELECT bool_and(active) FROM member) AND (SELECT bool_and(active) FROM purse),
    'free', (SELECT bool_and(free) FROM member) AND (SELECT free FROM sip) AND (SELECT free FROM house),
    'in_time', (SELECT bool_and(in_time) FROM member) AND (SELECT in_time FROM house),
    'unbraked', NOT EXISTS (SELECT 1 FROM brake WHERE NOT free),
    'trunk_free', (SELECT free FROM way),
    'trunk_in_time', (SELECT in_time FROM way),
    'payers', (SELECT json_agg(json_build_object('balance', purse.balance, 'held', purse.held,
        'spend_left', spend_left, 'quota_left', quota_left) ORDER BY position)
        FROM member JOIN purse ON purse.id = member.account_id))::text AS told
FROM decision"""


@cache
def reserve(bounds: Bounds) -> str:
    """Return the string that holds a call's first slice if money and some bounds allow it.

    PostgreSQL makes ready what it then need not do, so a bound that is not there is left out.
    """
    locks = "".join(lock for bound, lock in _LOCKS.items() if bound in bounds)
    judged = {
        bound: decision if bound in bounds else _UNBOUNDED[bound] for bound, decision in _DECISIONS.items()
    }
    return f"""{ENTER}{_LOCK}{locks}
WITH wanted AS (
    SELECT * FROM unnest(
        %(accounts)s::bigint[], %(lineage)s::bigint[], %(prices)s::jsonb[], %(holds)s::numeric[])
    WITH ORDINALITY AS w (account_id, member_id, price, hold, position)
), bill AS (
    SELECT account_id, sum(hold) AS hold FROM wanted GROUP BY account_id
), known AS (
    SELECT 1 FROM call WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s
), {CALLS}, purse AS (
    SELECT a.id, a.balance, a.held, a.balance - a.held + a.credit_limit >= bill.hold AS can_pay,
        {IN_SERVICE} AS active
    FROM bill JOIN account a ON a.tenant_id = %(tenant_id)s AND a.id = bill.account_id AND {PAYING}
), member AS (
    SELECT w.position, w.account_id, {IN_SERVICE} AS active,
        {judged[Bound.ACCOUNTS]},
        {judged[Bound.SPENDING]}
    FROM wanted w
    JOIN account a ON a.tenant_id = %(tenant_id)s AND a.id = w.member_id AND a.id = ANY(%(lineage)s)
), sip AS (
    {judged[Bound.SIP_USER]}
), house AS (
    {judged[Bound.HOUSE]}
), way AS (
    {judged[Bound.TRUNKS]}
), brake AS (
    {judged[Bound.BRAKE]}
), decision AS (
    SELECT (SELECT free AND in_time FROM way) AND NOT EXISTS (SELECT 1 FROM known) AND (
        %(emergency)s::bool
        OR (SELECT count(*) FROM member WHERE active AND free AND in_time AND may_spend)
                = (SELECT count(*) FROM wanted)
            AND (SELECT count(*) FROM purse WHERE can_pay AND active) = (SELECT count(*) FROM bill)
            AND (SELECT free FROM sip) AND (SELECT free AND in_time FROM house)
            AND NOT EXISTS (SELECT 1 FROM brake WHERE NOT free)) AS admitted
), holding AS (
    UPDATE account a SET held = a.held + bill.hold FROM bill, decision
    WHERE decision.admitted AND a.tenant_id = %(tenant_id)s AND a.id = bill.account_id AND {PAYING}
), made AS (
    INSERT INTO call (tenant_id, call_id, state, pod, account_id, lineage, sip_user_id, sip_user, source,
        dialled, number, prefix, destination, offer_id, trunk, caller_channel, paid_seconds, last_slice,
        authorised_at, deadline_at, buys, story)
    SELECT %(tenant_id)s, %(call_id)s, 'AUTHORISED', %(pod)s, %(account_id)s, %(lineage)s, %(sip_user_id)s,
        %(sip_user)s, %(source)s, %(dialled)s, %(number)s, %(prefix)s, %(destination)s,
        %(offer_id)s::bigint, %(trunk)s, %(channel)s, %(paid_seconds)s, %(last_slice)s, now(),
        now() + make_interval(secs => %(ring_seconds)s), %(buys)s::jsonb, %(story)s::jsonb
    FROM decision WHERE admitted
), paying AS (
    INSERT INTO call_payer (tenant_id, call_id, position, account_id, price, held)
    SELECT %(tenant_id)s, %(call_id)s, position, account_id, price, hold
    FROM wanted, decision WHERE decision.admitted
), {ANSWER.format(query=_OUTCOME)}"""
