"""Parts die, hang and lose each other at random points of many calls: none is lost, none is charged twice."""

from __future__ import annotations

import random

import pytest

from cellhub.money.proof import INVARIANTS
from tests.fakes import agi
from tests.fakes.link import Cut
from tests.faults.by_link import agent_by_link
from tests.faults.judging import FRAME, PROMPT, balances, charged, judge, seen, stories
from tests.faults.storm import FAULTS, plan, storm, talks
from tests.fixtures.switch import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

PHONES = 4
PACE = 4
CALLS_FOR_A_FAULT = 25
CALLS_FOR_A_CUT = 2
SETTLED_SECONDS = 150.0
REPEATED = 10
DONE = "EXECUTE "
"""What a request to the database holds that does something."""


@pytest.fixture
def subscribers(subscribe):
    """The clients whose phones call in turn."""
    return [subscribe() for _ in range(PHONES)]


def test_each_answered_call_is_charged_once_by_its_seconds_whatever_dies(
    switch, subscribers, far_ends, seed, call_count
):
    faults = max(len(FAULTS), call_count // CALLS_FOR_A_FAULT)
    with far_ends("200", "200") as ends:
        with storm(switch, [one.phone for one in subscribers], call_count, PACE) as running:
            for after, fault in plan(seed, call_count, faults):
                running.strike(fault, after)
            running.finish(call_count / PACE + 60)
        assert_charged_once(switch, subscribers, ends, running.struck)


def test_each_answered_call_is_charged_once_though_the_agent_loses_its_database_at_a_commit(
    switch, subscribers, far_ends, seed, call_count
):
    count = max(call_count // 5, 30)
    chance = random.Random(seed)
    with far_ends("200", "200") as ends, agent_by_link(switch) as link:
        with storm(switch, [one.phone for one in subscribers], count, PACE) as running:
            for after in range(CALLS_FOR_A_CUT, count, CALLS_FOR_A_CUT):
                wait_for(lambda after=after: running.placed() >= after, f"{after} calls have begun", 120.0)
                link.cut_at(DONE, chance.choice(list(Cut)))
            running.finish(count / PACE + 60)
        connections = link.connections
        assert_charged_once(switch, subscribers, ends, running.struck)
    assert connections > count // CALLS_FOR_A_CUT // 2


def assert_charged_once(switch, subscribers, ends, struck):
    """Hold the books against the far ends, once nothing runs and some ends were reported a second time."""
    accounts = [one.account_id for one in subscribers]
    switch.wait_until_idle(SETTLED_SECONDS)
    heard = sorted((talk for end in ends for talk in talks(end)), key=lambda talk: talk.answered)
    far, books = seen(heard, struck), charged(switch, accounts)
    for charge in books[:REPEATED]:
        agi.ask(switch.settings.agi_port, charge.call_id, "ANSWER", "16", "200", "1", entry="hangup")
    switch.wait_until_idle()
    judgement = judge(far, charged(switch, accounts))
    print(f"{len(far)} calls answered at the far end, {sum(one.cut for one in far)} of them cut off")
    print("faults:", *(f"{one.part} {one.what} at {one.at:.3f};" for one in struck))
    print(
        f"the others were charged {min(judgement.differences)} to {max(judgement.differences)} s otherwise,",
        f"{judgement.within_a_frame:.1%} of them within {FRAME} s",
    )
    assert far, "nobody was called"
    assert judgement.complaints == [], stories(switch, judgement.complaints, books)
    assert judgement.within_a_frame >= PROMPT
    for balance, held, booked in balances(switch, accounts).values():
        assert (balance, held) == (booked, 0)
    # Of this tenant alone: other tiers put companies whose books were never balanced on the same machine.
    with switch.books() as session:
        assert [drift for rule in INVARIANTS for drift in rule.drifts(session)] == []
