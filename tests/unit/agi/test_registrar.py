"""One pod of a tenant registers; another one when it is gone, drains, or cannot renew."""

from __future__ import annotations

import pytest
from cellhub_agi.registrar import LEASE_SECONDS, Registrar

FIRST, SECOND = "north-switch-0", "north-switch-1"


@pytest.fixture
def place(shop, tmp_path):
    """Make the registrar of a pod, with a folder of its own."""

    def make(pod, books=shop.books):
        (tmp_path / pod).mkdir(exist_ok=True)
        return Registrar(books, pod, tmp_path / pod / "draining")

    return make


@pytest.fixture
def pair(place):
    return place(FIRST), place(SECOND)


def renewed(*registrars):
    for one in registrars:
        one.renew()
    return [one.holds for one in registrars]


def runs_out(shop):
    """Let the lease end, as it does by itself when nobody renews it."""
    shop.do("UPDATE registrar_lease SET expires_at = now() - interval '1 second'")


def test_the_first_to_ask_registers_and_keeps_it(pair):
    assert renewed(*pair) == [True, False]
    assert renewed(*reversed(pair)) == [False, True]


def test_another_pod_takes_over_from_one_that_is_gone(pair, shop):
    first, second = pair
    first.renew()
    runs_out(shop)
    assert renewed(second, first) == [True, False]


def test_who_cannot_renew_stops_no_later_than_another_may_begin(place, clock, pod):
    first = place("north-switch-0", pod.books)
    first.renew()
    assert first.holds
    with pod.no_database():
        clock.ahead = LEASE_SECONDS / 2
        first.renew()
        assert first.holds
        clock.ahead = LEASE_SECONDS + 0.1
        first.renew()
        assert not first.holds


def test_a_pod_that_drains_gives_it_up_at_once_and_takes_it_no_more(pair, tmp_path):
    first, second = pair
    first.renew()
    (tmp_path / FIRST / "draining").touch()
    assert renewed(first, second, first) == [False, True, False]


def test_giving_up_what_one_has_not_changes_nothing(pair):
    first, second = pair
    first.renew()
    second.give_up()
    assert renewed(second, first) == [False, True]


def test_each_tenant_has_a_registrar_of_its_own(place, shop):
    assert renewed(place(FIRST), place("south-switch-0", shop.neighbours)) == [True, True]
