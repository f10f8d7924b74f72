"""The SQL of the charging path.

Each string enters its tenant's scope and does one deed, and PostgreSQL runs it as one
transaction in one round trip; the result is that of its last statement. Within it every
statement has its own snapshot. So a deed first locks the accounts that pay, in the order
of their ids, and then decides on what it sees: no other transaction can take the money
between the decision and the hold.

A deed may be sent again when its answer was lost: what was done already changes nothing.
"""

from __future__ import annotations

from cellhub.charging.statements.adjusting import ADJUST, FINISHED, INVOICED, REVIEWS, SETTLEMENT, TELL_LATE
from cellhub.charging.statements.brake import PULL
from cellhub.charging.statements.calls import CALL, OPEN_CALLS
from cellhub.charging.statements.ending import REFUSE, REVIEW, settle
from cellhub.charging.statements.load import LOAD
from cellhub.charging.statements.moving import MOVE
from cellhub.charging.statements.parts import TENANT
from cellhub.charging.statements.reserve import reserve
from cellhub.charging.statements.running import ANSWERED, AVAILABLE, EXTEND
from cellhub.charging.statements.usage import usage

__all__ = [
    "ADJUST",
    "ANSWERED",
    "AVAILABLE",
    "CALL",
    "EXTEND",
    "FINISHED",
    "INVOICED",
    "LOAD",
    "MOVE",
    "OPEN_CALLS",
    "PULL",
    "REFUSE",
    "REVIEW",
    "REVIEWS",
    "SETTLEMENT",
    "TELL_LATE",
    "TENANT",
    "reserve",
    "settle",
    "usage",
]
