"""Who may call, and which numbers may not be called."""

from __future__ import annotations

# The caller as Asterisk knows it from the endpoint, never as the phone says.
CALLERS = """SELECT json_agg(list) FROM (
    SELECT n.kind, bool_or(n.number = coalesce(nullif(%(source)s, ''), ltrim(who.caller_id_number, '+')))
        AS listed
    FROM who, LATERAL (
        SELECT * FROM caller_number WHERE tenant_id = %(tenant_id)s AND account_id IS NULL
        UNION ALL
        SELECT * FROM caller_number WHERE tenant_id = %(tenant_id)s AND account_id = ANY(who.lineage)) n
    GROUP BY n.account_id, n.kind) AS list"""

RESTRICTED = """SELECT json_build_object(
    'everywhere', (SELECT json_agg(n.prefix) FROM restricted_number n WHERE n.tenant_id = %(tenant_id)s
        AND n.sip_user_id IS NULL AND n.prefix = ANY(%(prefixes)s)),
    'own', (SELECT json_agg(n.prefix) FROM restricted_number n WHERE n.tenant_id = %(tenant_id)s
        AND n.sip_user_id = who.id AND n.prefix = ANY(%(prefixes)s)),
    'allow_list', who.allow_list) FROM who"""
