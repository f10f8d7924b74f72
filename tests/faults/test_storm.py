"""Parts die and hang at random points of many calls: none is lost, none is charged twice."""

from __future__ import annotations

import pytest

from tests.fakes import agi
from tests.faults.judging import balances, charged, command, judge, seen, stories
from tests.faults.storm import FAULTS, plan, storm, talks

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

PHONES = 4
PACE = 4
CALLS_FOR_A_FAULT = 25
SETTLED_SECONDS = 150.0
REPEATED = 10


def test_each_answered_call_is_charged_once_by_its_seconds_whatever_dies(
    switch, subscribe, far_ends, seed, call_count
):
    subscribers = [subscribe() for _ in range(PHONES)]
    accounts = [one.account_id for one in subscribers]
    faults = max(len(FAULTS), call_count // CALLS_FOR_A_FAULT)
    with far_ends("200", "200") as ends:
        with storm(switch, [one.phone for one in subscribers], call_count, PACE) as running:
            for after, fault in plan(seed, call_count, faults):
                running.strike(fault, after)
            running.finish(call_count / PACE + 60)
        switch.wait_until_idle(SETTLED_SECONDS)
        heard = sorted((talk for end in ends for talk in talks(end)), key=lambda talk: talk.answered)
    far, books = seen(heard, running.struck), charged(switch, accounts)
    for charge in books[:REPEATED]:
        agi.ask(switch.settings.agi_port, charge.call_id, "ANSWER", "16", "200", "1", entry="hangup")
    switch.wait_until_idle()
    judgement = judge(far, charged(switch, accounts))
    print(f"{call_count} calls, {len(far)} answered at the far end, {sum(one.cut for one in far)} cut off")
    print("faults:", *(f"{one.part} {one.what} at {one.at:.3f};" for one in running.struck))
    print(f"the largest difference of a call that was not cut off is {judgement.largest} s")
    assert judgement.complaints == [], stories(switch, judgement.complaints, books)
    for balance, held, booked in balances(switch, accounts).values():
        assert (balance, held) == (booked, 0)
    doctor = command(switch, "doctor", "money")
    assert doctor.returncode == 0, doctor.stdout
