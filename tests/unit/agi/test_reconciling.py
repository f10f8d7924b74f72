"""Calls whose end nobody reported: the softswitch lists them, does not, or cannot be asked."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from cellhub_agi.calls import Calls
from cellhub_agi.reconciling import PATIENCE, REVIEWED, SETTLING, YOUNG

from cellhub.charging.running import note_answer
from tests.fakes.ami import listing
from tests.fixtures.pod import answer_line, end_line
from tests.fixtures.shop import CALLEE, CALLER, POD, TRUNK
from tests.fixtures.switch import wait_for

OPENING = Decimal("50.000000")
FIRST_HOLD = Decimal("0.026000")
RELEASED = ("NO ANSWER", None, "", Decimal("0.000"))
LIFE = 122
"""How long the call of the shop can ring and talk, unanswered: two rings of 60 s and the grace."""

BOUND = 62
# 905 costs 0.024 a minute in blocks of 30 and 6 s and 0.002 for the connection.
COST_OF_BOUND, COST_OF_HALF = Decimal("0.028400"), Decimal("0.014000")


def about(number):
    """Seconds, give or take what the test itself takes."""
    return pytest.approx(Decimal(number), abs=Decimal("1.5"))


@pytest.fixture
def tick(pod):
    """Do one round and all that follows from it."""

    def one():
        pod.reconciler.tick()
        pod.rest()

    return one


@pytest.fixture
def answered(pod, clock):
    """A call that was answered just now, its answer seen as it happened."""
    granted, _ = pod.call()
    pod.look()
    pod.write(answer_line(granted, clock.now()))
    pod.look()
    return granted


def test_a_call_that_the_softswitch_lists_goes_on(pod, answered, tick, clock):
    pod.lists(answered)
    clock.ahead = 3000
    tick()
    assert (pod.state(answered), pod.money()) == ("ANSWERED", (OPENING, FIRST_HOLD))


def test_an_answered_call_that_it_does_not_list_ended_just_now(pod, answered, tick, clock):
    clock.ahead = 30
    tick()
    assert pod.record(answered) == ("ANSWERED", 200, TRUNK, about(30))
    assert (pod.source(answered), pod.money()[1]) == ("last seen", Decimal(0))


def test_an_unanswered_call_that_it_does_not_list_gets_its_hold_back(pod, tick, clock):
    granted, _ = pod.call()
    clock.ahead = 30
    tick()
    assert (pod.record(granted), pod.money()) == (RELEASED, (OPENING, Decimal(0)))


def test_a_call_that_ended_while_the_session_was_broken_is_charged_until_it_broke(pod, answered, tick, clock):
    clock.ahead = 20
    pod.switch.answers = lambda action: None
    pod.link.keep()  # its ping meets a softswitch that ends
    pod.lists()
    clock.ahead = 50
    pod.link.keep()
    tick()
    assert (pod.record(answered)[3], pod.source(answered)) == (about(20), "last seen")


def test_a_call_that_outlived_a_broken_session_is_charged_for_what_it_talked_after_it(
    pod, answered, tick, clock
):
    clock.ahead = 20
    pod.switch.answers = lambda action: None
    pod.link.keep()
    pod.link.keep()
    pod.lists(answered)
    tick()
    clock.ahead = 50
    pod.lists()
    tick()
    assert (pod.record(answered)[3], pod.source(answered)) == (about(50), "last seen")


def test_nothing_is_ended_that_the_softswitch_cannot_be_asked_about(pod, answered, tick, clock):
    ringing, _ = pod.call()
    pod.link.close()
    clock.ahead = BOUND + PATIENCE - 2
    tick()
    assert (pod.state(answered), pod.state(ringing)) == ("ANSWERED", "AUTHORISED")


def test_a_list_that_breaks_off_ends_nothing(pod, answered, tick, clock):
    pod.switch.answers = lambda action: None
    clock.ahead = 30
    tick()
    assert pod.state(answered) == "ANSWERED"


def test_a_softswitch_that_never_comes_back_lets_a_call_be_charged_to_its_bound(pod, answered, tick, clock):
    ringing, _ = pod.call()
    pod.link.close()
    clock.ahead = BOUND + PATIENCE + 2
    tick()
    assert pod.record(answered) == ("ANSWERED", 200, TRUNK, Decimal("62.000"))
    assert pod.source(answered) == "bound"
    assert pod.state(ringing) == "AUTHORISED"
    clock.ahead = LIFE + PATIENCE + 2
    tick()
    assert (pod.record(ringing), pod.money()[1]) == (RELEASED, Decimal(0))


def test_a_call_of_the_last_seconds_is_on_its_way_and_left_alone(pod, tick, clock):
    granted, _ = pod.call()
    tick()
    assert pod.state(granted) == "AUTHORISED"
    clock.ahead = YOUNG + 1
    tick()
    assert pod.state(granted) == "RELEASED"


def test_a_young_call_whose_session_broke_after_its_answer_is_not_on_its_way(pod, answered, tick, clock):
    clock.ahead = 1
    pod.switch.cut()
    wait_for(lambda: not pod.link.up, "the end is seen")
    pod.link.keep()
    tick()
    assert pod.record(answered) == ("ANSWERED", 200, TRUNK, about(1))


def test_an_end_on_the_disk_counts_more_than_its_absence_from_the_list(pod, answered, tick, clock):
    began = clock.now()
    clock.ahead = 30
    pod.look()
    # It ends while the list is on its way: it is not there, and its line is.
    line = end_line(answered, began + dt.timedelta(seconds=30), answered=began)

    def end_meanwhile(action):
        pod.write(line)
        return listing(action, [])

    pod.switch.answers = end_meanwhile
    tick()
    assert (pod.record(answered)[3], pod.source(answered)) == (Decimal("30.000"), "evidence")


def test_an_agent_that_starts_anew_takes_up_the_calls_of_its_pod(pod, tick):
    gone, listed = pod.shop.call(), pod.shop.call()
    pod.shop.do("UPDATE call SET authorised_at = authorised_at - interval '60 s'")
    pod.lists(listed)
    tick()
    assert (pod.state(gone), pod.state(listed)) == ("RELEASED", "AUTHORISED")
    assert [call.call_id for call in pod.calls.all()] == [listed.request.call_id]


def test_the_calls_of_another_pod_are_not_its_own(pod, tick):
    granted = pod.shop.call()
    pod.shop.do("UPDATE call SET pod = 'pod-2', authorised_at = authorised_at - interval '1 h'")
    assert POD != "pod-2"
    tick()
    assert pod.state(granted) == "AUTHORISED"


def test_a_call_that_is_being_settled_is_judged_again_only_when_that_came_to_nothing(pod, tick, clock):
    granted, call = pod.call()
    clock.ahead = 20
    call.settling_on = call.began_on + 20
    tick()
    assert pod.state(granted) == "AUTHORISED"
    clock.ahead = 20 + SETTLING + 1
    tick()
    assert pod.state(granted) == "RELEASED"


def test_a_doubted_call_is_settled_by_the_smaller_reading_when_nothing_better_came(
    pod, answered, tick, clock
):
    began = clock.now()
    clock.ahead = 20
    pod.look()
    pod.write(end_line(answered, began + dt.timedelta(seconds=50), answered=began))
    pod.look()
    clock.ahead = 20 + REVIEWED - 2
    tick()
    assert (pod.state(answered), pod.money()) == ("REVIEW", (OPENING, FIRST_HOLD))
    clock.ahead = 20 + REVIEWED + 2
    tick()
    assert (pod.state(answered), pod.record(answered)[3]) == ("SETTLED", about(20))
    assert pod.money()[1] == Decimal(0)


def test_a_doubt_outlives_the_agent_that_had_it(pod, answered, tick, clock):
    began = clock.now()
    clock.ahead = 20
    pod.look()
    pod.write(end_line(answered, began + dt.timedelta(seconds=50), answered=began))
    pod.look()
    pod.calls.end(answered.request.call_id)
    clock.ahead = 50 + REVIEWED + 2
    tick()
    assert (pod.state(answered), pod.record(answered)[3]) == ("SETTLED", about(20))


def test_what_the_spool_kept_is_written_before_anything_is_judged(pod, tick, clock):
    granted, call = pod.call()
    clock.ahead = 5
    call.answer(clock.now(), call.began_on + 5, exact=True)
    call.trunk, call.caller_channel, call.callee_channel = TRUNK, CALLER, CALLEE
    with pod.no_database():
        pod.settlements.answered(call)
    pod.calls.end(call.call_id)
    clock.ahead = 35
    tick()
    # Had the books been read first, it would have been given back as never answered.
    assert (pod.record(granted)[0], pod.record(granted)[3]) == ("ANSWERED", about(30))


def test_without_the_books_nothing_is_ended(pod, answered, tick, clock):
    clock.ahead = 3000
    with pod.no_database():
        tick()
        assert len(pod.spool) == 0
    assert (pod.state(answered), len(pod.calls)) == ("ANSWERED", 1)


def test_an_answer_that_only_the_books_know_is_charged_from_there(pod, tick, clock):
    granted = pod.shop.call()
    note_answer(
        pod.shop.books,
        granted.request.call_id,
        answered_at=clock.now() - dt.timedelta(seconds=25),
        trunk=TRUNK,
        caller_channel=CALLER,
        callee_channel=CALLEE,
    )
    pod.shop.do("UPDATE call SET authorised_at = authorised_at - interval '60 s'")
    assert isinstance(pod.calls, Calls)
    tick()
    assert (pod.record(granted)[0], pod.record(granted)[3]) == ("ANSWERED", about(25))


def test_evidence_that_comes_after_a_settlement_at_the_bound_gives_money_back(pod, answered, tick, clock):
    began = clock.now()
    pod.link.close()
    clock.ahead = BOUND + PATIENCE + 2
    tick()
    assert (pod.record(answered)[3], pod.money()) == (
        Decimal("62.000"),
        (OPENING - COST_OF_BOUND, Decimal(0)),
    )
    pod.write(end_line(answered, began + dt.timedelta(seconds=30), answered=began))
    pod.look()
    assert pod.money() == (OPENING - COST_OF_HALF, Decimal(0))
    assert pod.record(answered)[3] == Decimal("62.000")
    (entry,) = pod.shop.rows("SELECT reason, amount, note, actor FROM ledger_entry WHERE kind = 'adjustment'")
    assert entry == (
        f"adjust:{answered.request.call_id}:1",
        COST_OF_BOUND - COST_OF_HALF,
        "30.000 s by late evidence, not 62 s (bound)",
        "agent",
    )


def test_late_evidence_of_a_longer_call_charges_nobody_more(pod, answered, tick, clock):
    began = clock.now()
    pod.link.close()
    clock.ahead = BOUND + PATIENCE + 2
    tick()
    pod.write(end_line(answered, began + dt.timedelta(seconds=90), answered=began))
    pod.look()
    assert pod.money() == (OPENING - COST_OF_BOUND, Decimal(0))


def test_late_evidence_waits_in_the_spool_while_the_books_are_away(pod, answered, tick, clock):
    pod.link.close()
    clock.ahead = BOUND + PATIENCE + 2
    tick()
    with pod.no_database():
        pod.settlements.late(answered.request.call_id, Decimal(30))
    assert (len(pod.spool), pod.money()[0]) == (1, OPENING - COST_OF_BOUND)
    assert pod.settlements.replay() == 1
    assert pod.money()[0] == OPENING - COST_OF_HALF
