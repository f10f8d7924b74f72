"""May this account call now, for how long, and what is set aside by whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from cellhub.domain.money import ZERO
from cellhub.domain.rating import (
    Price,
    hold_for,
    longest_affordable,
    longest_affordable_together,
    smallest_slice,
)
from cellhub.domain.settlement import Payer, next_slice

ACTIVE = "active"
EMERGENCY_SECONDS = 4 * 60 * 60


class Verdict(StrEnum):
    """The answer to a check, as BILLINGRESULT carries it."""

    OK = "ok"
    NO_CREDIT = "no_credit"
    NO_RATE = "no_rate"
    NO_TRUNK = "no_trunk"
    BLOCKED = "blocked"
    CALLERID = "callerid"
    MAX_CALLS = "max_calls"
    SUSPENDED = "suspended"
    SPEND_CAP = "spend_cap"
    LOSS = "loss"
    INVALID = "invalid"
    ERROR = "error"


class Meaning(NamedTuple):
    """What a verdict is to the phone, to people and in the CDR."""

    sip_code: int
    sentence: str
    disposition: str


MEANINGS = {
    Verdict.OK: Meaning(200, "The call may be placed.", "ANSWERED"),
    Verdict.NO_CREDIT: Meaning(402, "The credit does not pay the first seconds of this call.", "FAILED"),
    Verdict.NO_RATE: Meaning(503, "No rate has a prefix of this number.", "CONGESTION"),
    Verdict.NO_TRUNK: Meaning(502, "No trunk can carry this call now.", "CONGESTION"),
    Verdict.BLOCKED: Meaning(603, "The number is restricted.", "FAILED"),
    Verdict.CALLERID: Meaning(606, "The caller id is not allowed.", "FAILED"),
    Verdict.MAX_CALLS: Meaning(486, "As many calls as allowed are running already.", "BUSY"),
    Verdict.SUSPENDED: Meaning(403, "The account is not active.", "FAILED"),
    Verdict.SPEND_CAP: Meaning(480, "The spend cap is reached.", "FAILED"),
    Verdict.LOSS: Meaning(488, "Every trunk would cost more than the call is sold for.", "FAILED"),
    Verdict.INVALID: Meaning(484, "The dialled number is not valid.", "FAILED"),
    Verdict.ERROR: Meaning(500, "The call could not be checked.", "FAILED"),
}
"""The SIP code, the sentence and the manual's disposition of each verdict.

The disposition of ``ok`` is the one of an answered call; how the call went may change it.
"""


@dataclass(frozen=True, slots=True)
class Purse:
    """Whose money an account spends that shares its group's balance, and whether it is in service."""

    name: str
    status: str
    expires_at: dt.datetime | None = None
    frozen: str = ""


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account of the payer chain at the check.

    ``credit_limit`` is 0 for a prepaid account; ``margin`` is what a reseller adds to the
    price of those below it; ``calls`` counts its running calls and those of all below it,
    ``recent`` those of the last second. In a balance group ``balance``, ``held`` and
    ``credit_limit`` are those of the purse; in a quota group ``shares_quota`` is true.
    ``spend_left`` of its day's cap and ``quota_left`` of its group's month are None where there is
    none. ``frozen`` is the sentence by which the brake on fraud stopped it, empty when it did not.
    """

    account_id: int
    name: str
    status: str
    balance: Decimal
    held: Decimal = ZERO
    credit_limit: Decimal = ZERO
    margin: Decimal = ZERO
    calls: int = 0
    max_calls: int = 0
    expires_at: dt.datetime | None = None
    calls_per_second: int = 0
    recent: int = 0
    frozen: str = ""
    purse_id: int | None = None
    purse: Purse | None = None
    spend_cap: Decimal = ZERO
    shares_quota: bool = False
    spend_left: Decimal | None = None
    quota_left: Decimal | None = None

    @property
    def room(self) -> Decimal:
        """What a new hold may take at most: the money, and what cap and quota leave."""
        bounds = (self.available, self.spend_left, self.quota_left)
        return min(one for one in bounds if one is not None)

    @property
    def available(self) -> Decimal:
        """The money that a new hold may still take."""
        return self.balance - self.held + self.credit_limit


@dataclass(frozen=True, slots=True)
class House:
    """What the tenant allows to all of its customers together; a limit of 0 is none."""

    calls: int = 0
    max_calls: int = 0
    recent: int = 0
    calls_per_second: int = 0


NO_LIMITS = House()


@dataclass(frozen=True, slots=True)
class Admission:
    """The call may begin: each payer with its hold, for a slice of whole seconds.

    ``last`` says that the money ends with this slice.
    """

    payers: tuple[Payer, ...]
    slice_seconds: int
    last: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """The call may not begin, and why, in a sentence for people."""

    verdict: Verdict
    reason: str


def out_of_service(chain: Sequence[AccountState], at: dt.datetime) -> Refusal | None:
    """Refuse a call when an account of its payer chain, or its purse, is not active, expired or frozen."""
    payers = (one for account in chain for one in (account, account.purse) if one)
    reasons = (_why_out_of_service(one, at) for one in payers)
    reason = next(filter(None, reasons), "")
    return Refusal(Verdict.SUSPENDED, reason) if reason else None


def admit(
    chain: Sequence[AccountState],
    prices: Sequence[Price],
    *,
    sip_user_calls: int = 0,
    sip_user_max_calls: int = 0,
    first_slice: int = next_slice(0),
    house: House = NO_LIMITS,
) -> Admission | Refusal:
    """Decide on a call from the payer chain, top first and the caller's account last, and their prices.

    A limit of 0 calls is no limit. Nothing is written: who calls this must take the holds
    by a conditional statement, since another call may have taken the money meanwhile.
    """
    busy = _limit_reached(
        f"SIP user: {sip_user_calls} of {sip_user_max_calls} calls", sip_user_calls, sip_user_max_calls
    )
    refusal = busy or _account_busy(chain) or _busy("All customers", house)
    if refusal:
        return refusal
    payers = [
        Payer(one.account_id, price, purse_id=one.purse_id) for one, price in zip(chain, prices, strict=True)
    ]
    smallest = max(smallest_slice(payer.price) for payer in payers)
    rooms, money = [one.room for one in chain], [one.available for one in chain]
    admission = reserve(payers, rooms, paid_seconds=0, wanted=max(first_slice, smallest), money=money)
    if admission is None or admission.slice_seconds < smallest:
        return _no_room(chain, payers, smallest)
    return admission


def admit_free(chain: Sequence[AccountState]) -> Admission:
    """Let an emergency call begin, whatever stands against it: it costs nobody anything.

    Its one slice is long enough to never be extended, for that would ask all limits again.
    """
    payers = tuple(Payer(one.account_id, Price(ZERO)) for one in chain)
    return Admission(payers, EMERGENCY_SECONDS, last=True)


def reserve(
    payers: Sequence[Payer],
    available: Sequence[Decimal],
    *,
    paid_seconds: int,
    wanted: int,
    money: Sequence[Decimal] = (),
) -> Admission | None:
    """Hold the next slice for every payer, as long as the poorest of them can pay.

    ``available`` is what each may still spend; ``money`` what its purse has, where that may be more.
    The holds in the result are for the whole call so far; None when not a second is left.
    """
    seconds = min(
        longest_affordable(payer.hold + left, payer.price, paid_seconds + wanted)
        for payer, left in zip(payers, available, strict=True)
    )
    if len({payer.pays_from for payer in payers}) < len(payers):
        seconds = _in_shared_purses(payers, money or available, seconds)
    if seconds <= paid_seconds:
        return None
    held = tuple(replace(one, hold=hold_for(seconds, one.price)) for one in payers)
    return Admission(held, seconds - paid_seconds, last=seconds < paid_seconds + wanted)


def _in_shared_purses(payers: Sequence[Payer], money: Sequence[Decimal], most: int) -> int:
    """Find for how many seconds each purse can pay for all of the payers that share it."""
    for purse in {payer.pays_from for payer in payers}:
        sharing = [payer for payer in payers if payer.pays_from == purse]
        left = max(one for payer, one in zip(payers, money, strict=True) if payer.pays_from == purse)
        held = sum((payer.hold for payer in sharing), ZERO)
        most = longest_affordable_together(held + left, [payer.price for payer in sharing], most)
    return most


def _why_out_of_service(account: AccountState | Purse, at: dt.datetime) -> str:
    if account.status != ACTIVE:
        return f"{account.name} is {account.status}."
    if account.expires_at and at >= account.expires_at:
        return f"{account.name} expired on {account.expires_at.astimezone(at.tzinfo):%Y-%m-%d %H:%M}."
    return account.frozen


def _account_busy(chain: Sequence[AccountState]) -> Refusal | None:
    for one in chain:
        if busy := _busy(one.name, one):
            return busy
    return None


def _busy(name: str, one: AccountState | House) -> Refusal | None:
    if busy := _limit_reached(f"{name}: {one.calls} of {one.max_calls} calls", one.calls, one.max_calls):
        return busy
    if not 0 < one.calls_per_second <= one.recent:
        return None
    return Refusal(Verdict.MAX_CALLS, f"{name}: {one.recent} of {one.calls_per_second} calls a second began.")


def _limit_reached(what: str, calls: int, limit: int) -> Refusal | None:
    return Refusal(Verdict.MAX_CALLS, f"{what} are running.") if 0 < limit <= calls else None


def _no_room(chain: Sequence[AccountState], payers: Sequence[Payer], smallest: int) -> Refusal:
    needs = [hold_for(smallest, payer.price) for payer in payers]
    short = [(one, need) for one, need in zip(chain, needs, strict=True) if one.room < need]
    if not short:
        return _no_room_together(chain, payers, needs)
    account, needed = short[0]
    verdict, room = _tightest(account, needed)
    return Refusal(verdict, f"{room}; the first {smallest} s cost {needed:f}.")


def _no_room_together(
    chain: Sequence[AccountState], payers: Sequence[Payer], needs: Sequence[Decimal]
) -> Refusal:
    """Refuse a call each of whose payers could pay for itself, but not their purse for all of them."""
    for account, payer in zip(chain, payers, strict=True):
        sharing = [need for one, need in zip(payers, needs, strict=True) if one.pays_from == payer.pays_from]
        if account.available < sum(sharing):
            room = f"The purse of {account.name} has {account.available:f} available"
            return Refusal(Verdict.NO_CREDIT, f"{room}; its {len(sharing)} payers need {sum(sharing):f}.")
    raise AssertionError("some purse is short")


def _tightest(account: AccountState, needed: Decimal) -> tuple[Verdict, str]:
    if account.spend_left is not None and account.spend_left < needed:
        told = f"{account.name} may spend {account.spend_cap:f} a day and has {account.spend_left:f} left"
        return Verdict.SPEND_CAP, told
    if account.quota_left is not None and account.quota_left < needed:
        return Verdict.SPEND_CAP, f"The group of {account.name} has {account.quota_left:f} left this month"
    return Verdict.NO_CREDIT, f"{account.name} has {account.available:f} available"
