"""The brake on fraud: what an account may do and did of late, and how it is pulled."""
# ruff: noqa: S608  the strings are joined of constants here; values travel as parameters

from __future__ import annotations

from cellhub.charging.statements.parts import ENTER, FINAL, MOMENT
from cellhub.charging.statements.spending import HELD, ZONE
from cellhub.db.notify import CHANNEL, SWITCH_CHANNEL

# Since whoever thawed the account last has seen what it did before.
_SINCE = "greatest(now() - interval '{span}', thaw.at)"

# Calls that were placed: those that run, and the records of those that ended.
_PLACED = f"""(SELECT c.number FROM call c WHERE c.tenant_id = a.tenant_id AND c.account_id = a.id
        AND c.state NOT IN {FINAL} AND c.authorised_at > {_SINCE}
    UNION ALL SELECT r.number FROM cdr r WHERE r.tenant_id = a.tenant_id AND r.account_id = a.id
        AND r.verdict = 'ok' AND r.started_at > now() - interval '{{span}}' AND r.started_at > {_SINCE})"""

_CALLED = _PLACED.format(span="1 minute")
_NUMBERS = _PLACED.format(span="1 hour")
_SPENT = f"""{HELD} + coalesce((SELECT sum(s.amount) FROM spending s WHERE s.tenant_id = a.tenant_id
    AND s.account_id = a.id AND s.starts_at > {_SINCE.format(span="1 hour")}), 0)"""
_CLOCK = f"({MOMENT} AT TIME ZONE {ZONE})"

# The account's own profile, else the tenant's.
_PROFILE = """JOIN LATERAL (SELECT * FROM fraud_profile p
        WHERE p.tenant_id = a.tenant_id AND (p.account_id = a.id OR p.account_id IS NULL)
        ORDER BY p.account_id NULLS LAST LIMIT 1) f ON true"""

_THAWED = """JOIN LATERAL (SELECT max(z.thawed_at) AS at FROM account_freeze z
        WHERE z.tenant_id = a.tenant_id AND z.account_id = a.id) thaw ON true"""

PROFILE = f"""SELECT json_build_object('calls_per_minute', f.calls_per_minute,
        'hourly_destinations', f.hourly_destinations, 'hourly_spend', f.hourly_spend,
        'night_spend', f.night_spend, 'night_from', f.night_from, 'night_until', f.night_until,
        'new_country', f.new_country, 'premium_prefixes', f.premium_prefixes, 'action', f.action)
    FROM who JOIN chain a ON a.id = who.account_id {_PROFILE}"""

SEEN = f"""SELECT json_build_object(
        'known_country', NOT f.new_country OR EXISTS (SELECT 1 FROM known_country k
            WHERE k.tenant_id = a.tenant_id AND k.account_id = a.id AND k.code = %(country)s),
        'calls_last_minute', CASE WHEN f.calls_per_minute > 0 THEN
            (SELECT count(*) FROM {_CALLED} placed) ELSE 0 END,
        'destinations_last_hour', CASE WHEN f.hourly_destinations > 0 THEN
            (SELECT count(DISTINCT placed.number) FROM {_NUMBERS} placed
            WHERE placed.number <> %(number)s) ELSE 0 END,
        'spent_last_hour', CASE WHEN f.hourly_spend > 0 OR f.night_spend > 0 THEN {_SPENT} ELSE 0 END,
        'minute', (extract(hour FROM {_CLOCK}) * 60 + extract(minute FROM {_CLOCK}))::int)
    FROM account a {_PROFILE} {_THAWED}
    WHERE a.tenant_id = %(tenant_id)s AND a.id = %(account_id)s::bigint"""

# What calls that begin at once could pass together, once more under the locks.
WITHIN = f"""SELECT (f.calls_per_minute = 0 OR (SELECT count(*) FROM {_CALLED} placed) < f.calls_per_minute)
        AND (f.hourly_destinations = 0 OR (SELECT count(DISTINCT placed.number) FROM {_NUMBERS} placed
            WHERE placed.number <> %(number)s) < f.hourly_destinations) AS free
    FROM account a {_PROFILE} {_THAWED}
    WHERE a.tenant_id = %(tenant_id)s AND a.id = %(account_id)s::bigint"""

# Whoever thaws an account that called a new country has allowed that country. An alarm that only
# notifies is told once an hour; NOTIFY does no harm here, since no money waits for this commit.
PULL = (
    ENTER
    + f"""
WITH frozen AS (
    INSERT INTO account_freeze (tenant_id, account_id, rule, reason)
    SELECT %(tenant_id)s, %(account_id)s::bigint, %(rule)s::text, %(reason)s::text WHERE %(freezes)s::bool
    ON CONFLICT (tenant_id, account_id) WHERE thawed_at IS NULL DO NOTHING
    RETURNING id
), learnt AS (
    INSERT INTO known_country (tenant_id, account_id, code, first_called_at)
    SELECT %(tenant_id)s, %(account_id)s::bigint, %(country)s::text, now()
    WHERE %(rule)s::text = 'new_country'
    ON CONFLICT DO NOTHING
), told AS (
    INSERT INTO audit_entry
        (tenant_id, account_id, actor, action, object_kind, object_id, object_name, changes)
    SELECT a.tenant_id, a.id, 'fraud brake', %(deed)s::text, 'account', a.id::text, a.name,
        jsonb_build_object('rule', jsonb_build_array(NULL, %(rule)s::text),
            'reason', jsonb_build_array(NULL, %(reason)s::text))
    FROM account a WHERE a.tenant_id = %(tenant_id)s AND a.id = %(account_id)s::bigint
        AND CASE WHEN %(freezes)s::bool THEN EXISTS (SELECT 1 FROM frozen)
            ELSE NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.tenant_id = a.tenant_id
                AND e.account_id = a.id AND e.action = %(deed)s::text
                AND e.changes #>> '{{rule,1}}' = %(rule)s::text
                AND e.created_at > now() - interval '1 hour') END
    RETURNING id
), heard AS (
    SELECT pg_notify('{CHANNEL}', payload) FROM told, unnest(%(payloads)s::text[]) AS payload
), hung AS (
    SELECT pg_notify('{SWITCH_CHANNEL}',
        json_build_object('tenant', c.tenant_id, 'hang_up', c.call_id)::text)
    FROM frozen, call c WHERE %(hangs_up)s::bool AND c.tenant_id = %(tenant_id)s
        AND c.account_id = %(account_id)s::bigint AND c.state NOT IN {FINAL} AND NOT c.story ? 'emergency'
)
SELECT (SELECT count(*) FROM heard), (SELECT count(*) FROM hung)
"""
)
