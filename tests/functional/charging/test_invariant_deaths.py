"""Invariant 5: every answered call is settled once within five minutes, whatever process was killed when.

The agent's own parts on PostgreSQL, a disk and an AMI of their own, with a clock that is moved; the storm of
tests/faults kills the real processes.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from cellhub_agi.agent import RECONCILE_EVERY

from tests.fixtures.pod import answer_line, end_line
from tests.fixtures.shop import TRUNK
from tests.fixtures.switch import wait_for

OPENING = Decimal("50.000000")
ENDED = 30
"""At which second since its answer the call ends."""

WITHIN = 300


class Life:
    """A call that was answered just now, and time that goes on in rounds of the reconciler."""

    def __init__(self, pod, clock):
        self.pod, self.clock = pod, clock
        self.granted, _ = pod.call()
        pod.lists(self.granted)
        self.began = clock.now()
        pod.look()
        pod.write(answer_line(self.granted, self.began))

    def talk(self, seconds=ENDED):
        """Have the answer seen as it happens, and let the call talk for so long."""
        self.pod.look()
        self.clock.ahead = seconds

    def end(self, written=ENDED):
        """Let the caller hang up: Asterisk writes the leg's line and lists the call no more."""
        self.clock.ahead = ENDED
        ended = self.began + dt.timedelta(seconds=written)
        self.pod.lists()
        self.pod.write(end_line(self.granted, ended, answered=self.began))

    def vanish(self):
        """Let Asterisk be killed: its sessions break, nothing of the call's end is on its disk."""
        self.clock.ahead = ENDED
        self.pod.lists()
        self.pod.switch.cut()
        wait_for(lambda: not self.pod.link.up, "the agent misses it")

    def pass_by(self, seconds):
        """Let so many seconds go by, a round of everything at a time."""
        until = self.clock.ahead + seconds
        while self.clock.ahead < until:
            self.clock.ahead += min(RECONCILE_EVERY, until - self.clock.ahead)
            self.pod.link.keep()
            self.pod.look()
            self.pod.reconciler.tick()
            self.pod.rest()


def nothing(life):
    life.talk()
    life.end()


def agent_before_it_read_the_answer(life):
    life.pod.die()
    life.end()


def agent_during_the_call(life):
    life.talk(10)
    life.pod.die()
    life.pass_by(5)
    life.end()


def agent_before_it_read_the_end(life):
    life.talk()
    life.end()
    life.pod.die()


def agent_after_it_settled_the_call(life):
    # It had not yet noted how far it had read, so the next one reads the end again.
    life.talk()
    life.end()
    life.pod.look()
    life.pod.die()


def asterisk_during_the_call(life):
    life.talk()
    life.vanish()


def asterisk_and_the_agent(life):
    life.talk()
    life.vanish()
    life.pod.link.keep()
    life.pod.die()


def asterisk_for_ever(life):
    life.talk()
    life.pod.switch.close()


def postgres_at_the_end(life):
    life.talk()
    with life.pod.no_database():
        life.end()
        life.pass_by(60)


def postgres_and_then_the_agent(life):
    life.talk()
    with life.pod.no_database():
        life.end()
        life.pod.look()
        life.pod.die()
        life.pass_by(15)
        life.pod.die()


def the_clock_on_the_wall(life):
    life.talk(10)
    life.clock.set_by = 3600.0
    life.clock.ahead = ENDED
    life.pod.look()
    life.end(written=ENDED + 3600)
    life.pod.look()


def one_of_two_sources(life):
    # The line tells of more seconds than went by since the answer was seen.
    life.talk()
    life.pod.look()
    life.end(written=ENDED + 20)
    life.pod.look()


def one_of_two_sources_and_then_the_agent(life):
    one_of_two_sources(life)
    life.pod.die()


def one_of_two_sources_and_then_the_clock(life):
    one_of_two_sources(life)
    life.clock.set_by = -3600.0


DEATHS = {
    nothing: 30,
    agent_before_it_read_the_answer: 30,
    agent_during_the_call: 30,
    agent_before_it_read_the_end: 30,
    agent_after_it_settled_the_call: 30,
    asterisk_during_the_call: 30,
    asterisk_and_the_agent: 30,
    asterisk_for_ever: 62,
    postgres_at_the_end: 30,
    postgres_and_then_the_agent: 30,
    the_clock_on_the_wall: 30,
    one_of_two_sources: 30,
    one_of_two_sources_and_then_the_agent: 30,
    one_of_two_sources_and_then_the_clock: 30,
}
"""What dies or errs, and for how many seconds the call is then charged."""


@pytest.fixture
def life(pod, clock):
    return Life(pod, clock)


def charges(life):
    """Each charge of the call in the ledger, and the billed seconds of each of its records."""
    call_id = life.granted.request.call_id
    rows = life.pod.shop.rows
    return (
        [-amount for (amount,) in rows("SELECT amount FROM ledger_entry WHERE kind = 'call'")],
        rows("SELECT disposition, trunk, billsec FROM cdr WHERE call_id = :id", id=call_id),
    )


@pytest.mark.parametrize("death", DEATHS, ids=lambda death: death.__name__)
def test_invariant_5_an_answered_call_is_settled_once_within_five_minutes_of_its_end(life, death):
    death(life)
    life.pass_by(ENDED + WITHIN - life.clock.ahead)
    seconds = Decimal(DEATHS[death])
    (cost,), ((disposition, trunk, billed),) = charges(life)
    assert (life.pod.state(life.granted), disposition, trunk) == ("SETTLED", "ANSWERED", TRUNK)
    assert abs(billed - seconds) < Decimal("1.5")  # the moments of the test itself
    assert life.pod.money() == (OPENING - cost, Decimal(0))
    before = charges(life)
    life.pod.die()
    life.pass_by(60)
    assert charges(life) == before
