"""Trunks are tried by the priority of their source, and in the order of their group."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellhub.domain.loss import loses
from cellhub.domain.rating import Price
from cellhub.domain.routing import (
    Attempt,
    Buy,
    Group,
    Member,
    Outgoing,
    Skip,
    SkipCause,
    Strategy,
    Traffic,
    Trunk,
    TrunkOrder,
    TrunkSource,
    Ways,
    Wishes,
    trunk_order,
)

NUMBER = "905551234567"
CALL = Outgoing(NUMBER)
EAST = Trunk(1, "east", priority=20)
WEST = Trunk(
    2, "west", priority=10, strip_prefix="90", add_prefix="00", caller_id='"X" <90212>', ring_seconds=9
)
OFF = Trunk(3, "off", priority=1, active=False)
FULL = Trunk(4, "full", priority=1, max_channels=2)
FAST = Trunk(5, "fast", priority=2, calls_per_second=3)
ALL = (EAST, WEST, OFF, FULL)
TO_EAST = Attempt("east", NUMBER, "", 60)
TO_WEST = Attempt("west", "005551234567", "90212", 9)


def buy(rate: str, **terms: int) -> Buy:
    return Buy(7, "Acme", "90", Price(Decimal(rate), **terms))


def group(*members: Member, strategy: Strategy = Strategy.PRIORITY, codes: str = "") -> Group:
    return Group("carriers", members, strategy, codes)


def names(order: TrunkOrder) -> list[str]:
    return [attempt.trunk for attempt in order.attempts]


def test_a_group_wins_in_its_own_order() -> None:
    wanted = group(Member(2, priority=2), Member(1, priority=1))
    assert trunk_order(CALL, Ways(ALL), Wishes(wanted, sip_user_trunk=2, rate_trunk=2)) == TrunkOrder(
        TrunkSource.GROUP, (TO_EAST, TO_WEST), (), wanted
    )


def test_the_sip_users_trunk_wins_over_the_rates() -> None:
    assert trunk_order(CALL, Ways(ALL), Wishes(sip_user_trunk=2, rate_trunk=1)) == TrunkOrder(
        TrunkSource.SIP_USER, (TO_WEST,), ()
    )


def test_the_rates_trunk_wins_over_the_default_even_when_it_is_off() -> None:
    assert trunk_order(CALL, Ways(ALL), Wishes(rate_trunk=3)) == TrunkOrder(
        TrunkSource.RATE, (), (Skip("off", "inactive", SkipCause.OUT_OF_SERVICE),)
    )


def test_by_default_all_that_can_carry_it_are_tried_by_priority() -> None:
    traffic = {4: Traffic(channels=2), 5: Traffic(calls=3)}
    assert trunk_order(CALL, Ways((*ALL, FAST), traffic), Wishes()) == TrunkOrder(
        TrunkSource.DEFAULT,
        (TO_WEST, TO_EAST),
        (
            Skip("off", "inactive", SkipCause.OUT_OF_SERVICE),
            Skip("full", "full: 2 of 2 channels in use"),
            Skip("fast", "full: 3 of 3 calls begun within a second"),
        ),
    )


def test_a_trunk_below_its_caps_is_tried() -> None:
    traffic = {4: Traffic(channels=1), 5: Traffic(channels=9, calls=2)}
    assert names(trunk_order(CALL, Ways((FULL, FAST), traffic), Wishes())) == ["full", "fast"]


def test_a_trunk_whose_rule_leaves_no_number_or_that_is_gone_is_skipped() -> None:
    eater = Trunk(5, "eater", strip_prefix=NUMBER)
    wanted = group(Member(5), Member(6))
    reason = "After strip and add 1 to 40 of 0-9 * # must remain; only a + may come before them."
    assert trunk_order(CALL, Ways([eater]), Wishes(wanted)) == TrunkOrder(
        TrunkSource.GROUP,
        (),
        (Skip("eater", reason), Skip("trunk 6", "it no longer exists", SkipCause.OUT_OF_SERVICE)),
        wanted,
    )


def test_a_group_without_trunks_says_so_and_no_other_source_is_asked() -> None:
    order = trunk_order(CALL, Ways(ALL), Wishes(group(), sip_user_trunk=1))
    assert (order.attempts, [skip.reason for skip in order.skips]) == ((), ["the group has no trunks"])


def test_a_trunks_own_number_wins_over_the_callers() -> None:
    order = trunk_order(Outgoing(NUMBER, caller_id="15550001"), Ways((EAST, WEST)), Wishes())
    assert [(one.trunk, one.caller_id) for one in order.attempts] == [("west", "90212"), ("east", "15550001")]


def test_the_cheapest_goes_first_the_unknown_last_and_of_equals_the_one_of_priority() -> None:
    trunks = [Trunk(n, f"t{n}") for n in range(1, 6)]
    buys = {1: buy("0.03"), 2: buy("0.01"), 3: buy("0.01"), 4: buy("0", connect_charge=Decimal("0.02"))}
    wanted = group(
        Member(5, 1), Member(1, 1), Member(2, 9), Member(3, 2), Member(4, 1), strategy=Strategy.CHEAPEST
    )
    order = trunk_order(CALL, Ways(trunks, buys=buys), Wishes(wanted))
    assert names(order) == ["t3", "t2", "t4", "t1", "t5"]
    assert [one.buy for one in order.attempts] == [buys[3], buys[2], buys[4], buys[1], None]


def test_what_gives_short_calls_away_is_not_the_cheapest() -> None:
    trunks = [Trunk(1, "bait"), Trunk(2, "plain")]
    buys = {1: buy("0.50", minimum_seconds=90), 2: buy("0.10")}
    wanted = group(Member(1), Member(2), strategy=Strategy.CHEAPEST)
    assert names(trunk_order(CALL, Ways(trunks, buys=buys), Wishes(wanted))) == ["plain", "bait"]


@pytest.mark.parametrize("strategy", [Strategy.WEIGHT, Strategy.RANDOM])
def test_chance_follows_from_the_turn(strategy: Strategy) -> None:
    trunks = [Trunk(n, f"t{n}") for n in range(1, 6)]
    wanted = Wishes(group(*(Member(n) for n in range(1, 6)), strategy=strategy))
    orders = {
        tuple(names(trunk_order(Outgoing(NUMBER, turn=turn), Ways(trunks), wanted)))
        for turn in (*range(50), *range(50))
    }
    again = [trunk_order(Outgoing(NUMBER, turn=7), Ways(trunks), wanted) for _ in range(2)]
    assert again[0] == again[1]
    assert len(orders) > 30


def test_a_greater_weight_comes_first_more_often() -> None:
    trunks = [Trunk(1, "heavy"), Trunk(2, "light")]
    wanted = Wishes(group(Member(1, weight=3), Member(2, weight=1), strategy=Strategy.WEIGHT))
    first = [
        trunk_order(Outgoing(NUMBER, turn=turn), Ways(trunks), wanted).attempts[0].trunk
        for turn in range(4_000)
    ]
    assert 2_850 < first.count("heavy") < 3_150


members = st.lists(
    st.builds(Member, st.integers(1, 8), st.integers(0, 3), st.integers(1, 5)),
    unique_by=lambda member: member.trunk_id,
)
prices = st.builds(
    Price,
    st.decimals("0", "2", places=6),
    initial_block=st.integers(0, 90),
    billing_block=st.integers(1, 90),
    connect_charge=st.decimals("0", "1", places=6),
    minimum_seconds=st.sampled_from([0, 0, 0, 10, 90]),
)
trunks = st.builds(
    lambda n, active, channels, pace: Trunk(
        n, f"t{n}", active=active, max_channels=channels, calls_per_second=pace
    ),
    st.just(0),
    st.booleans(),
    st.integers(0, 2),
    st.integers(0, 2),
)


@given(
    members=members,
    strategy=st.sampled_from(Strategy),
    shapes=st.lists(trunks, min_size=8, max_size=8),
    traffic=st.dictionaries(st.integers(1, 8), st.builds(Traffic, st.integers(0, 3), st.integers(0, 3))),
    buys=st.dictionaries(st.integers(1, 8), st.builds(Buy, st.just(1), st.just("A"), st.just("9"), prices)),
    sell=st.none() | prices,
    turn=st.integers(0, 2**128),
)
def test_every_trunk_of_a_group_is_tried_or_skipped_once_and_for_a_true_reason(
    *, members, strategy, shapes, traffic, buys, sell, turn
) -> None:
    trunks = {
        n: Trunk(n, f"t{n}", 10, "", "", "", one.max_channels, one.calls_per_second, one.active)
        for n, one in enumerate(shapes, start=1)
    }
    ways = Ways(tuple(trunks.values()), traffic, buys)
    order = trunk_order(Outgoing(NUMBER, sell, turn=turn), ways, Wishes(group(*members, strategy=strategy)))

    seen = [*names(order), *(skip.trunk for skip in order.skips)]
    if members:
        assert sorted(seen) == sorted(f"t{member.trunk_id}" for member in members)
    for member in members:
        trunk, now = trunks[member.trunk_id], traffic.get(member.trunk_id, Traffic())
        bought = buys.get(member.trunk_id)
        losing = bool(bought and sell and loses(bought.price, sell))
        free = not (0 < trunk.max_channels <= now.channels or 0 < trunk.calls_per_second <= now.calls)
        assert (trunk.name in names(order)) == (trunk.active and not losing and free)
    assert order.lost == (
        not order.attempts
        and {skip.cause for skip in order.skips} - {SkipCause.OUT_OF_SERVICE} == {SkipCause.LOSS}
    )


def test_a_trunk_that_charges_more_than_is_paid_is_skipped_with_the_sum() -> None:
    ways = Ways((EAST, WEST), buys={1: buy("0.02"), 2: buy("0.03")})
    order = trunk_order(Outgoing(NUMBER, Price(Decimal("0.02"))), ways, Wishes())
    assert names(order) == ["east"]
    assert order.skips == (
        Skip("west", "loss: 60 s cost 0.030000 and are sold for 0.020000", SkipCause.LOSS),
    )
    assert not order.lost


def test_only_loss_is_loss_and_a_trunk_out_of_service_is_no_excuse() -> None:
    call = Outgoing(NUMBER, Price(Decimal("0.01")))
    buys = {1: buy("0.02"), 3: buy("0.02")}
    assert trunk_order(call, Ways((EAST, OFF), buys=buys), Wishes()).lost
    full = {4: Traffic(channels=2)}
    assert not trunk_order(call, Ways((EAST, FULL), full, buys), Wishes()).lost
    assert not trunk_order(call, Ways((OFF,), buys=buys), Wishes()).lost


def test_a_call_that_may_lose_is_carried() -> None:
    assert names(trunk_order(CALL, Ways((EAST,), buys={1: buy("9")}), Wishes())) == ["east"]
