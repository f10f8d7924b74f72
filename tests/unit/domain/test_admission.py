"""A call begins only on money that every payer of the chain has."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellhub.domain.admission import (
    MEANINGS,
    AccountState,
    Admission,
    Refusal,
    Verdict,
    admit,
    out_of_service,
    reserve,
)
from cellhub.domain.rating import Price, hold_for, smallest_slice, with_margin
from cellhub.domain.settlement import Payer

PRICE = Price(Decimal("0.6"))
NOON = dt.datetime(2026, 7, 16, 12, tzinfo=dt.UTC)
CENTS = st.decimals(min_value=-5, max_value=20, places=2)
accounts = st.builds(
    AccountState,
    account_id=st.integers(1, 9),
    name=st.just("Pera"),
    status=st.just("active"),
    balance=CENTS,
    held=st.decimals(min_value=0, max_value=5, places=2),
    credit_limit=st.sampled_from([Decimal(0), Decimal(10)]),
    margin=st.sampled_from([Decimal(0), Decimal("0.5")]),
)
prices = st.builds(
    Price,
    rate=st.decimals(min_value=0, max_value=9, places=3),
    initial_block=st.sampled_from([0, 1, 30, 90]),
    billing_block=st.sampled_from([1, 6, 60]),
    connect_charge=st.sampled_from([Decimal(0), Decimal("0.1")]),
    minimum_seconds=st.sampled_from([0, 5]),
)

chains = st.lists(accounts, min_size=1, max_size=3, unique_by=lambda one: one.account_id)


def account(balance: str, **others: object) -> AccountState:
    return AccountState(1, "Pera", **{"status": "active", "balance": Decimal(balance), **others})


def test_a_rich_account_gets_the_first_slice() -> None:
    payer = Payer(1, PRICE, Decimal("0.600000"))
    assert admit([account("10")], [PRICE]) == Admission((payer,), 60, last=False)


def test_a_slice_ends_where_the_money_does_and_is_the_last() -> None:
    payer = Payer(1, PRICE, Decimal("0.250000"))
    assert admit([account("0.259")], [PRICE]) == Admission((payer,), 25, last=True)


def test_less_than_the_initial_block_is_no_credit() -> None:
    assert admit([account("0.29")], [Price(Decimal("0.6"), initial_block=30)]) == Refusal(
        Verdict.NO_CREDIT, "Pera has 0.29 available; the first 30 s cost 0.300000."
    )


def test_a_postpaid_account_calls_on_its_limit() -> None:
    admitted = admit([account("-4", credit_limit=Decimal(5))], [PRICE])
    assert isinstance(admitted, Admission)
    assert admitted.slice_seconds == 60


def test_the_poorest_payer_sets_the_slice_of_all() -> None:
    reseller = AccountState(1, "Pera", "active", Decimal("0.10"), margin=Decimal(1))
    client = AccountState(2, "Ada", "active", Decimal(10))
    double = Price(Decimal("1.2"), connect_charge=Decimal("0.0"))
    assert admit([reseller, client], [PRICE, double]) == Admission(
        (Payer(1, PRICE, Decimal("0.100000")), Payer(2, double, Decimal("0.200000"))), 10, last=True
    )


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"status": "suspended"}, "Pera is suspended."),
        ({"status": "blocked"}, "Pera is blocked."),
        ({"expires_at": NOON}, "Pera expired on 2026-07-16 12:00."),
        ({"frozen": "9 calls within a minute, 8 are allowed."}, "9 calls within a minute, 8 are allowed."),
    ],
)
def test_an_account_out_of_service_stops_those_below_it(state: dict[str, object], reason: str) -> None:
    chain = [account("10", **state), account("10")]
    assert out_of_service(chain, NOON) == Refusal(Verdict.SUSPENDED, reason)


def test_an_account_serves_until_the_moment_of_its_expiry() -> None:
    assert out_of_service([account("10", expires_at=NOON)], NOON - dt.timedelta(seconds=1)) is None


def test_as_many_calls_as_allowed_are_not_exceeded() -> None:
    busy = account("10", calls=2, max_calls=2)
    assert admit([busy], [PRICE]) == Refusal(Verdict.MAX_CALLS, "Pera: 2 of 2 calls are running.")
    assert admit([account("10")], [PRICE], sip_user_calls=1, sip_user_max_calls=1) == Refusal(
        Verdict.MAX_CALLS, "SIP user: 1 of 1 calls are running."
    )


@given(chains, prices)
def test_no_hold_takes_more_than_is_available(chain: list[AccountState], price: Price) -> None:
    chained = [with_margin(price, Decimal(place) / 4) for place in range(len(chain))]
    answer = admit(chain, chained)
    if isinstance(answer, Refusal):
        needs = [hold_for(max(map(smallest_slice, chained)), one) for one in chained]
        assert any(one.available < need for one, need in zip(chain, needs, strict=True))
        return
    rests = [one.available - payer.hold for one, payer in zip(chain, answer.payers, strict=True)]
    more = [hold_for(answer.slice_seconds + 1, one) for one in chained]
    assert min(rests) >= 0
    assert not answer.last or any(one.available < need for one, need in zip(chain, more, strict=True))


@given(st.lists(prices, min_size=2, max_size=3), CENTS)
def test_a_purse_that_all_payers_share_pays_for_all_of_them(chained: list[Price], balance: Decimal) -> None:
    chain = [AccountState(place, "Pera", "active", balance, purse_id=9) for place in range(len(chained))]
    answer = admit(chain, chained)
    if isinstance(answer, Refusal):
        assert balance < sum(hold_for(max(map(smallest_slice, chained)), one) for one in chained)
        return
    assert sum(payer.hold for payer in answer.payers) <= balance
    assert not answer.last or sum(hold_for(answer.slice_seconds + 1, one) for one in chained) > balance


def test_an_extension_raises_the_hold_to_the_whole_call() -> None:
    payer = Payer(1, PRICE, Decimal("0.6"))
    assert reserve([payer], [Decimal("0.3")], paid_seconds=60, wanted=120) == Admission(
        (Payer(1, PRICE, Decimal("0.900000")),), 30, last=True
    )
    assert reserve([payer], [Decimal("0.001")], paid_seconds=60, wanted=120) is None


def test_every_verdict_has_its_own_sip_code() -> None:
    assert list(MEANINGS) == list(Verdict)
    assert len({meaning.sip_code for meaning in MEANINGS.values()}) == len(Verdict)
    # The dialplan would answer 401 and 407 with 503, and a phone would ask for a password.
    assert all(400 <= MEANINGS[one].sip_code <= 699 for one in Verdict if one is not Verdict.OK)
