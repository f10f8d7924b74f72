"""Calls whose sources differ are listed and settled by a person's word; late evidence gives money back."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from decimal import Decimal

import pytest

from cellhub.calls.telling import tell
from cellhub.charging.books import SessionBooks
from cellhub.charging.endings import as_values
from cellhub.charging.late import give_back
from cellhub.charging.reviewing import NotInReview, TooLong, doubted_calls
from cellhub.charging.settling import hold_for_review, settle_call
from cellhub.cli import review as command
from cellhub.db.scope import Scope, enter_scope
from cellhub.domain.settlement import BOUND
from cellhub.local.explaintext import text
from cellhub.local.problem import Problem
from cellhub.money.proof import INVARIANTS
from cellhub.money.reviewing import settle_review
from tests.fixtures.shop import BEGAN, NUMBER, at_once, talked

OPENING = Decimal("50.000000")
HELD = Decimal("0.026000") + Decimal("0.032500")
# 905 at 0.024 and, resold, 0.030 a minute by 30/6, and the connection: 40 s are 42 s.
WHOLESALE, RETAIL = Decimal("0.018800"), Decimal("0.023500")
WORD = {"seconds": Decimal(40), "note": "the far end's own record"}


@pytest.fixture
def doubted(shop):
    """A resold call whose evidence says 61.4 s and whose agent saw 30 s; its id."""
    granted = shop.answered("north-201")
    smaller = replace(talked(granted, "30.000"), readings={"evidence": "61.400", "monotonic": "30.000"})
    assert hold_for_review(shop.books, granted.request.call_id, BEGAN, as_values(smaller))
    return granted.request.call_id


def settle(shop, call_id, **word):
    with shop.session() as session:
        actor = shop.actor
        settle_review(session, actor, call_id, **WORD | word)


def in_review(shop):
    with shop.session() as session:
        return doubted_calls(SessionBooks(session))


def balances(shop):
    return [shop.money(one.id) for one in (shop.company.reseller, shop.company.resold)]


def drifts(shop):
    with shop.factory.begin() as session:
        enter_scope(session, Scope.platform())
        # The factory's own records were never booked, so the sums of days are no proof here.
        return [drift for one in INVARIANTS if one.number != 6 for drift in one.drifts(session)]


def test_the_list_tells_both_readings_the_money_held_and_the_age(shop, doubted):
    shop.do("UPDATE call SET ended_at = now() - interval '90 s' WHERE call_id = :id", id=doubted)
    (one,) = in_review(shop)
    assert (one.call_id, one.sip_user, one.number) == (doubted, "north-201", NUMBER)
    assert one.readings == {"evidence": "61.400", "monotonic": "30.000"}
    assert (one.source, one.seconds, one.held) == ("evidence", "30.000", HELD)
    assert 90 <= one.age < 120
    assert command.listed([replace(one, age=90)], as_json=False).splitlines() == [
        f"Call {doubted}: north-201 to {NUMBER} Turkey Mobile",
        "  ended 90 s ago, holds 0.058500 of all its payers",
        "  61.400 s by evidence, 30.000 s by monotonic",
        "  without a word of yours 30.000 s by evidence count",
    ]
    assert json.loads(command.listed([one], as_json=True))[0]["held"] == "0.058500"


def test_without_doubts_the_list_says_so(shop):
    assert command.listed(in_review(shop), as_json=False) == "No call is in review."


def test_a_persons_word_settles_the_call_once_for_every_payer(shop, doubted):
    settle(shop, doubted)
    assert balances(shop) == [(OPENING - WHOLESALE, 0), (OPENING - RETAIL, 0)]
    row = shop.rows("SELECT state, story #>> '{settlement,source}' FROM call WHERE call_id = :id", id=doubted)
    assert row == [("SETTLED", "Ada: the far end's own record")]
    assert shop.one("SELECT billsec FROM cdr WHERE call_id = :id", id=doubted) == Decimal("40.000")
    assert shop.rows("SELECT actor, count(*) FROM ledger_entry WHERE kind = 'call' GROUP BY actor") == [
        ("Ada", 2)
    ]
    assert (in_review(shop), drifts(shop)) == ([], [])


def test_the_word_is_audited_with_the_money(shop, doubted):
    settle(shop, doubted)
    assert shop.rows("SELECT actor, object_name, changes FROM audit_entry WHERE action = 'settle'") == [
        (
            "Ada",
            doubted,
            {
                "seconds": ["30.000", "40"],
                "readings": {"evidence": "61.400", "monotonic": "30.000"},
                "note": [None, WORD["note"]],
            },
        )
    ]


def test_a_call_in_another_state_is_refused_and_nothing_changes(shop, doubted):
    settle(shop, doubted)
    before = balances(shop)
    running = shop.answered().request.call_id
    for call_id, state in ((doubted, "SETTLED"), (running, "ANSWERED")):
        with pytest.raises(NotInReview) as refused:
            settle(shop, call_id)
        assert str(refused.value) == f"Call {call_id} is not in review: it is {state}."
    assert (balances(shop), shop.one("SELECT count(*) FROM audit_entry WHERE action = 'settle'")) == (
        before,
        1,
    )


def test_many_words_at_once_settle_it_once(shop, doubted):
    def say(n):
        try:
            settle(shop, doubted, seconds=Decimal(30 + n))
        except NotInReview:
            return 0
        return 1

    assert sum(at_once(say, 12, 6)) == 1
    assert shop.one("SELECT count(*) FROM audit_entry WHERE action = 'settle'") == 1
    assert drifts(shop) == []


def test_more_seconds_than_were_paid_for_are_refused(shop, doubted):
    with pytest.raises(TooLong) as refused:
        settle(shop, doubted, seconds=Decimal("62.001"))
    assert str(refused.value) == "The call was paid for until 62 s and ended by then; write no more."


def test_the_command_settles_by_the_beginning_of_the_id_and_explains_the_word(shop, doubted):
    with shop.session() as session:
        said = command.settled(session, doubted[:16], Decimal("40"), "asked the carrier")
    assert said.startswith(f"Call {doubted} is settled by 40 s.")
    with shop.session() as session:
        told = text(tell(session, doubted))
    assert "  Review     the sources differ: 61.400 s by evidence, 30.000 s by monotonic" in told.splitlines()
    assert "(cellhub review): asked the carrier" in told


def test_the_command_refuses_with_a_sentence(shop, doubted):
    settle(shop, doubted)
    with shop.session() as session, pytest.raises(Problem) as refused:
        command.settled(session, doubted, Decimal(40), "again")
    assert str(refused.value) == f"Call {doubted} is not in review: it is SETTLED."


@pytest.mark.parametrize(
    "given", [{"call": "ab"}, {"call": "ab", "settle": Decimal(1)}, {"note": "why"}, {"settle": Decimal(1)}]
)
def test_half_of_a_word_is_none(given):
    asked = argparse.Namespace(**{"call": None, "settle": None, "note": None, "json": False} | given)
    with pytest.raises(Problem):
        command.run(asked)


def at_the_bound(shop):
    """A resold call that was charged to its bound of 62 s; its id."""
    granted = shop.answered("north-201")
    assert settle_call(shop.books, granted.payers, replace(talked(granted, "62"), source=BOUND))
    return granted.request.call_id


def test_late_evidence_gives_every_payer_its_money_back_once(shop):
    call_id = at_the_bound(shop)
    given = at_once(lambda _: give_back(shop.books, call_id, Decimal(40)), 12, 6)
    assert sum(len(booked) for booked in given) == 2
    assert balances(shop) == [(OPENING - WHOLESALE, 0), (OPENING - RETAIL, 0)]
    assert drifts(shop) == []
    with shop.session() as session:
        lines = text(tell(session, call_id)).splitlines()
    instead = "40.000 s instead of 62 s by bound; the rest was given back"
    assert f"  Late       evidence came after the settlement: {instead}" in lines


def test_late_evidence_lowers_what_the_day_has_cost_each_payer(shop):
    call_id = at_the_bound(shop)
    (begins,) = {starts_at for (starts_at,) in shop.rows("SELECT starts_at FROM spending")}
    give_back(shop.books, call_id, Decimal(40))
    assert shop.rows("SELECT account_id, starts_at, amount FROM spending ORDER BY account_id") == [
        (shop.company.reseller.id, begins, WHOLESALE),
        (shop.company.resold.id, begins, RETAIL),
    ]


def test_what_was_settled_by_evidence_is_settled(shop):
    granted = shop.answered()
    settle_call(shop.books, granted.payers, talked(granted, "61.400"))
    assert give_back(shop.books, granted.request.call_id, Decimal(10)) == []
    assert give_back(shop.books, "0" * 32, Decimal(10)) == []
