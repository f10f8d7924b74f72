"""Pings for the live pages: gathered, sent together, and lost without harm when nobody can hear them."""

from __future__ import annotations

from cellhub.db.notify import Topic


def test_what_was_gathered_is_sent_once_by_topic_with_each_account_once(pod, pings):
    pod.pings.add([9, 7], Topic.CALLS, Topic.BALANCE)
    pod.pings.add([7, 8], Topic.CALLS)
    pod.pings.send()
    pod.pings.send()
    tenant = pod.shop.company.tenant.id
    assert pings() == [
        {"topic": "calls", "tenant": tenant, "accounts": [7, 8, 9]},
        {"topic": "balance", "tenant": tenant, "accounts": [7, 9]},
    ]


def test_nothing_gathered_sends_nothing_and_asks_no_database(pod, pings):
    with pod.no_database():
        pod.pings.send()
    assert pings() == []


def test_thousands_of_accounts_travel_in_several_pings(pod, pings):
    pod.pings.add(range(1000), Topic.CALLS)
    pod.pings.send()
    several = pings()
    assert len(several) > 1
    assert [account for ping in several for account in ping["accounts"]] == list(range(1000))


def test_pings_that_met_no_database_are_gone_and_later_ones_come(pod, pings):
    pod.pings.add([7], Topic.CALLS)
    with pod.no_database():
        pod.pings.send()
    pod.pings.add([8], Topic.CALLS)
    pod.pings.send()
    assert [ping["accounts"] for ping in pings()] == [[8]]


def test_the_money_of_a_call_pings_those_who_pay_for_it(pod, pings):
    granted, _ = pod.call()
    pod.evidence.release(granted.request.call_id)
    pod.rest()
    assert pings() == []  # not in the transaction that moves the money
    pod.pings.send()
    assert {ping["topic"]: ping["accounts"] for ping in pings()} == {
        topic: [pod.shop.company.client.id] for topic in ("calls", "cdr", "balance")
    }
