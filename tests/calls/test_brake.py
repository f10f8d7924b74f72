"""What stops a customer's calls while others talk, and what no stop reaches."""

import pytest
from sqlalchemy import select

from cellhub.accounts.brake import thaw
from cellhub.accounts.models import FraudProfile
from cellhub.db.tenancy import Account, AccountStatus
from cellhub.domain.fraud import BrakeAction
from cellhub.switch.sipp import call
from tests.calls.conftest import DEAR_NUMBER, NUMBER, answered, ended

pytestmark = pytest.mark.calls

EMERGENCY = "112"


@pytest.fixture
def watched(switch, subscriber):
    """A client whose running calls end when it dials a premium number."""
    with switch.books() as session:
        session.add(
            FraudProfile(
                tenant_id=switch.tenant_id,
                account_id=subscriber.account_id,
                premium_prefixes=[DEAR_NUMBER[:4]],
                action=BrakeAction.HANG_UP,
            )
        )
    return subscriber


@pytest.fixture
def emergency(switch):
    """A tenant that names its emergency number for as long as the test runs."""
    switch.change_tenant(emergency_numbers=[EMERGENCY])
    yield EMERGENCY
    switch.change_tenant(emergency_numbers=[])


def account(session, subscriber):
    return session.scalars(select(Account).where(Account.id == subscriber.account_id)).one()


def test_a_premium_number_ends_the_running_calls_and_the_account_calls_again_when_thawed(
    switch, watched, far_ends, in_background
):
    with far_ends("200") as (far,):
        running = in_background(watched.phone, NUMBER, 30)
        far.wait_for(answered)
        assert call(watched.phone, DEAR_NUMBER).code == 403
        far.wait_for(ended)
        running.result()
        assert call(watched.phone, NUMBER).code == 403
        with switch.books() as session:
            assert thaw(session, switch.actor, account(session, watched)).rule == "premium_prefix"
        assert call(watched.phone, NUMBER).code == 200
        talked, *later = watched.records(4)
    assert talked.billsec < 20
    assert [record.verdict for record in later] == ["suspended", "suspended", "ok"]


def test_a_blocked_customer_reaches_the_emergency_number_and_pays_nothing(
    switch, subscriber, far_ends, emergency
):
    with switch.books() as session:
        account(session, subscriber).status = AccountStatus.BLOCKED
    with far_ends("200") as (far,):
        assert call(subscriber.phone, NUMBER).code == 403
        assert call(subscriber.phone, emergency, talk_seconds=1.0).code == 200
        far.wait_for(ended)
        refused, carried = subscriber.records(2)
    assert (refused.verdict, carried.verdict, carried.destination) == ("suspended", "ok", "Emergency")
    assert (subscriber.charges, subscriber.money) == ([], (10, 0))
