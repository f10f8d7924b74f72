"""The check: a verdict on a call, with the money for its first slice set aside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cellhub.charging import statements, story
from cellhub.charging.books import Books
from cellhub.charging.bounds import bounds_of, bounds_of_the_hold
from cellhub.charging.brake import pull
from cellhub.charging.case import Case
from cellhub.charging.prices import amount, as_json, read_json
from cellhub.charging.situation import Situation, read_situation
from cellhub.charging.steps import examine, no_way, unbraked
from cellhub.charging.usage import with_usage
from cellhub.charging.verdicts import Granted, Refused, Request
from cellhub.charging.ways import buys_as_json
from cellhub.domain.admission import AccountState, Admission, Refusal, Verdict, admit, admit_free
from cellhub.domain.countries import calling_code
from cellhub.domain.numbers import NumberError, normalise, prefixes_of
from cellhub.domain.routing import TrunkOrder
from cellhub.domain.settlement import GRACE_SECONDS

NO_RULE = ("", "")


class Checker:
    """Decides on calls of one tenant, for the Asterisk of one pod."""

    def __init__(self, books: Books, pod: str) -> None:
        self._books = books
        self._pod = pod
        self._rules: dict[str, tuple[str, str]] = {}

    def check(self, request: Request) -> Granted | Refused:
        """Give the verdict on a request, in two round trips to the database, three where limits bound it.

        Calls that race for the last money or place take one more, and the first call of a SIP user
        whose rule for numbers has changed.

        Raises:
            DatabaseAway: nothing is known; the call must be refused.
        """
        situation = self._load(request)
        if situation is None:
            return Refused(request, Verdict.ERROR, f"There is no SIP user {request.endpoint!r}.")
        case = self._opened(request, situation)
        refused = examine(case)
        self._brake(case)
        return refused or self._admit(case)

    def imagine(self, request: Request) -> Case | None:
        """Take a call up to its verdict with nothing written and nothing held; its story tells it.

        None when there is no such SIP user.

        Raises:
            DatabaseAway: nothing is known.
        """
        situation = self._load(request)
        if situation is None:
            return None
        case = self._opened(request, situation)
        if examine(case) is None:
            decision = _decide(case, situation.chain)
            if isinstance(decision, Refusal):
                case.refuse(decision.verdict, decision.reason)
            else:
                case.story |= story.of_admission(decision)
        return case

    def _brake(self, case: Case) -> None:
        if case.alarm is None:
            return
        account_id, lineage = case.situation.sip_user.account_id, case.situation.lineage
        country = calling_code(case.number)
        pull(self._books, case.alarm, account_id=account_id, lineage=lineage, country=country)

    def _braked(self, case: Case, outcome: dict[str, Any]) -> Refused | None:
        """Pull the brake if other calls that began at once came before this one."""
        if outcome["unbraked"]:
            return None
        case.situation = self._with_usage(case.request, case.situation)
        refused = unbraked(case)
        self._brake(case)
        return refused

    def _opened(self, request: Request, situation: Situation) -> Case:
        limits = story.of_limits(situation.sip_user, situation.chain, situation.house)
        return Case(request, situation, story=limits)

    def _load(self, request: Request) -> Situation | None:
        """Read by the number that the caller's rule last gave, and again if the rule has changed."""
        rule = self._rules.get(request.endpoint, NO_RULE)
        situation = self._load_by(request, rule)
        if situation is None:
            return None
        actual = (situation.sip_user.strip, situation.sip_user.add)
        if actual != rule:
            self._rules[request.endpoint] = actual
            situation = self._load_by(request, actual)
        return situation and self._with_usage(request, situation)

    def _with_usage(self, request: Request, situation: Situation) -> Situation:
        bounds = bounds_of(situation)
        if not bounds:
            return situation
        brake = situation.brake
        number = brake.seen.number if brake else ""
        values = {
            "sip_user_id": situation.sip_user.id,
            "account_id": situation.sip_user.account_id,
            "lineage": situation.lineage,
            "number": number,
            "country": calling_code(number),
            "at": request.at,
        }
        [(text,)] = self._books.run(statements.usage(bounds), values)
        return with_usage(situation, text)

    def _load_by(self, request: Request, rule: tuple[str, str]) -> Situation | None:
        try:
            number: str = normalise(request.dialled, *rule)
        except NumberError:
            number = ""
        source = request.source.removeprefix("+")
        values = {
            "endpoint": request.endpoint,
            "source": source,
            "prefixes": list(prefixes_of(number)),
            "at": request.at,
        }
        [(text,)] = self._books.run(statements.LOAD, values)
        return read_situation(text, number)

    def _admit(self, case: Case) -> Granted | Refused:
        order, chain = case.certain_order, case.situation.chain
        for _ in range(len(order.attempts) + 1):
            decision = _decide(case, chain)
            if isinstance(decision, Refusal):
                return case.refuse(decision.verdict, decision.reason)
            outcome = self._reserve(case, decision, order)
            if outcome["admitted"]:
                return _granted(case, decision, order)
            refused = _lost(case, outcome) or self._braked(case, outcome)
            if refused:
                return refused
            # Once more by the money and the channels that were found under the locks.
            if not outcome["trunk_free"]:
                order = case.take(order.without_first("full: another call took the last channel"))
            elif not outcome["trunk_in_time"]:
                order = case.take(
                    order.without_first("full: another call took the last place of this second")
                )
            if not order.attempts:
                return no_way(case, order)
            chain = _as_seen(chain, outcome["payers"])
        return case.refuse(Verdict.NO_CREDIT, "Other calls have taken the credit.")

    def _reserve(self, case: Case, admission: Admission, order: TrunkOrder) -> dict[str, Any]:
        case.story |= story.of_admission(admission)
        first = case.situation.trunk(order.attempts[0].trunk)
        values = {
            **case.facts(),
            "call_id": case.request.call_id,
            "pod": self._pod,
            "account_id": case.situation.sip_user.account_id,
            "accounts": [payer.pays_from for payer in admission.payers],
            "lineage": case.situation.lineage,
            "tenant_cap": case.situation.house.max_calls,
            "tenant_pace": case.situation.house.calls_per_second,
            "emergency": case.emergency,
            "prices": [json.dumps(as_json(payer.price)) for payer in admission.payers],
            "holds": [payer.hold for payer in admission.payers],
            "sip_user_id": case.situation.sip_user.id,
            "trunk": first.name,
            "trunk_cap": first.max_channels,
            "trunk_pace": first.calls_per_second,
            "buys": json.dumps(buys_as_json(order.attempts)),
            "channel": case.request.channel,
            "paid_seconds": admission.slice_seconds,
            "last_slice": admission.last,
            "ring_seconds": _longest_life(order, admission),
        }
        bounds = bounds_of_the_hold(case.situation, first, emergency=case.emergency)
        [(text,)] = self._books.run(statements.reserve(bounds), values)
        outcome: dict[str, Any] = read_json(text)
        return outcome


def record_refusal(books: Books, record: Mapping[str, Any]) -> None:
    """Write the CDR of a refused call; a second time changes nothing."""
    books.run(statements.REFUSE, record)


def _decide(case: Case, chain: Sequence[AccountState]) -> Admission | Refusal:
    if case.emergency:
        return admit_free(chain)
    caller = case.situation.sip_user
    return admit(
        chain,
        case.quotes.prices,
        sip_user_calls=caller.calls,
        sip_user_max_calls=caller.max_calls,
        first_slice=case.situation.first_slice,
        house=case.situation.house,
    )


def _lost(case: Case, outcome: dict[str, Any]) -> Refused | None:
    """Say why the hold failed, unless it was for money: then a shorter slice may do."""
    if outcome["known"]:
        return case.refuse(Verdict.ERROR, "This call id has been checked before.")
    if case.emergency:
        return None
    if not outcome["free"]:
        return case.refuse(Verdict.MAX_CALLS, "Another call took the last place.")
    if not outcome["in_time"]:
        return case.refuse(Verdict.MAX_CALLS, "Another call took the last place of this second.")
    if not outcome["active"]:
        return case.refuse(Verdict.SUSPENDED, "An account was stopped just now.")
    return None


def _as_seen(chain: Sequence[AccountState], payers: list[dict[str, Any]]) -> tuple[AccountState, ...]:
    return tuple(
        replace(
            account,
            balance=Decimal(seen["balance"]),
            held=Decimal(seen["held"]),
            spend_left=amount(seen["spend_left"]),
            quota_left=amount(seen["quota_left"]),
        )
        for account, seen in zip(chain, payers, strict=True)
    )


def _longest_life(order: TrunkOrder, admission: Admission) -> int:
    """Seconds after which nothing of the call can be left: every ring limit, the slice, the grace."""
    rings = sum(attempt.ring_seconds for attempt in order.attempts)
    return rings + admission.slice_seconds + GRACE_SECONDS


def _granted(case: Case, admission: Admission, order: TrunkOrder) -> Granted:
    return Granted(
        case.request,
        case.number,
        order.attempts,
        admission.payers,
        admission.slice_seconds,
        admission.last,
        _longest_life(order, admission),
        order.failover_codes,
    )
