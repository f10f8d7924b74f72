"""What a call is judged by as people have set it, and its money: one JSON object, a section a subject.

What is used of a limit is counted apart (:mod:`cellhub.charging.statements.usage`), where there is one.
"""
# ruff: noqa: S608  the strings are joined of constants here; values travel as parameters

from __future__ import annotations

from cellhub.charging.statements.barriers import CALLERS, RESTRICTED
from cellhub.charging.statements.brake import PROFILE
from cellhub.charging.statements.parts import ANSWER, ENTER, MOMENT

WHO = """who AS (
    SELECT u.*, a.lineage FROM sip_user u
    JOIN account a ON a.tenant_id = u.tenant_id AND a.id = u.account_id
    WHERE u.tenant_id = %(tenant_id)s AND u.username = %(endpoint)s
), chain AS (
    SELECT a.*, place.position FROM who, unnest(who.lineage) WITH ORDINALITY AS place (id, position)
    JOIN account a ON a.tenant_id = %(tenant_id)s AND a.id = place.id
)"""

# account_id: of the reseller that sells by the deck.
DECKS = """decks AS (
    SELECT 'sip_user' AS source, 0 AS position, who.rate_deck_id AS id, NULL::bigint AS account_id
    FROM who WHERE rate_deck_id IS NOT NULL
    UNION ALL
    SELECT 'plan', d.position, d.deck_id, NULL FROM chain
    JOIN plan_deck d ON d.tenant_id = %(tenant_id)s AND d.plan_id = chain.plan_id WHERE chain.position = 1
    UNION ALL
    SELECT 'default', 0, d.id, NULL FROM rate_deck d WHERE d.tenant_id = %(tenant_id)s AND d.is_default
    UNION ALL
    SELECT 'reseller', 0, chain.sell_deck_id, chain.id FROM chain WHERE chain.sell_deck_id IS NOT NULL
)"""

SIP_USER = """SELECT json_build_object(
    'id', id, 'account_id', account_id, 'username', username, 'enabled', enabled,
    'caller_id', caller_id_number, 'strip', strip_prefix, 'add', add_prefix,
    'trunk_id', trunk_id, 'max_calls', max_calls, 'own_deck', rate_deck_id IS NOT NULL,
    'caller_id_rule', caller_id_rule, 'caller_numbers', caller_numbers) FROM who"""

_FROZEN = """coalesce((SELECT f.reason FROM account_freeze f WHERE f.tenant_id = %(tenant_id)s
        AND f.account_id = {}.id AND f.thawed_at IS NULL), '')"""

# balance, held, credit_limit: of the purse, where the account shares one.
CHAIN = f"""SELECT json_agg(json_build_object(
    'account_id', a.id, 'name', a.name, 'status', a.status, 'purse_id', purse.id,
    'balance', coalesce(purse.balance, a.balance), 'held', coalesce(purse.held, a.held),
    'credit_limit', coalesce(purse.credit_limit, a.credit_limit), 'margin', a.margin,
    'spend_cap', a.spend_cap, 'shares_quota', a.group_id IS NOT NULL AND g.id IS NULL,
    'max_calls', a.max_calls, 'calls_per_second', a.calls_per_second, 'expires_at', a.expires_at,
    'frozen', {_FROZEN.format("a")}, 'purse', CASE WHEN purse.id IS NOT NULL THEN json_build_object(
        'name', purse.name, 'status', purse.status, 'expires_at', purse.expires_at,
        'frozen', {_FROZEN.format("purse")}) END)
    ORDER BY a.position) FROM chain a
    LEFT JOIN account_group g ON g.tenant_id = a.tenant_id AND g.id = a.group_id AND g.kind = 'balance'
    LEFT JOIN account purse ON purse.tenant_id = g.tenant_id AND purse.id = g.purse_id AND purse.id <> a.id"""

TENANT = f"""SELECT json_build_object(
    'house', json_build_object('max_calls', t.max_calls, 'calls_per_second', t.calls_per_second),
    'first_slice', t.first_slice, 'emergency_numbers', t.emergency_numbers,
    'at', {MOMENT}, 'time_zone', t.time_zone,
    'holidays', (SELECT json_agg(h.day) FROM holiday h WHERE h.tenant_id = t.id
        AND h.day BETWEEN {MOMENT}::date - 2 AND {MOMENT}::date + 1))
    FROM tenant t WHERE t.id = %(tenant_id)s"""

PRICE = """'rate', r.rate, 'initial_block', r.initial_block, 'billing_block', r.billing_block,
    'connect_charge', r.connect_charge, 'minimum_seconds', r.minimum_seconds,
    'decimals', d.decimals, 'rounding', d.rounding, 'block_rule', d.block_rule,
    'window', CASE WHEN r.effective_from IS NULL AND r.effective_until IS NULL AND r.weekdays = 127
            AND r.from_minute = 0 AND r.until_minute = 1440 AND r.holidays = 'any' THEN NULL
        ELSE json_build_object('effective_from', r.effective_from, 'effective_until', r.effective_until,
            'weekdays', r.weekdays, 'from_minute', r.from_minute, 'until_minute', r.until_minute,
            'holidays', r.holidays) END"""

RATES = f"""SELECT json_agg(json_build_object(
    'source', decks.source, 'deck_id', d.id, 'deck_name', d.name, 'deck_order', decks.position,
    'rate_id', r.id, 'prefix', r.prefix, 'destination', r.destination, 'trunk_id', r.trunk_id,
    'account_id', decks.account_id, {PRICE}))
    FROM decks JOIN rate_deck d ON d.tenant_id = %(tenant_id)s AND d.id = decks.id
    JOIN rate r ON r.tenant_id = %(tenant_id)s AND r.deck_id = d.id AND r.prefix = ANY(%(prefixes)s)"""

CUSTOM_RATES = """SELECT json_agg(json_build_object(
    'account_id', c.account_id, 'rate_id', c.id, 'prefix', c.prefix, 'destination', c.destination,
    'rate', c.rate, 'initial_block', c.initial_block, 'billing_block', c.billing_block,
    'connect_charge', c.connect_charge, 'minimum_seconds', c.minimum_seconds))
    FROM chain JOIN custom_rate c ON c.tenant_id = %(tenant_id)s AND c.account_id = chain.id
        AND c.prefix = ANY(%(prefixes)s)"""

OFFERS = f"""SELECT json_agg(json_build_object(
    'account_id', o.account_id, 'rate_id', o.id, 'prefix', o.prefix, 'destination', o.destination,
    'starts_at', o.starts_at, 'expires_at', o.expires_at))
    FROM chain JOIN offer o ON o.tenant_id = %(tenant_id)s AND o.account_id = chain.id
        AND o.expires_at > {MOMENT} AND o.prefix = ANY(%(prefixes)s)"""

TRUNKS = """SELECT json_agg(json_build_object(
    'id', id, 'name', name, 'provider', provider, 'priority', priority, 'strip_prefix', strip_prefix,
    'add_prefix', add_prefix, 'caller_id', caller_id, 'max_channels', max_channels,
    'calls_per_second', calls_per_second, 'active', active, 'ring_seconds', ring_seconds))
    FROM trunk WHERE tenant_id = %(tenant_id)s"""

TRUNK_GROUP = """SELECT json_build_object(
    'name', g.name, 'strategy', g.strategy, 'failover_codes', g.failover_codes,
    'members', (SELECT json_agg(json_build_object(
        'trunk_id', m.trunk_id, 'priority', m.priority, 'weight', m.weight))
        FROM trunk_group_trunk m WHERE m.tenant_id = %(tenant_id)s AND m.group_id = g.id))
    FROM who JOIN trunk_group g ON g.tenant_id = %(tenant_id)s AND g.id = who.trunk_group_id"""

BUYS = f"""SELECT json_agg(json_build_object(
    'provider_id', p.id, 'provider', p.name, 'prefix', r.prefix, 'rate_id', r.id, {PRICE}))
    FROM provider p JOIN rate_deck d ON d.tenant_id = %(tenant_id)s AND d.id = p.deck_id
    JOIN rate r ON r.tenant_id = %(tenant_id)s AND r.deck_id = d.id AND r.prefix = ANY(%(prefixes)s)
    WHERE p.tenant_id = %(tenant_id)s"""

ALLOW_LOSS = """SELECT plan.allow_loss FROM chain
    JOIN plan ON plan.tenant_id = %(tenant_id)s AND plan.id = chain.plan_id WHERE chain.position = 1"""

SECTIONS = {
    "tenant": TENANT,
    "sip_user": SIP_USER,
    "chain": CHAIN,
    "callers": CALLERS,
    "restricted": RESTRICTED,
    "brake": PROFILE,
    "rates": RATES,
    "custom_rates": CUSTOM_RATES,
    "offers": OFFERS,
    "trunks": TRUNKS,
    "trunk_group": TRUNK_GROUP,
    "buys": BUYS,
    "allow_loss": ALLOW_LOSS,
}
"""What :func:`cellhub.charging.situation.read_situation` reads, by the name of the section."""


def _sections() -> str:
    return ",\n".join(f"'{name}', ({query})" for name, query in SECTIONS.items())


LOAD = f"{ENTER}WITH {WHO}, {DECKS}, " + ANSWER.format(
    query=f"SELECT json_build_object(\n{_sections()}\n)::text AS told"
)
