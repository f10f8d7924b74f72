"""Parts die, hang and lose each other at random points of many calls: none is lost, none is charged twice."""

from __future__ import annotations

import random

import pytest

from cellhub.domain.settlement import GRACE_SECONDS
from cellhub.money.proof import INVARIANTS
from tests.fakes import agi
from tests.fakes.link import Cut
from tests.faults.by_link import agent_by_link
from tests.faults.conftest import A_SECOND, PAID_SECONDS
from tests.faults.judging import FRAME, books, charged, judge, seen, stories
from tests.faults.storm import storm, talks
from tests.faults.striking import FAULTS, plan
from tests.faults.waiting import Waits
from tests.fixtures.switch import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

PACE = 4.0
CALLS_FOR_A_FAULT = 25
SECONDS_FOR_A_FAULT = 5.0
CALLS_FOR_A_CUT = 2
SETTLED_SECONDS = 300.0
"""A call in doubt waits four minutes for a person's word."""

REPEATED = 10
DONE = "EXECUTE "
"""What a request to the database holds that does something."""


def test_each_answered_call_is_charged_once_by_its_seconds_whatever_dies(
    switch, clients, far_ends, seed, call_count
):
    faults = max(len(FAULTS), call_count // CALLS_FOR_A_FAULT)
    seconds = max(call_count / PACE, faults * SECONDS_FOR_A_FAULT)
    with far_ends("200", "200") as ends, Waits() as waits:
        with storm(switch, *clients.crowds(call_count, seconds)) as running:
            for after, fault in plan(seed, call_count, faults):
                running.strike(fault, after)
            running.finish(seconds + 60)
        assert_charged_once(switch, clients, ends, running.struck, waits)


def test_each_answered_call_is_charged_once_though_the_agent_loses_its_database_at_a_commit(
    switch, clients, far_ends, seed, call_count
):
    count = max(call_count // 5, 30)
    seconds = count / PACE
    chance = random.Random(seed)
    with far_ends("200", "200") as ends, Waits() as waits, agent_by_link(switch) as link:
        with storm(switch, *clients.crowds(count, seconds)) as running:
            for after in range(CALLS_FOR_A_CUT, count, CALLS_FOR_A_CUT):
                wait_for(lambda after=after: running.placed() >= after, f"{after} calls have begun", 120.0)
                link.cut_at(DONE, chance.choice(list(Cut)))
            running.finish(seconds + 60)
        connections = link.connections
        assert_charged_once(switch, clients, ends, running.struck, waits)
    assert connections > count // CALLS_FOR_A_CUT // 2


def assert_charged_once(switch, clients, ends, struck, waits):
    """Hold the books against the far ends, once nothing runs and some ends were reported a second time."""
    switch.wait_until_idle(SETTLED_SECONDS)
    heard = sorted((talk for end in ends for talk in talks(end)), key=lambda talk: talk.answered)
    far, records = seen(heard, struck, waits), charged(switch, clients.accounts)
    for charge in records[:REPEATED]:
        agi.ask(switch.settings.agi_port, charge.call_id, "ANSWER", "16", "200", "1", entry="hangup")
    switch.wait_until_idle()
    judgement = judge(far, charged(switch, clients.accounts))
    say_what_was_seen(far, struck, judgement)
    assert judgement.complaints == [], stories(switch, judgement.complaints, records)
    assert_never_below_the_bound(switch, clients.poor, far)
    for one in books(switch, clients.accounts).values():
        assert (one.balance, one.held) == (one.booked, 0)
    # Of this tenant alone: other tiers put companies whose books were never balanced on the same machine.
    with switch.books() as session:
        assert [drift for rule in INVARIANTS for drift in rule.drifts(session)] == []


def assert_never_below_the_bound(switch, poor, far):
    """Each call may cost an account one grace slice that it has no money for."""
    lowest = {number: one.lowest for number, one in books(switch, [one.account_id for one in poor]).items()}
    paid = {account: charged(switch, [account]) for account in lowest}
    for account, balance in lowest.items():
        assert balance >= -GRACE_SECONDS * A_SECOND * len(paid[account])
    numbers = {one.number for calls in paid.values() for one in calls}
    ended = numbers & {one.number for one in far if one.seconds > PAID_SECONDS}
    print(f"{len(ended)} of {len(numbers)} calls of poor clients outlived their money,", end=" ")
    print(f"no balance was below {min(lowest.values())}, none talked longer than", end=" ")
    print(f"{max((one.seconds for one in far if one.number in numbers), default=0)} s")
    assert ended, "no call was ended by its money"


def say_what_was_seen(far, struck, judgement):
    """Print the figures of a run."""
    calls = {one.number: one for one in far}
    beyond, differences = judgement.beyond_a_frame, judgement.differences.values()
    print(f"{len(far)} calls answered at the far end, {sum(one.cut for one in far)} of them cut off")
    print(f"{len(struck)} faults:", *(f"{one.part} {one.what} at {one.at:.3f};" for one in struck))
    print(f"{len(differences)} calls were not cut off and are charged", end=" ")
    print(f"{min(differences)} to {max(differences)} s otherwise,", end=" ")
    print(f"{len(beyond)} of them by more than {FRAME} s", end="")
    print(
        *(
            f"; {number} by {one}, waited {calls[number].waited(abs(one))}, hung {calls[number].hung}"
            for number, one in beyond.items()
        )
    )
