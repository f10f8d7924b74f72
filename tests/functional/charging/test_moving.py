"""A call that moves to its next trunk takes a place there, and leaves the one it had."""

from __future__ import annotations

import pytest

from cellhub.charging.moving import FULL, take_place
from cellhub.charging.settling import settle_call
from tests.factories.routes import open_group, open_trunk
from tests.fixtures.shop import TRUNK, at_once, untalked


@pytest.fixture
def to_the_second(shop):
    """Open a second trunk with these caps, behind the first; return how to move a call to it."""

    def open_second(**caps):
        open_trunk(shop, "second", **caps)
        open_group(shop, TRUNK, "second")
        return lambda granted: take_place(shop.books, granted.request.call_id, "second")

    return open_second


def trunk_of(shop, granted):
    return shop.one("SELECT trunk FROM call WHERE call_id = :id", id=granted.request.call_id)


def test_of_twenty_calls_that_fail_over_at_once_only_as_many_as_its_channels_move(shop, to_the_second):
    move = to_the_second(max_channels=3)
    calls = [shop.call() for _ in range(20)]
    moved = at_once(lambda place: move(calls[place]), 20, 8)
    assert moved.count(True) == 3
    assert [trunk_of(shop, one) for one in calls] == ["second" if free else TRUNK for free in moved]


def test_of_twenty_that_fail_over_within_a_second_only_as_many_as_its_pace_move(shop, to_the_second):
    move = to_the_second(calls_per_second=2)
    calls = [shop.call() for _ in range(20)]
    shop.do("UPDATE call SET authorised_at = now()")
    assert at_once(lambda place: move(calls[place]), 20, 8).count(True) == 2


def test_its_place_on_the_first_trunk_is_free_for_another_call(shop, to_the_second):
    shop.do("UPDATE trunk SET max_channels = 1 WHERE name = :name", name=TRUNK)
    move = to_the_second()
    first = shop.call()
    assert [one.trunk for one in shop.call().attempts] == ["second"]
    assert move(first)
    assert [one.trunk for one in shop.call().attempts] == [TRUNK, "second"]


def test_a_trunk_that_is_full_at_the_check_is_no_failover_target(shop, to_the_second):
    move = to_the_second(max_channels=1)
    assert move(shop.call())
    assert [one.trunk for one in shop.call().attempts] == [TRUNK]


def test_a_full_trunk_is_told_as_skipped_and_once(shop, to_the_second):
    move = to_the_second(max_channels=1)
    first, late = shop.call(), shop.call()
    assert (move(first), move(late), move(late)) == (True, False, False)
    told = shop.one("SELECT story #> '{trunks,skips}' FROM call WHERE call_id = :id", id=late.request.call_id)
    assert told == [{"trunk": "second", "reason": FULL}]


def test_a_second_word_of_the_same_move_takes_no_second_place(shop, to_the_second):
    move = to_the_second(max_channels=1)
    call = shop.call()
    assert (move(call), move(call)) == (True, True)


@pytest.mark.parametrize("end", [True, False])
def test_a_call_that_is_over_and_one_that_nobody_knows_move_nowhere(shop, to_the_second, end):
    move = to_the_second()
    call = shop.call()
    if end:
        settle_call(shop.books, call.payers, untalked(call))
    else:
        shop.do("DELETE FROM call_payer")
        shop.do("DELETE FROM call")
    assert move(call) is False


def test_no_call_moves_to_a_trunk_that_is_gone_or_stopped_or_another_tenants(shop, to_the_second):
    to_the_second(active=False)
    call = shop.call()
    foreign = shop.one("SELECT name FROM trunk WHERE tenant_id <> :t LIMIT 1", t=shop.company.tenant.id)
    for name in ("second", foreign, "none", ""):
        assert take_place(shop.books, call.request.call_id, name) is False
    assert trunk_of(shop, call) == TRUNK
