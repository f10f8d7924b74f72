"""``hangup``: the caller's channel is gone.

Nothing bounds an AGI in ``h``: whatever the agent does there delays the end of the call.
So the request is read, the connection closed, and the work done afterwards; should the
agent die in between, the legs' files tell the same again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from cellhub_agi.session import Session
from cellhub_agi.work import Work

_FINAL_CODE = re.compile("[2-6][0-9]{2}")
_TRUNK = re.compile("[A-Za-z0-9_-]{1,40}")
_MILLISECONDS = re.compile("[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class HangupReport:
    """What the dialplan says at the end.

    ``code`` is the last attempt's final SIP code and ``trunk`` its trunk; ``talked`` the seconds
    since the caller's own channel was answered, None when it was not, or was taken elsewhere.
    """

    call_id: str
    dial_status: str = ""
    cause: str = ""
    code: int | None = None
    trunk: str = ""
    talked: Decimal | None = None


class HangupEntry:
    """Passes the report on and lets the channel go."""

    def __init__(self, work: Work, hung_up: Callable[[HangupReport], None]) -> None:
        self._work = work
        self._hung_up = hung_up

    def __call__(self, session: Session) -> None:
        """Serve one report."""
        code, trunk, talked = (session.argument(place) for place in (2, 3, 4))
        report = HangupReport(
            session.call_id,
            session.argument(0),
            session.argument(1),
            int(code) if _FINAL_CODE.fullmatch(code) else None,
            trunk if _TRUNK.fullmatch(trunk) else "",
            Decimal(talked) / 1000 if _MILLISECONDS.fullmatch(talked) else None,
        )
        self._work.submit(self._hung_up, report)
