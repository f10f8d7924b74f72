"""Calls that nobody reported the end of: found by asking, ended by evidence or at the bound."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal

import structlog

from cellhub.charging.books import Books, UnknownTenant
from cellhub.charging.connections import DatabaseAway
from cellhub.charging.endings import ending_of
from cellhub.charging.records import open_calls
from cellhub.charging.settling import ANSWERED, Ending
from cellhub.domain.settlement import BOUND, LAST_SEEN, CallState, deadline_after, seconds_to_charge
from cellhub_agi.calls import Calls, LiveCall
from cellhub_agi.entries.hangup import HangupReport
from cellhub_agi.evidence import ANSWER, ANSWERED_CODE, Evidence, unanswered
from cellhub_agi.link import SwitchAway, SwitchLink
from cellhub_agi.settlements import Settlements

YOUNG = 5.0
"""Seconds during which a call may be on its way between the books, Asterisk and us."""

READ_LATE = 5.0
"""Seconds by which an answer may be read, and so be dated, after its softswitch has died."""

SETTLING = 30.0
REVIEWED = 240.0
"""How long a doubted call waits for a person's word: within five minutes every call is settled."""

PATIENCE = 60.0
"""Seconds beyond a deadline after which a softswitch that does not answer is not waited for."""

logger = structlog.get_logger(__name__)


class Reconciler:
    """Compares memory and books with what Asterisk carries."""

    def __init__(
        self,
        books: Books,
        pod: str,
        calls: Calls,
        *,
        link: SwitchLink,
        evidence: Evidence,
        settlements: Settlements,
    ) -> None:
        self._books = books
        self._pod = pod
        self._calls = calls
        self._link = link
        self._evidence = evidence
        self._settlements = settlements

    def tick(self) -> None:
        """Do one round: what the spool kept first, since it is older than all else."""
        self._settlements.replay()
        try:
            for record in open_calls(self._books, self._pod):
                self._calls.adopt(record)
        except (DatabaseAway, UnknownTenant) as error:
            logger.warning("reconcile.no_books", reason=str(error))
            return
        listed = self._listed()
        self._evidence.catch_up()
        for call in self._calls.all():
            self._judge(call, listed)

    def _listed(self) -> dict[str, list[str]] | None:
        """What Asterisk carries; None when it cannot be asked, for unknown is not gone."""
        asked_on = time.monotonic()
        try:
            listed = self._link.calls()
        except SwitchAway:
            return None
        for call in self._calls.all():
            if call.call_id in listed:
                call.listed_on = asked_on
        return listed

    def _judge(self, call: LiveCall, listed: dict[str, list[str]] | None) -> None:
        age = time.monotonic() - call.began_on
        if (age < YOUNG and not self._outlived(call)) or _within(call.settling_on, SETTLING):
            return
        if call.review is not None:
            self._review(call)
        elif listed is None:
            self._wait_for_switch(call, age)
        elif call.call_id not in listed:
            self._gone(call)

    def _outlived(self, call: LiveCall) -> bool:
        """Whether the session ended after the call was answered: it is not on its way, whatever its age."""
        return call.answered_on is not None and call.answered_on < self._link.down_since

    def _review(self, call: LiveCall) -> None:
        """Settle by the smaller reading once nothing better has come."""
        assert call.review is not None
        ending = ending_of(call.review)
        if ending.ended_at is None or _waited(call, ending.ended_at) > REVIEWED:
            self._settlements.settle(ending)

    def _wait_for_switch(self, call: LiveCall, age: float) -> None:
        if call.state is CallState.AUTHORISED:
            overdue = age - call.life_seconds
        else:
            overdue = float(call.seconds_since_answer()) - deadline_after(call.paid_seconds)
        if overdue > PATIENCE:
            self._end(call, [], BOUND)

    def _gone(self, call: LiveCall) -> None:
        """End a call that Asterisk no longer carries and wrote no end of: it died meanwhile, or could not."""
        if call.answered_on is None:
            self._never_up(call)
            return
        if call.listed_on is None:
            ended_on = self._link.lost_after(call.answered_on, READ_LATE)
        else:
            ended_on = self._link.lost_after(max(call.answered_on, call.listed_on))
        if ended_on is None:
            # The session has not broken since: it ended with its caller's channel, or within this round.
            ended_on = _left_last(call) or time.monotonic()
        seconds = max(ended_on - call.answered_on, 0.0)
        self._end(call, [Decimal(str(round(seconds, 3)))], LAST_SEEN)

    def _never_up(self, call: LiveCall) -> None:
        if call.report is not None and call.report.dial_status == ANSWER:
            # Its lines were waited for, and it had none.
            self._evidence.hung_up(call.report)
        else:
            self._end(call, [], LAST_SEEN)

    def _end(self, call: LiveCall, seconds: list[Decimal], source: str) -> None:
        logger.warning("reconcile.ended", call=call.call_id, source=source)
        if call.answered_at is None:
            self._settlements.settle(unanswered(call, HangupReport(call.call_id)))
            return
        reading = seconds_to_charge(seconds, call.paid_seconds)
        ending = Ending(
            call.call_id,
            reading.seconds,
            ANSWERED,
            source,
            code=ANSWERED_CODE,
            trunk=call.trunk,
            answered_at=call.answered_at,
            attempts=tuple(call.attempts[position] for position in sorted(call.attempts)),
        )
        self._settlements.settle(ending)


def _waited(call: LiveCall, ended_at: dt.datetime) -> float:
    """How long a doubt has lasted: since the end, or since we know of it if the clock was set back."""
    known = time.monotonic() - call.doubted_on if call.doubted_on is not None else 0.0
    return max(time.time() - ended_at.timestamp(), known)


def _left_last(call: LiveCall) -> float | None:
    """When its caller's channel was gone, if nothing was seen of the call since."""
    return call.left_on if call.left_on is not None and call.left_on > (call.listed_on or 0.0) else None


def _within(moment: float | None, seconds: float) -> bool:
    return moment is not None and time.monotonic() - moment < seconds
