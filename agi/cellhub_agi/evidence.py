"""From what Asterisk wrote and reported to how a call is charged."""

from __future__ import annotations

import datetime as dt
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from decimal import Decimal
from threading import Lock

import structlog

from cellhub.charging.books import Books
from cellhub.charging.connections import DatabaseAway
from cellhub.charging.records import find_call
from cellhub.charging.settling import ANSWERED, NO_ANSWER, AttemptSeen, Ending
from cellhub.domain.settlement import FINAL, deadline_after, seconds_to_charge
from cellhub_agi.calls import Calls, LiveCall
from cellhub_agi.entries.hangup import HangupReport
from cellhub_agi.legs import LegAnswered, LegEnded, LegFiles, Reading, moment
from cellhub_agi.settlements import Settlements
from cellhub_agi.work import Work

EVIDENCE, REPORT, MONOTONIC = "evidence", "hangup report", "monotonic"
AGE = "time since the check"
ANSWERED_CODE = 200
ANSWER = "ANSWER"
DISPOSITIONS = {
    "BUSY": "BUSY",
    "NOANSWER": NO_ANSWER,
    "CANCEL": NO_ANSWER,
    "CONGESTION": "CONGESTION",
    "CHANUNAVAIL": "FAILED",
}
"""The manual's words for Asterisk's DIALSTATUS; anything else is a failure."""

logger = structlog.get_logger(__name__)


class Evidence:
    """Follows the calls through the legs' files and the reports of ``h``."""

    def __init__(
        self,
        books: Books,
        calls: Calls,
        files: LegFiles,
        settlements: Settlements,
        *,
        work: Work,
        hang_up: Callable[[str], None],
    ) -> None:
        self._books = books
        self._calls = calls
        self._files = files
        self._settlements = settlements
        self._work = work
        self._hang_up = hang_up
        self._reading = Lock()
        self._waiting: deque[Reading] = deque()
        self._writing: list[Future[object]] = []
        self._read: deque[tuple[dict[str, int], list[Future[object]]]] = deque()

    def catch_up(self) -> None:
        """Deal with all lines that are there."""
        with self._reading:
            self._waiting.extend(self._files.read())
            if not self._waiting:
                return
            try:
                while self._waiting:
                    self._deal_with(self._waiting[0])
                    self._waiting.popleft()
            except DatabaseAway:
                # Whose call it is cannot be asked now; the line waits, here and on the disk.
                return
            self._read.append((self._files.places(), self._writing))
            self._writing = []

    def keep_up(self) -> None:
        """Catch up, and keep how far was read once what follows from it is in the books or the spool.

        An agent that dies before reads the lines again, and what was settled is settled once.
        """
        with self._reading:
            places = None
            while self._read and all(future.done() for future in self._read[0][1]):
                places, _ = self._read.popleft()
            if places is not None:
                self._files.keep(places)
        self.catch_up()

    def hung_up(self, report: HangupReport) -> None:
        """Deal with the end of a caller's channel.

        The legs have written their lines before; an answered call is charged by those,
        and after a transfer its callee talks on.
        """
        self.catch_up()
        call = self._calls.get(report.call_id) or self._known(report.call_id)
        if call is None or call.review is not None:
            return
        call.left(report)
        if call.answered_at is not None:
            return
        if report.dial_status != ANSWER:
            self._end(call, unanswered(call, report))
        elif not self._waiting:
            self._without_lines(call, report)

    def _without_lines(self, call: LiveCall, report: HangupReport) -> None:
        """Put a call aside that was answered and of whose answer there is no line: a full disk, a lost file.

        Its end, if that comes, settles it all the same.
        """
        doubted = _claimed(call, report)
        logger.error("evidence.lines_missing", call=call.call_id, **doubted.readings)
        self._write(self._settlements.review, call, doubted)

    def release(self, call_id: str) -> None:
        """Give back the holds of a call that was never dialled."""
        call = self._calls.get(call_id)
        if call is not None:
            self._end(call, unanswered(call, HangupReport(call_id)))

    def _end(self, call: LiveCall, ending: Ending) -> None:
        call.settling_on = time.monotonic()
        self._write(self._settlements.settle, ending)

    def _write(self, deed: Callable[..., object], *arguments: object) -> None:
        self._writing.append(self._work.submit(deed, *arguments))

    def _deal_with(self, reading: Reading) -> None:
        line = reading.line
        call = self._calls.get(line.leg.call_id) or self._known(line.leg.call_id)
        if call is None:
            self._unknown(line)
        elif isinstance(line, LegAnswered):
            self._answered(call, line, reading)
        else:
            self._ended(call, line, reading)

    def _known(self, call_id: str) -> LiveCall | None:
        """Look in the books for a call that memory does not have."""
        record = find_call(self._books, call_id)
        if record is None or record.state in FINAL:
            return None
        return self._calls.adopt(record)

    def _unknown(self, line: LegAnswered | LegEnded) -> None:
        if isinstance(line, LegEnded):
            if line.answered is not None:
                # Its call is final: settled while nobody knew this, most often by this very line.
                self._work.submit(self._settlements.late, line.leg.call_id, line.ended - line.answered)
        else:
            # Nobody pays for it: its holds were given back, or it never had any.
            logger.error("evidence.unpaid_call", call=line.leg.call_id, channel=line.leg.callee_channel)
            self._work.submit(self._hang_up, line.leg.callee_channel)

    def _answered(self, call: LiveCall, line: LegAnswered, reading: Reading) -> None:
        if call.answered_at is None:
            answered_on = reading.happened_on(line.answered)
            call.answer(moment(line.answered), answered_on, exact=reading.fresh)
        call.trunk = line.leg.trunk
        call.caller_channel = line.leg.caller_channel
        call.callee_channel = line.leg.callee_channel
        self._write(self._settlements.answered, call)

    def _ended(self, call: LiveCall, line: LegEnded, reading: Reading) -> None:
        call.attempts[line.leg.position] = _attempt(line)
        if line.answered is not None and not _doubted_by_its_line(call):
            self._charge(call, line, line.answered, reading)

    def _charge(self, call: LiveCall, line: LegEnded, answered: Decimal, reading: Reading) -> None:
        sources = {EVIDENCE: line.ended - answered}
        if call.exact and reading.fresh and call.answered_on is not None:
            ended_on = reading.happened_on(line.ended)
            sources[MONOTONIC] = Decimal(str(round(ended_on - call.answered_on, 3)))
            if call.clock_was_set:
                del sources[EVIDENCE]
        source = next(iter(sources))
        verdict = seconds_to_charge(list(sources.values()), call.paid_seconds)
        ending = _answered_ending(call, line, answered, verdict.seconds, source)
        if not verdict.review:
            self._end(call, ending)
            return
        lower = min(sources, key=lambda name: sources[name])
        logger.error("evidence.sources_differ", call=call.call_id, **{k: str(v) for k, v in sources.items()})
        seconds = seconds_to_charge([sources[lower]], call.paid_seconds).seconds
        readings = {name: f"{reading:.3f}" for name, reading in sources.items()}
        doubted = replace(_answered_ending(call, line, answered, seconds, lower), readings=readings)
        self._write(self._settlements.review, call, doubted)


def _doubted_by_its_line(call: LiveCall) -> bool:
    """Say whether a call is in review for what its line says: an agent that takes over reads that again."""
    return call.review is not None and EVIDENCE in call.review["readings"]


def _attempt(line: LegEnded) -> AttemptSeen:
    answered = None if line.answered is None else moment(line.answered)
    rang = None if line.rang is None else moment(line.started + Decimal(line.rang) / 1_000)
    return AttemptSeen(
        line.leg.position,
        line.leg.trunk,
        moment(line.started),
        moment(line.ended),
        line.code if answered is None else ANSWERED_CODE,
        answered,
        line.cause,
        rang,
    )


def _answered_ending(
    call: LiveCall, line: LegEnded, answered: Decimal, seconds: Decimal, source: str
) -> Ending:
    return Ending(
        call.call_id,
        seconds,
        ANSWERED,
        source,
        code=ANSWERED_CODE,
        trunk=line.leg.trunk,
        answered_at=moment(answered),
        ended_at=moment(line.ended),
        attempts=_in_order(call),
    )


def _claimed(call: LiveCall, report: HangupReport) -> Ending:
    """How a call ended whose answer only the caller's channel tells: as long as that was up, or could be."""
    assert call.left_on is not None
    ended_at = dt.datetime.now(dt.UTC)
    age = Decimal(str(round(call.left_on - call.began_on, 3)))
    readings = {AGE: min(age, Decimal(deadline_after(call.paid_seconds)))}
    if report.talked is not None:
        readings[REPORT] = report.talked
    source = min(readings, key=lambda name: readings[name])
    return Ending(
        call.call_id,
        readings[source],
        ANSWERED,
        source,
        code=ANSWERED_CODE,
        trunk=report.trunk,
        answered_at=ended_at - dt.timedelta(seconds=float(readings[source])),
        ended_at=ended_at,
        attempts=_in_order(call),
        readings={name: f"{reading:.3f}" for name, reading in readings.items()},
    )


def unanswered(call: LiveCall, report: HangupReport) -> Ending:
    """How a call ended that nobody answered."""
    attempts = _in_order(call)
    last = attempts[-1] if attempts else None
    return Ending(
        call.call_id,
        Decimal(0),
        DISPOSITIONS.get(report.dial_status, NO_ANSWER if not report.dial_status else "FAILED"),
        REPORT,
        code=report.code or (last.code if last else None),
        trunk=last.trunk if last else "",
        attempts=attempts,
    )


def _in_order(call: LiveCall) -> tuple[AttemptSeen, ...]:
    return tuple(call.attempts[position] for position in sorted(call.attempts))
