"""Calls read back."""

from __future__ import annotations

from cellhub.charging.statements.parts import ENTER, FINAL

_CALL_COLUMNS = """
SELECT json_build_object(
    'call_id', c.call_id, 'state', c.state, 'step', c.step, 'number', c.number, 'trunk', c.trunk,
    'caller_channel', c.caller_channel, 'callee_channel', c.callee_channel,
    'paid_seconds', c.paid_seconds, 'last_slice', c.last_slice,
    'authorised_at', c.authorised_at, 'answered_at', c.answered_at, 'ended_at', c.ended_at,
    'deadline_at', c.deadline_at, 'buys', c.buys, 'review', c.story -> 'review',
    'payers', (SELECT json_agg(json_build_object('account_id', c.lineage[p.position],
        'purse_id', nullif(p.account_id, c.lineage[p.position]), 'price', p.price, 'held', p.held)
        ORDER BY p.position) FROM call_payer p WHERE p.tenant_id = c.tenant_id AND p.call_id = c.call_id)
)::text FROM call c WHERE c.tenant_id = %(tenant_id)s
"""
CALL = ENTER + _CALL_COLUMNS + " AND c.call_id = %(call_id)s"
OPEN_CALLS = ENTER + _CALL_COLUMNS + f" AND c.pod = %(pod)s AND c.state NOT IN {FINAL}"
