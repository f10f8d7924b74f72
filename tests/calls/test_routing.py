"""Which trunk is tried after which answer, and what is kept of each attempt."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from cellhub.calls.models import Attempt, Disposition
from cellhub.domain.routing import Strategy
from cellhub.local.demo_switch import BACKUP, FAR_END
from cellhub.routes.models import Trunk, TrunkGroup, TrunkGroupTrunk
from cellhub.sip.models import SipUser
from cellhub.switch.sipp import call
from tests.calls.conftest import NUMBER, Subscriber, ended

pytestmark = pytest.mark.calls


@pytest.fixture
def grouped(switch, subscribe):
    """Open a client whose phone calls by a group of the demo's two trunks with its own codes."""

    def open_group(codes: str) -> Subscriber:
        with switch.books() as session:
            group = TrunkGroup(
                tenant_id=switch.tenant_id,
                name=f"group {codes}",
                strategy=Strategy.PRIORITY,
                failover_codes=codes,
            )
            session.add(group)
            session.flush()
            for place, name in enumerate((FAR_END, BACKUP)):
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
