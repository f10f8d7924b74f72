"""The calls that are running on this pod, as the agent has seen them.

Asterisk stamps its evidence with the clock on the wall; the agent keeps its own
monotonic time beside it, so that a clock that is set does not stretch a call.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock
from typing import Any

from cellhub.charging.records import CallRecord
from cellhub.charging.settling import AttemptSeen
from cellhub.charging.verdicts import Granted
from cellhub.domain.routing import Buy
from cellhub.domain.settlement import CallState, Payer
from cellhub_agi.entries.hangup import HangupReport

TALKING = (CallState.ANSWERED, CallState.EXTENDED)

CLOCK_STEP = 1.0
"""Seconds by which the two clocks may drift apart during a call; more means one was set."""


def wall_offset() -> float:
    """How far the clock on the wall is ahead of the monotonic one."""
    return time.time() - time.monotonic()


@dataclass(slots=True)
class LiveCall:
    """A call in memory; moments named ``_on`` are monotonic seconds.

    ``life_seconds`` is how long an unanswered call can last, all its rings included.
    ``extend_on`` is when an extension may be tried again after one was refused, ``settling_on``
    when its end was handed on to be written, ``listed_on`` when Asterisk last listed it, ``left_on``
    when its caller's channel was gone, by ``report``, ``doubted_on`` since when a ``review`` waits
    for a word.
    """

    call_id: str
    payers: tuple[Payer, ...]
    paid_seconds: int
    slice_seconds: int
    began_on: float
    life_seconds: float
    caller_channel: str
    callee_channel: str = ""
    trunk: str = ""
    step: int = 0
    slices: int = 1
    state: CallState = CallState.AUTHORISED
    answered_at: dt.datetime | None = None
    answered_on: float | None = None
    exact: bool = False
    offset: float = field(default_factory=wall_offset)
    extend_on: float = 0.0
    settling_on: float | None = None
    listed_on: float | None = None
    left_on: float | None = None
    report: HangupReport | None = None
    review: dict[str, Any] | None = None
    doubted_on: float | None = None
    attempts: dict[int, AttemptSeen] = field(default_factory=dict)
    buys: Mapping[str, Buy] = field(default_factory=dict)

    def left(self, report: HangupReport) -> None:
        """Note that its caller's channel is gone, the first time that this is told."""
        if self.left_on is None:
            self.left_on, self.report = time.monotonic(), report

    @property
    def accounts(self) -> list[int]:
        """Those who pay for it."""
        return [payer.account_id for payer in self.payers]

    def answer(self, at: dt.datetime, on: float, *, exact: bool) -> None:
        """Note the answer; ``exact`` when it was seen as it happened."""
        self.state = CallState.ANSWERED
        self.answered_at, self.answered_on, self.exact = at, on, exact
        self.offset = wall_offset()

    @property
    def talking(self) -> bool:
        """Whether it goes on, as far as is known."""
        return self.settling_on is None and self.review is None and self.state in TALKING

    def seconds_since_answer(self) -> Decimal:
        """How long it has been talking, by the monotonic clock."""
        assert self.answered_on is not None
        return Decimal(str(round(time.monotonic() - self.answered_on, 3)))

    @property
    def clock_was_set(self) -> bool:
        """Whether the clock on the wall was set since the answer."""
        return abs(wall_offset() - self.offset) > CLOCK_STEP


class Calls:
    """All running calls of the pod."""

    def __init__(self) -> None:
        self._calls: dict[str, LiveCall] = {}
        self._lock = Lock()

    def begin(self, granted: Granted) -> None:
        """Take in a call whose first slice is held."""
        call = LiveCall(
            granted.request.call_id,
            granted.payers,
            granted.slice_seconds,
            granted.slice_seconds,
            time.monotonic(),
            granted.ring_seconds,
            granted.request.channel,
            buys={one.trunk: one.buy for one in granted.attempts if one.buy},
        )
        self._put(call)

    def adopt(self, record: CallRecord) -> LiveCall:
        """Take in a call that the books know and memory does not; one that is here stays as it is."""
        age = time.time() - record.authorised_at.timestamp()
        call = LiveCall(
            record.call_id,
            record.payers,
            record.paid_seconds,
            record.paid_seconds,
            time.monotonic() - age,
            (record.deadline_at - record.authorised_at).total_seconds(),
            record.caller_channel,
            record.callee_channel,
            record.trunk,
            record.step,
            state=record.state,
            review=record.review,
            doubted_on=None if record.review is None else time.monotonic(),
            buys=record.buys,
        )
        if record.answered_at is not None:
            since = time.time() - record.answered_at.timestamp()
            call.answer(record.answered_at, time.monotonic() - since, exact=False)
            call.state = record.state
        return self._put(call)

    def _put(self, call: LiveCall) -> LiveCall:
        with self._lock:
            return self._calls.setdefault(call.call_id, call)

    def get(self, call_id: str) -> LiveCall | None:
        """The call of this id, if it is running here."""
        return self._calls.get(call_id)

    def end(self, call_id: str) -> None:
        """Forget a call that is final."""
        with self._lock:
            self._calls.pop(call_id, None)

    def all(self) -> list[LiveCall]:
        """The calls at this moment."""
        with self._lock:
            return list(self._calls.values())

    def __len__(self) -> int:
        """How many calls are running."""
        return len(self._calls)
