"""The place of a call on the trunk that is to carry it next."""
# ruff: noqa: S608  the strings are joined of constants here; values travel as parameters

from __future__ import annotations

from cellhub.charging.statements.parts import ENTER, FINAL, LOCK_TRUNK

# A call that moved within the second of its check counts among those that began.
_OTHERS = "(SELECT count(*) FROM call c WHERE c.tenant_id = t.tenant_id AND c.trunk = t.name {which})"
_RUNNING = _OTHERS.format(which=f"AND c.state NOT IN {FINAL} AND c.call_id <> %(call_id)s")
_BEGUN = _OTHERS.format(
    which="AND c.authorised_at > now() - interval '1 second' AND c.call_id <> %(call_id)s"
)

MOVE = (
    ENTER
    + LOCK_TRUNK
    + f"""
WITH way AS (
    SELECT t.name, (t.max_channels = 0 OR {_RUNNING} < t.max_channels)
        AND (t.calls_per_second = 0 OR {_BEGUN} < t.calls_per_second) AS free
    FROM trunk t WHERE t.tenant_id = %(tenant_id)s AND t.name = %(trunk)s AND t.active
), moved AS (
    UPDATE call SET trunk = way.name FROM way
    WHERE call.tenant_id = %(tenant_id)s AND call.call_id = %(call_id)s AND way.free
        AND (call.state = 'AUTHORISED') IS TRUE
    RETURNING 1
), told AS (
    UPDATE call
    SET story = jsonb_set(story, '{{trunks,skips}}', story #> '{{trunks,skips}}' || %(skip)s::jsonb)
    WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s AND (state = 'AUTHORISED') IS TRUE
        AND NOT EXISTS (SELECT 1 FROM way WHERE free)
        AND NOT story #> '{{trunks,skips}}' @> %(skip)s::jsonb
)
SELECT EXISTS (SELECT 1 FROM moved)
"""
)
