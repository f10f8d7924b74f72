"""A call is settled once, by true seconds, within its bound."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellhub.domain.rating import Price, cost, steps
from cellhub.domain.settlement import (
    FINAL,
    TRANSITIONS,
    CallEvent,
    CallState,
    Charge,
    Payer,
    Reading,
    after,
    can_move,
    deadline_after,
    extend_at,
    next_slice,
    seconds_to_charge,
    settle,
)

events = st.lists(st.sampled_from(CallEvent))


def test_settled_and_released_are_final() -> None:
    assert frozenset({CallState.SETTLED, CallState.RELEASED}) == FINAL
    assert set(TRANSITIONS) == set(CallState)
    assert not any(can_move(final, state) for final in FINAL for state in CallState)


@given(events, events)
def test_nothing_moves_a_call_that_is_final(before: list[CallEvent], late: list[CallEvent]) -> None:
    state = CallState.AUTHORISED
    for event in before:
        state = after(state, event)
    ended = state if state in FINAL else CallState.SETTLED
    assert {after(ended, event) for event in late} <= {ended}


def test_an_ordinary_call_goes_through_its_states_and_a_second_report_changes_nothing() -> None:
    told = [
        CallEvent.ANSWER,
        CallEvent.EXTEND,
        CallEvent.EXTEND,
        CallEvent.END,
        CallEvent.SETTLE,
        CallEvent.END,
    ]
    state, seen = CallState.AUTHORISED, []
    for event in told:
        state = after(state, event)
        seen.append(state.value)
    assert seen == ["ANSWERED", "EXTENDED", "EXTENDED", "ENDED", "SETTLED", "SETTLED"]


def test_every_payer_is_charged_its_own_price_and_gets_its_hold_back() -> None:
    own, above = Price(Decimal("0.9")), Price(Decimal("0.6"))
    talked = Decimal("30.000")
    assert settle([Payer(1, above, Decimal("0.6")), Payer(2, own, Decimal("0.9"))], talked) == (
        Charge(1, Decimal("0.300000"), Decimal("0.6"), steps(talked, above)),
        Charge(2, Decimal("0.450000"), Decimal("0.9"), steps(talked, own)),
    )


@pytest.mark.parametrize(
    ("sources", "reading"),
    [
        ([], Reading(Decimal(62), review=False)),
        (["10.5", "10.9"], Reading(Decimal("10.5"), review=False)),
        (["10.5", "12.501"], Reading(Decimal("10.5"), review=True)),
        (["70"], Reading(Decimal(62), review=False)),
        (["-1"], Reading(Decimal(0), review=False)),
        (["60.000400"], Reading(Decimal("60.000"), review=False)),
        (["60.000500"], Reading(Decimal("60.001"), review=False)),
    ],
)
def test_the_most_trusted_seconds_count_within_the_bound(sources: list[str], reading: Reading) -> None:
    assert seconds_to_charge([Decimal(one) for one in sources], paid_seconds=60) == reading


@given(st.decimals(min_value=0, max_value=999, places=3), st.integers(1, 300))
def test_a_call_overspends_at_most_its_grace(talked: Decimal, paid: int) -> None:
    price = Price(Decimal("0.6"))
    charged = seconds_to_charge([talked], paid).seconds
    assert cost(charged, price) <= cost(paid + 2, price)
    assert cost(seconds_to_charge([talked], paid, grace=0).seconds, price) <= cost(paid, price)


def test_slices_grow_and_are_extended_at_their_half() -> None:
    assert [next_slice(n) for n in range(5)] == [60, 120, 300, 300, 300]
    assert (extend_at(60, 60), extend_at(180, 120)) == (Decimal(30), Decimal(120))
    assert deadline_after(180) == 182
