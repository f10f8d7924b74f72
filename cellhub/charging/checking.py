"""The check: a verdict on a call, with the money for its first slice set aside."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from cellhub.charging import statements, story
from cellhub.charging.books import Books
from cellhub.charging.prices import as_json, read_json
from cellhub.charging.situation import Situation, read_situation
from cellhub.charging.story import Story
from cellhub.domain.admission import MEANINGS, AccountState, Admission, Refusal, Verdict, admit
from cellhub.domain.numbers import Number, NumberError, normalise, prefixes_of
from cellhub.domain.routing import Attempt, TrunkOrder, trunk_order
from cellhub.domain.selection import Candidate, choose
from cellhub.domain.settlement import GRACE_SECONDS, Payer

NO_RULE = ("", "")


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody dialled: the random call id, the authenticated endpoint, and what it sent."""

    call_id: str
    endpoint: str
    dialled: str
    source: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """The call may be dialled: by these attempts, for so long, paid by these holds."""

    request: Request
    number: str
    attempts: tuple[Attempt, ...]
    payers: tuple[Payer, ...]
    slice_seconds: int
    last: bool
    ring_seconds: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The call may not be dialled; ``record`` is what its CDR says, if the caller is known."""

    request: Request
    verdict: Verdict
    reason: str
    record: Mapping[str, Any] | None = None

    @property
    def sip_code(self) -> int:
        """What the phone hears."""
        return MEANINGS[self.verdict].sip_code


@dataclass(slots=True)
class _Case:
    """A check on its way: what has been found so far, and the story of it."""

    request: Request
    situation: Situation
    number: str = ""
    rate: Candidate | None = None
    story: Story = field(default_factory=dict)

    def refuse(self, verdict: Verdict, reason: str) -> Refused:
        """End the check with a record of why."""
        self.story |= story.of_refusal(verdict.value, reason)
        caller = self.situation.sip_user
        record = {
            "call_id": self.request.call_id,
            "started_at": dt.datetime.now(dt.UTC).isoformat(),
            "account_id": caller.account_id,
            "lineage": self.situation.lineage,
            "sip_user_id": caller.id,
            "verdict": verdict.value,
            "disposition": MEANINGS[verdict].disposition,
            "code": MEANINGS[verdict].sip_code,
            **self.facts(),
        }
        return Refused(self.request, verdict, reason, record)

    def facts(self) -> dict[str, Any]:
        """What a call and its CDR have in common."""
        caller = self.situation.sip_user
        return {
            "sip_user": caller.username,
            "source": self.request.source or caller.caller_id,
            "dialled": self.request.dialled,
            "number": self.number,
            "prefix": self.rate.prefix if self.rate else "",
            "destination": self.rate.destination if self.rate else "",
            "story": json.dumps(self.story),
        }


class Checker:
    """Decides on calls of one tenant, for the Asterisk of one pod."""

    def __init__(self, books: Books, pod: str) -> None:
        self._books = books
        self._pod = pod
        self._rules: dict[str, tuple[str, str]] = {}

    def check(self, request: Request) -> Granted | Refused:
        """Give the verdict on a request, in two round trips to the database when nothing races.

        Raises:
            DatabaseAway: nothing is known; the call must be refused.
        """
        situation = self._load(request)
        if situation is None:
            return Refused(request, Verdict.ERROR, f"There is no SIP user {request.endpoint!r}.")
        case = _Case(request, situation)
        found = _examine(case)
        return found if isinstance(found, Refused) else self._admit(case, *found)

    def _load(self, request: Request) -> Situation | None:
        """Read by the number that the caller's rule last gave, and again if the rule has changed."""
        rule = self._rules.get(request.endpoint, NO_RULE)
        situation = self._load_by(request, rule)
        if situation is None:
            return None
        actual = (situation.sip_user.strip, situation.sip_user.add)
        if actual == rule:
            return situation
        self._rules[request.endpoint] = actual
        return self._load_by(request, actual)

    def _load_by(self, request: Request, rule: tuple[str, str]) -> Situation | None:
        try:
            prefixes = list(prefixes_of(normalise(request.dialled, *rule)))
        except NumberError:
            prefixes = []
        values = {"endpoint": request.endpoint, "prefixes": prefixes}
        [(text,)] = self._books.run(statements.LOAD, values)
        return read_situation(text)

    def _admit(self, case: _Case, rate: Candidate, order: TrunkOrder) -> Granted | Refused:
        chain: Sequence[AccountState] = case.situation.chain
        for _ in range(len(order.attempts) + 1):
            decision = _decide(case, chain, rate)
            if isinstance(decision, Refusal):
                return case.refuse(decision.verdict, decision.reason)
            outcome = self._reserve(case, decision, order)
            if outcome["admitted"]:
                return _granted(case, decision, order)
            refused = _lost(case, outcome)
            if refused:
                return refused
            # Once more by the money and the channels that were found under the locks.
            if not outcome["trunk_free"]:
                order = order.without_first("full: another call took the last channel")
                case.story |= story.of_trunks(order)
            if not order.attempts:
                return _no_way(case, order)
            chain = _as_seen(chain, outcome["payers"])
        return case.refuse(Verdict.NO_CREDIT, "Other calls have taken the credit.")

    def _reserve(self, case: _Case, admission: Admission, order: TrunkOrder) -> dict[str, Any]:
        case.story |= story.of_admission(admission)
        values = {
            **case.facts(),
            "call_id": case.request.call_id,
            "pod": self._pod,
            "account_id": case.situation.sip_user.account_id,
            "accounts": [payer.account_id for payer in admission.payers],
            "prices": [json.dumps(as_json(payer.price)) for payer in admission.payers],
            "holds": [payer.hold for payer in admission.payers],
            "sip_user_id": case.situation.sip_user.id,
            "trunk": order.attempts[0].trunk,
            "trunk_cap": case.situation.cap_of(order.attempts[0].trunk),
            "channel": case.request.channel,
            "paid_seconds": admission.slice_seconds,
            "last_slice": admission.last,
            "ring_seconds": _longest_life(order, admission),
        }
        [(text,)] = self._books.run(statements.RESERVE, values)
        outcome: dict[str, Any] = read_json(text)
        return outcome


def record_refusal(books: Books, record: Mapping[str, Any]) -> None:
    """Write the CDR of a refused call; a second time changes nothing."""
    books.run(statements.REFUSE, record)


def _examine(case: _Case) -> tuple[Candidate, TrunkOrder] | Refused:
    """Find the number, its rate and its trunks."""
    caller = case.situation.sip_user
    if not caller.enabled:
        return case.refuse(Verdict.SUSPENDED, f"{caller.username} is disabled.")
    try:
        number = normalise(case.request.dialled, caller.strip, caller.add)
    except NumberError as error:
        return case.refuse(Verdict.INVALID, str(error))
    case.number = number
    case.story |= story.of_number(case.request.dialled, caller, number)
    return _rate_and_trunks(case, number)


def _rate_and_trunks(case: _Case, number: Number) -> tuple[Candidate, TrunkOrder] | Refused:
    choice = choose(number, case.situation.rates)
    case.story |= story.of_rates(choice)
    if choice.winner is None:
        return case.refuse(Verdict.NO_RATE, f"No rate has a prefix of {number}.")
    case.rate = choice.winner
    order = trunk_order(
        number,
        case.situation.trunks,
        sip_user_trunk=case.situation.sip_user.trunk_id,
        rate_trunk=choice.winner.trunk_id,
        channels=case.situation.channels,
    )
    case.story |= story.of_trunks(order)
    return (choice.winner, order) if order.attempts else _no_way(case, order)


def _no_way(case: _Case, order: TrunkOrder) -> Refused:
    return case.refuse(Verdict.NO_TRUNK, "; ".join(f"{one.trunk}: {one.reason}" for one in order.skips))


def _decide(case: _Case, chain: Sequence[AccountState], rate: Candidate) -> Admission | Refusal:
    caller = case.situation.sip_user
    return admit(
        chain,
        rate.price,
        sip_user_calls=caller.calls,
        sip_user_max_calls=caller.max_calls,
        first_slice=case.situation.first_slice,
    )


def _lost(case: _Case, outcome: dict[str, Any]) -> Refused | None:
    """Say why the hold failed, unless it was for money: then a shorter slice may do."""
    if outcome["known"]:
        return case.refuse(Verdict.ERROR, "This call id has been checked before.")
    if not outcome["sip_user_free"] or not all(payer["free"] for payer in outcome["payers"]):
        return case.refuse(Verdict.MAX_CALLS, "Another call took the last place.")
    if not all(payer["active"] for payer in outcome["payers"]):
        return case.refuse(Verdict.SUSPENDED, "An account was suspended just now.")
    return None


def _as_seen(chain: Sequence[AccountState], payers: list[dict[str, Any]]) -> tuple[AccountState, ...]:
    return tuple(
        replace(account, balance=Decimal(seen["balance"]), held=Decimal(seen["held"]))
        for account, seen in zip(chain, payers, strict=True)
    )


def _longest_life(order: TrunkOrder, admission: Admission) -> int:
    """Seconds after which nothing of the call can be left: every ring limit, the slice, the grace."""
    rings = sum(attempt.ring_seconds for attempt in order.attempts)
    return rings + admission.slice_seconds + GRACE_SECONDS


def _granted(case: _Case, admission: Admission, order: TrunkOrder) -> Granted:
    return Granted(
        case.request,
        case.number,
        order.attempts,
        admission.payers,
        admission.slice_seconds,
        admission.last,
        _longest_life(order, admission),
    )
