"""What a call must pass before money is asked for, in this order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cellhub.charging import story
from cellhub.charging.case import Case
from cellhub.charging.verdicts import Refused
from cellhub.domain.admission import Verdict, out_of_service
from cellhub.domain.callerid import why_not_listed, why_restricted
from cellhub.domain.fraud import BrakeAction, judge
from cellhub.domain.numbers import NumberError, emergency_number, normalise
from cellhub.domain.pricing import quote
from cellhub.domain.routing import Outgoing, TrunkOrder, Wishes, trunk_order

Step = Callable[[Case], Refused | None]


def examine(case: Case) -> Refused | None:
    """Take a call through all steps; each adds what it found to the case, or refuses."""
    emergency(case)
    for step in EMERGENCY_STEPS if case.emergency else STEPS:
        if refused := step(case):
            return refused
    return None


def emergency(case: Case) -> None:
    """See whether a number was dialled that always passes."""
    caller, dialled = case.situation.sip_user, case.request.dialled
    number = emergency_number(dialled, case.situation.emergency_numbers, caller.strip, caller.add)
    if number:
        case.number, case.emergency = number, True
        case.story |= story.of_number(dialled, caller, number) | story.of_emergency()


def enabled(case: Case) -> Refused | None:
    """Let only a SIP user call that nobody has disabled."""
    caller = case.situation.sip_user
    return None if caller.enabled else case.refuse(Verdict.SUSPENDED, f"{caller.username} is disabled.")


def in_service(case: Case) -> Refused | None:
    """Let only accounts call that are active, together with all above them."""
    refusal = out_of_service(case.situation.chain, case.situation.now.at)
    return case.refuse(refusal.verdict, refusal.reason) if refusal else None


def numbered(case: Case) -> Refused | None:
    """Make a number of what was dialled, by the SIP user's rule."""
    caller = case.situation.sip_user
    try:
        case.number = normalise(case.request.dialled, caller.strip, caller.add)
    except NumberError as error:
        return case.refuse(Verdict.INVALID, str(error))
    case.story |= story.of_number(case.request.dialled, caller, case.number)
    return None


def known_caller(case: Case) -> Refused | None:
    """Hold the caller against the white and black lists of the tenant and of the chain."""
    reason = why_not_listed(case.source.removeprefix("+"), case.situation.barriers.callers)
    return case.refuse(Verdict.CALLERID, reason) if reason else None


def permitted(case: Case) -> Refused | None:
    """Hold the number against the restricted ones, of the SIP user and of everybody."""
    bars = case.situation.barriers
    own, everywhere, only_own = bars.own, bars.everywhere, bars.allow_list
    reason = why_restricted(case.number, own=own, everywhere=everywhere, allow_list=only_own)
    return case.refuse(Verdict.BLOCKED, reason) if reason else None


def unbraked(case: Case) -> Refused | None:
    """Hold what the account does against its profile; an alarm that only notifies lets the call go on."""
    brake = case.situation.brake
    case.alarm = judge(brake.profile, brake.seen) if brake else None
    if case.alarm is None:
        return None
    case.story |= story.of_alarm(case.alarm)
    if case.alarm.action is BrakeAction.NOTIFY:
        return None
    return case.refuse(Verdict.SUSPENDED, case.alarm.reason)


def priced(case: Case) -> Refused | None:
    """Find what each payer pays."""
    found = case.situation
    case.quotes = quote(case.number, found.decks, found.payees, found.now, own_deck=found.sip_user.own_deck)
    case.story |= story.of_prices(case.quotes)
    case.rate = case.quotes.rate
    return None if case.rate else case.refuse(Verdict.NO_RATE, f"No rate has a prefix of {case.number}.")


def routed(case: Case) -> Refused | None:
    """Find the trunks, in their order."""
    situation = case.situation
    wishes = Wishes(situation.group, situation.sip_user.trunk_id, case.rate.trunk_id if case.rate else None)
    # A SIP user's own number is on its channel already.
    shown = "" if case.shown == case.source else case.shown
    call = Outgoing(case.number, case.least_paid, shown, case.turn)
    # An emergency number is no beginning of a number abroad, so no deck knows what it costs.
    ways = replace(situation.ways, buys={}) if case.emergency else situation.ways
    order = trunk_order(call, ways, wishes)
    case.take(order)
    return None if order.attempts else no_way(case, order)


def no_way(case: Case, order: TrunkOrder) -> Refused:
    """Refuse a call that no trunk can carry, or none without a loss."""
    verdict = Verdict.LOSS if order.lost else Verdict.NO_TRUNK
    return case.refuse(verdict, "; ".join(f"{one.trunk}: {one.reason}" for one in order.skips))


STEPS: tuple[Step, ...] = (enabled, in_service, numbered, known_caller, permitted, unbraked, priced, routed)

EMERGENCY_STEPS: tuple[Step, ...] = (routed,)
"""An emergency call needs a trunk and nothing else."""
