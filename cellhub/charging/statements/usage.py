"""What is used of the limits that bound a call: one JSON object, a section a bound."""
# ruff: noqa: S608  the strings are joined of constants here; values travel as parameters

from __future__ import annotations

from functools import cache

from cellhub.charging.bounds import Bound, Bounds
from cellhub.charging.statements.brake import SEEN
from cellhub.charging.statements.parts import ANSWER, CALLS, ENTER
from cellhub.charging.statements.spending import QUOTA_LEFT, SPEND_LEFT

SIP_USER = "SELECT count(*) FROM live WHERE live.sip_user_id = %(sip_user_id)s"

HOUSE = """SELECT json_build_object(
    'calls', CASE WHEN t.max_calls > 0 THEN (SELECT count(*) FROM live) ELSE 0 END,
    'recent', CASE WHEN t.calls_per_second > 0 THEN (SELECT count(*) FROM recent) ELSE 0 END)
    FROM tenant t WHERE t.id = %(tenant_id)s"""

ACCOUNTS = """SELECT json_agg(json_build_object('account_id', a.id,
    'calls', CASE WHEN a.max_calls > 0 THEN
        (SELECT count(*) FROM live WHERE live.lineage @> ARRAY[a.id]) ELSE 0 END,
    'recent', CASE WHEN a.calls_per_second > 0 THEN
        (SELECT count(*) FROM recent WHERE recent.lineage @> ARRAY[a.id]) ELSE 0 END))
    FROM account a WHERE a.tenant_id = %(tenant_id)s AND a.id = ANY(%(lineage)s::bigint[])"""

SPENDING = f"""SELECT json_agg(json_build_object(
    'account_id', a.id, 'spend_left', {SPEND_LEFT}, 'quota_left', {QUOTA_LEFT}))
    FROM account a WHERE a.tenant_id = %(tenant_id)s AND a.id = ANY(%(lineage)s::bigint[])"""

# A call counts for the trunk that is trying to carry it; see MOVE for what follows a failed attempt.
TRUNKS = """SELECT json_build_object(
    'channels', (SELECT json_object_agg(trunk, calls) FROM (
        SELECT trunk, count(*) AS calls FROM live GROUP BY trunk) AS running),
    'calls', (SELECT json_object_agg(trunk, calls) FROM (
        SELECT trunk, count(*) AS calls FROM recent GROUP BY trunk) AS begun))"""

SECTIONS = {
    Bound.SIP_USER: SIP_USER,
    Bound.HOUSE: HOUSE,
    Bound.ACCOUNTS: ACCOUNTS,
    Bound.SPENDING: SPENDING,
    Bound.TRUNKS: TRUNKS,
    Bound.BRAKE: SEEN,
}
"""What :func:`cellhub.charging.usage.with_usage` reads, by the bound."""


@cache
def usage(bounds: Bounds) -> str:
    """Return the string that counts what is used of some bounds."""
    sections = ",\n".join(f"'{bound}', ({query})" for bound, query in SECTIONS.items() if bound in bounds)
    query = f"SELECT json_build_object(\n{sections}\n)::text AS told"
    return f"{ENTER}WITH {CALLS}, " + ANSWER.format(query=query)
