"""The next slice: held first, and only then are both deadlines moved.

If the money, the database or Asterisk fails, nothing happens, and the call ends by
itself at the deadline that its channels carry already.
"""

from __future__ import annotations

import time

import structlog

from cellhub.charging.books import Books
from cellhub.charging.connections import DatabaseAway
from cellhub.charging.running import extend_call
from cellhub.domain.admission import Admission
from cellhub.domain.settlement import CallState, deadline_after, extend_at, next_slice
from cellhub_agi.calls import Calls, LiveCall
from cellhub_agi.link import SwitchAway, SwitchLink

RETRY_SECONDS = 3.0
logger = structlog.get_logger(__name__)


class Extender:
    """Looks which calls are half through their slice."""

    def __init__(self, books: Books, calls: Calls, link: SwitchLink) -> None:
        self._books = books
        self._calls = calls
        self._link = link

    def tick(self) -> None:
        """Extend the calls that are due."""
        if not self._link.up:
            return  # a hold without a deadline behind it would help nobody
        for call in self._calls.all():
            if _due(call):
                self._extend(call)

    def _extend(self, call: LiveCall) -> None:
        try:
            granted = extend_call(
                self._books,
                call.call_id,
                call.payers,
                step=call.step,
                paid_seconds=call.paid_seconds,
                wanted=next_slice(call.slices),
            )
        except DatabaseAway as error:
            logger.warning("extension.no_database", call=call.call_id, reason=str(error))
            return
        if granted is None:
            # Money may still come, or a customer be unblocked, before the deadline does.
            call.extend_on = time.monotonic() + RETRY_SECONDS
            logger.info("extension.refused", call=call.call_id, paid_seconds=call.paid_seconds)
            return
        _grow(call, granted)
        self._move_deadlines(call)

    def _move_deadlines(self, call: LiveCall) -> None:
        left = int(deadline_after(call.paid_seconds) - call.seconds_since_answer())
        try:
            for channel in (call.callee_channel, call.caller_channel):
                if not self._link.set_deadline(channel, left):
                    logger.info("extension.channel_gone", call=call.call_id, channel=channel)
        except SwitchAway as error:
            # It ends at its old deadline, and the settlement gives the hold back.
            logger.warning("extension.no_switch", call=call.call_id, reason=str(error))


def _due(call: LiveCall) -> bool:
    if not call.talking or call.step == 0:
        return False
    if time.monotonic() < call.extend_on:
        return False
    return call.seconds_since_answer() >= extend_at(call.paid_seconds, call.slice_seconds)


def _grow(call: LiveCall, granted: Admission) -> None:
    call.payers = granted.payers
    call.paid_seconds += granted.slice_seconds
    call.slice_seconds = granted.slice_seconds
    call.step += 1
    call.slices += 1
    call.state = CallState.EXTENDED
