"""``check``: may this call be dialled, by which trunks, for how long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import structlog

from cellhub.charging.checking import Checker
from cellhub.charging.connections import DatabaseAway
from cellhub.charging.verdicts import Granted, Refused, Request
from cellhub.domain.admission import MEANINGS, Verdict
from cellhub.domain.failover import failover_codes
from cellhub.telemetry.metrics import VERDICTS
from cellhub_agi import variables
from cellhub_agi.calls import Calls
from cellhub_agi.fastagi import NoReplies, ProtocolError
from cellhub_agi.session import Session

OK = 200
logger = structlog.get_logger(__name__)


class CheckEntry:
    """Answers with a verdict; a call that did not hear it is released at once."""

    def __init__(
        self,
        checker: Checker,
        calls: Calls,
        release: Callable[[str], None],
        record: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._checker = checker
        self._calls = calls
        self._release = release
        self._record = record

    def __call__(self, session: Session) -> None:
        """Serve one check."""
        began = time.monotonic()
        answer = self._verdict(session)
        VERDICTS.labels(_word(answer)).observe(time.monotonic() - began)
        if isinstance(answer, Granted):
            self._calls.begin(answer)
            self._grant(session, answer)
        else:
            self._refuse(session, answer)

    def _verdict(self, session: Session) -> Granted | Refused:
        request = Request(
            session.call_id,
            endpoint=session.argument(1),
            dialled=session.argument(0),
            source=session.caller_number,
            channel=session.channel,
            wish=session.number_in(2),
            diverted=session.number_in(3),
        )
        try:
            return self._checker.check(request)
        except DatabaseAway as error:
            logger.error("check.no_database", call=session.call_id, reason=str(error))
            return Refused(request, Verdict.ERROR, MEANINGS[Verdict.ERROR].sentence)

    def _grant(self, session: Session, granted: Granted) -> None:
        try:
            heard = _answer(session, granted_variables(granted))
        except NoReplies:
            # It may be dialled by now, and one that was not is found when Asterisk is asked.
            logger.warning("check.no_replies", call=session.call_id)
            return
        except ProtocolError:
            heard = False
        if not heard:
            # The caller hung up during the check: no hangup will be reported for it.
            self._release(session.call_id)

    def _refuse(self, session: Session, refused: Refused) -> None:
        logger.info(
            "check.refused",
            call=session.call_id,
            verdict=refused.verdict.value,
            sip_user=refused.request.endpoint[:40],
            reason=refused.reason,
        )
        try:
            _answer(session, refused_variables(refused))
        finally:
            if refused.record is not None:
                self._record(refused.record)


def _word(answer: Granted | Refused) -> str:
    return (Verdict.OK if isinstance(answer, Granted) else answer.verdict).value


def _answer(session: Session, named: Iterator[tuple[str, object]]) -> bool:
    """Send the variables in one piece; True when Asterisk has taken each of them."""
    count = 0
    for count, (name, value) in enumerate(named, start=1):  # noqa: B007  it is used after the loop
        session.agi.set_variable(name, value)
    return session.agi.send() == [OK] * count


def granted_variables(granted: Granted) -> Iterator[tuple[str, object]]:
    """Yield what a positive verdict sets, the verdict itself last."""
    yield variables.BILLING_RESULT, Verdict.OK.value
    yield variables.TRUNKS, ",".join(attempt.trunk for attempt in granted.attempts)
    for place, attempt in enumerate(granted.attempts, start=1):
        yield variables.NUMBER.format(place), attempt.number
        yield variables.CALLER_ID.format(place), attempt.caller_id
        yield variables.RING.format(place), attempt.ring_seconds
    for place, (before, attempt) in enumerate(pairwise(granted.attempts), start=2):
        if before.capped or attempt.capped:
            yield variables.MOVE.format(place), 1
    if granted.failover_codes:
        yield variables.FAILOVER, "|".join(failover_codes(granted.failover_codes))
    yield variables.SLICE, granted.slice_seconds
    yield variables.VERDICT, f"{Verdict.OK.value} {granted.request.call_id}"


def refused_variables(refused: Refused) -> Iterator[tuple[str, object]]:
    """Yield what a refusal sets."""
    yield variables.BILLING_RESULT, refused.verdict.value
    yield variables.SIP_CODE, refused.sip_code
