"""Which trunk is tried after which answer, and what is kept of each attempt."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from decimal import Decimal

import pytest
from sqlalchemy import select

from cellhub.calls.models import Attempt, Disposition
from cellhub.domain.routing import Strategy
from cellhub.local.demo_switch import BACKUP, FAR_END
from cellhub.routes.models import Trunk, TrunkGroup, TrunkGroupTrunk
from cellhub.sip.models import SipUser
from cellhub.switch.sipp import call, calls, far_end
from tests.calls.conftest import NUMBER, Subscriber, ended

pytestmark = pytest.mark.calls

GIVEN_UP_MS = 6400
"""64 times the first retransmission: after so long a trunk that says nothing is dead."""


@pytest.fixture
def grouped(switch, subscribe):
    """Open a client whose phone calls by a group with its own codes, of the demo's two trunks or others."""

    def open_group(codes: str, *trunks: str) -> Subscriber:
        with switch.books() as session:
            group = TrunkGroup(
                tenant_id=switch.tenant_id,
                name=f"group {uuid.uuid4().hex}",
                strategy=Strategy.PRIORITY,
                failover_codes=codes,
            )
            session.add(group)
            session.flush()
            for place, name in enumerate(trunks or (FAR_END, BACKUP)):
                trunk = session.scalars(select(Trunk).where(Trunk.name == name)).one()
                session.add(
                    TrunkGroupTrunk(
                        tenant_id=switch.tenant_id, group_id=group.id, trunk_id=trunk.id, priority=place
                    )
                )
            subscriber = subscribe()
            sip_user = session.scalars(select(SipUser).where(SipUser.username == subscriber.phone.username))
            sip_user.one().trunk_group_id = group.id
            return subscriber

    return open_group


def seen(subscriber, record):
    """What is kept of each attempt: its trunk, SIP code, cause and delay."""
    query = select(Attempt).where(Attempt.call_id == record.call_id).order_by(Attempt.position)
    with subscriber.switch.books() as session:
        return [(one.trunk, one.code, one.cause, one.delay) for one in session.scalars(query)]


def test_a_groups_own_codes_ring_the_second_trunk_after_a_decline(grouped, far_ends):
    subscriber = grouped("603")
    with far_ends("603", "200") as (_, second):
        outcome = call(subscriber.phone, NUMBER, talk_seconds=1.0)
        second.wait_for(ended)
        record = subscriber.record()
    assert outcome.code == 200
    assert (record.trunk, record.disposition) == (BACKUP, Disposition.ANSWERED)
    assert subscriber.attempts(record) == [(FAR_END, 603), (BACKUP, 200)]


def test_what_a_groups_own_codes_do_not_name_ends_the_search(grouped, far_ends):
    subscriber = grouped("603,408")
    with far_ends("503", "200") as (_, second):
        outcome = call(subscriber.phone, NUMBER)
        record = subscriber.record()
        assert second.calls() == []
    assert outcome.code == 503
    assert subscriber.attempts(record) == [(FAR_END, 503)]


def test_of_calls_that_fail_over_at_once_a_trunk_takes_as_many_as_it_has_channels(
    switch, grouped, far_ends, open_far_trunk
):
    port = switch.settings.far_end_port
    first, second = open_far_trunk(port=port), open_far_trunk(port=port + 1, max_channels=1)
    subscriber = grouped("", first.name, second.name)
    with far_ends("503", "200", ring_seconds=1.0) as (_, carrier):
        outcomes = calls(subscriber.phone, NUMBER, 3, talk_seconds=2.0)
        carrier.wait_for(ended)
        records = subscriber.records(3)
        assert len(carrier.calls()) == 1
    assert sorted(one.code for one in outcomes) == [200, 503, 503]
    tried = sorted(subscriber.attempts(one) for one in records)
    assert tried == [[(first.name, 503)], [(first.name, 503)], [(first.name, 503), (second.name, 200)]]


def test_each_attempt_keeps_its_cause_and_how_long_its_trunk_was_silent(subscriber, far_ends):
    with far_ends("503", "200", ring_seconds=1.0) as (_, second):
        call(subscriber.phone, NUMBER, talk_seconds=1.0)
        second.wait_for(ended)
        record = subscriber.record()
    (failed, carried) = seen(subscriber, record)
    assert failed[:3] == (FAR_END, 503, 34)
    assert carried[:3] == (BACKUP, 200, 16)
    # Both ring at once and say more a second later.
    assert Decimal(0) <= failed[3] < Decimal("0.9")
    assert Decimal(0) <= carried[3] < Decimal("0.9")


@pytest.mark.parametrize("dead", ["says nothing", "is not there"])
def test_a_dead_trunk_costs_seconds_and_the_next_carries_the_call(switch, subscriber, dead):
    port = switch.settings.far_end_port
    with ExitStack() as stack:
        if dead == "says nothing":
            stack.enter_context(far_end(port, "silence"))
        second = stack.enter_context(far_end(port + 1))
        outcome = call(subscriber.phone, NUMBER, talk_seconds=1.0)
        second.wait_for(ended)
        record = subscriber.record()
    assert outcome.code == 200
    assert outcome.ring_ms < GIVEN_UP_MS + 1500
    assert record.trunk == BACKUP
    assert subscriber.attempts(record) == [(FAR_END, None), (BACKUP, 200)]
    assert record.billsec < 2
