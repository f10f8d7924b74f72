"""Bring the ends of calls into the books, or into the spool while these are away."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import structlog
from psycopg2.errors import CheckViolation, NumericValueOutOfRange

from cellhub.charging.books import Books
from cellhub.charging.checking import record_refusal
from cellhub.charging.connections import DatabaseAway
from cellhub.charging.endings import as_values, ending_of, with_moments
from cellhub.charging.late import give_back
from cellhub.charging.records import find_call
from cellhub.charging.running import note_answer
from cellhub.charging.settling import NO_BUYS, Ending, hold_for_review, settle_call
from cellhub.db.notify import Topic
from cellhub.domain.routing import Buy
from cellhub.domain.settlement import Payer
from cellhub.telemetry.metrics import CALLS_ENDED, TALKED
from cellhub_agi.calls import Calls, LiveCall
from cellhub_agi.notify import Pings
from cellhub_agi.spool import Deed, Spool

SETTLE, ANSWER, REFUSAL, LATE = "settle", "answer", "refusal", "late"
IMPOSSIBLE_TIMES = (CheckViolation, NumericValueOutOfRange)
"""No partition takes an attempt of that month; no call lasts that long."""

logger = structlog.get_logger(__name__)


class Settlements:
    """Writes what happened to calls; nothing is lost while the database is away."""

    def __init__(self, books: Books, calls: Calls, spool: Spool, pings: Pings) -> None:
        self._books = books
        self._calls = calls
        self._spool = spool
        self._pings = pings
        self._deeds: dict[str, Deed] = {
            SETTLE: lambda values: self._settle(ending_of(values)),
            ANSWER: lambda values: self._answer(with_moments(values)),
            REFUSAL: self._record,
            LATE: lambda values: self._late(values["call_id"], Decimal(values["seconds"])),
        }

    def settle(self, ending: Ending) -> None:
        """Settle a call, once however often it is asked for."""
        try:
            self._settle(ending)
        except DatabaseAway as error:
            self._put_by(SETTLE, as_values(ending), error)

    def answered(self, call: LiveCall) -> None:
        """Write that a call is up."""
        assert call.answered_at is not None
        values = {
            "call_id": call.call_id,
            "answered_at": call.answered_at.isoformat(),
            "trunk": call.trunk,
            "caller_channel": call.caller_channel,
            "callee_channel": call.callee_channel,
        }
        self._do(ANSWER, values)

    def refused(self, record: Mapping[str, Any]) -> None:
        """Write the record of a refused call."""
        self._do(REFUSAL, record)

    def late(self, call_id: str, seconds: Decimal) -> None:
        """Take evidence of a call that is final: what it talked less than it was charged is given back."""
        self._do(LATE, {"call_id": call_id, "seconds": f"{seconds:f}"})

    def review(self, call: LiveCall, ending: Ending) -> None:
        """Put a call aside whose sources differ; ``ending`` is what it is settled by later."""
        ended_at = ending.ended_at or dt.datetime.now(dt.UTC)
        call.review, call.doubted_on = as_values(ending), time.monotonic()
        try:
            hold_for_review(self._books, call.call_id, ended_at, as_values(ending))
        except DatabaseAway:
            # Without the books there is no place to keep a doubt: the smaller reading counts.
            self._spool.add(SETTLE, as_values(ending))
            self._calls.end(call.call_id)

    def replay(self) -> int:
        """Write what the spool kept."""
        return self._spool.replay(self._deeds)

    def _do(self, kind: str, values: Mapping[str, Any]) -> None:
        try:
            self._deeds[kind](values)
        except DatabaseAway as error:
            self._put_by(kind, values, error)

    def _put_by(self, kind: str, values: Mapping[str, Any], error: DatabaseAway) -> None:
        logger.error("settlements.no_database", reason=str(error))
        self._spool.add(kind, values)

    def _settle(self, ending: Ending) -> None:
        call = self._calls.get(ending.call_id)
        payers, buys = (call.payers, call.buys) if call else ((), NO_BUYS)
        if not payers or (call and call.slices > 1):
            record = find_call(self._books, ending.call_id)
            payers, buys = (record.payers, record.buys) if record else ((), NO_BUYS)
        if not payers:
            logger.warning("settlements.unknown_call", call=ending.call_id)
            return
        moved = self._charge(payers, ending, buys)
        self._calls.end(ending.call_id)
        if moved:
            accounts = [payer.account_id for payer in payers]
            self._pings.add(accounts, Topic.CALLS, Topic.CDR, Topic.BALANCE)
            CALLS_ENDED.labels(ending.disposition).inc()
            TALKED.inc(max(float(ending.seconds), 0.0))
            logger.info(
                "call.ended",
                call=ending.call_id,
                disposition=ending.disposition,
                seconds=f"{ending.seconds:f}",
                source=ending.source,
            )

    def _charge(self, payers: Sequence[Payer], ending: Ending, buys: Mapping[str, Buy]) -> bool:
        try:
            return settle_call(self._books, payers, ending, buys)
        except IMPOSSIBLE_TIMES as error:
            without = replace(ending, attempts=(), ended_at=None)
            if without == ending:
                raise
            # A softswitch's clock that is years off names months that are not there; the seconds are
            # right all the same, and the money does not wait.
            logger.error("settlements.times_left_out", call=ending.call_id, reason=str(error).strip())
            return settle_call(self._books, payers, without, buys)

    def _answer(self, values: Mapping[str, Any]) -> None:
        step = note_answer(self._books, **values)
        call = self._calls.get(values["call_id"])
        if step is not None and call:
            call.step = step
            self._pings.add(call.accounts, Topic.CALLS)

    def _late(self, call_id: str, seconds: Decimal) -> None:
        booked = give_back(self._books, call_id, seconds)
        if booked:
            self._pings.add([one.account_id for one in booked], Topic.BALANCE)
            logger.warning("settlements.given_back", call=call_id, seconds=f"{seconds:f}")

    def _record(self, record: Mapping[str, Any]) -> None:
        record_refusal(self._books, record)
        self._pings.add(record["lineage"], Topic.CDR)
