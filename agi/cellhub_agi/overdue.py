"""Calls that outlive their deadline are ended here.

Asterisk keeps a deadline by the clock on the wall, and does not when that is set back. Nothing
here asks the database, so one that hangs keeps no call alive.
"""

from __future__ import annotations

import structlog

from cellhub.domain.settlement import deadline_after
from cellhub_agi.calls import Calls, LiveCall
from cellhub_agi.link import SwitchAway, SwitchLink

LATE_SECONDS = 1.0
"""How long after a deadline Asterisk must have kept it."""

logger = structlog.get_logger(__name__)


class DeadlineKeeper:
    """Looks which calls go on although what was paid for them is over."""

    def __init__(self, calls: Calls, link: SwitchLink) -> None:
        self._calls = calls
        self._link = link

    def tick(self) -> None:
        """End the calls that are overdue."""
        if not self._link.up:
            return  # whether one that nobody can ask kept its deadlines is unknown
        for call in self._calls.all():
            if _overdue(call):
                self._end(call)

    def _end(self, call: LiveCall) -> None:
        logger.warning("deadline.not_kept", call=call.call_id, paid_seconds=call.paid_seconds)
        try:
            for channel in (call.callee_channel, call.caller_channel):
                self._link.hang_up(channel)
        except SwitchAway:
            return  # it is told again


def _overdue(call: LiveCall) -> bool:
    return call.talking and call.seconds_since_answer() > deadline_after(call.paid_seconds) + LATE_SECONDS
