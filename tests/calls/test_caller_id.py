"""Which number the far end sees, whatever the phone says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from cellhub.domain.callerid import CallerIdRule
from cellhub.sip.models import SipUser
from cellhub.switch.sipp import call
from tests.calls.conftest import NUMBER

pytestmark = pytest.mark.calls

OWN, LISTED, FOREIGN = "902125550160", "902125550161", "15550001122"


@pytest.fixture
def ruled(switch, subscribe):
    """Open a client whose phone shows its number by a rule."""

    def open_client(rule):
        subscriber = subscribe(caller_id_number=OWN)
        with switch.books() as session:
            query = select(SipUser).where(SipUser.username == subscriber.phone.username)
            sip_user = session.scalars(query).one()
            sip_user.caller_id_rule, sip_user.caller_numbers = rule, [LISTED]
        return subscriber

    return open_client


@pytest.mark.parametrize(
    ("rule", "headers", "shown"),
    [
        (CallerIdRule.OWN, (f"P-Preferred-Identity: <sip:{LISTED}@x.example>",), OWN),
        (CallerIdRule.LIST, (f'P-Preferred-Identity: "A, b) & c" <sip:+{LISTED}@x.example>',), LISTED),
        (CallerIdRule.LIST, (f"P-Preferred-Identity: <sip:{FOREIGN}@x.example>",), OWN),
        (CallerIdRule.LIST, ("P-Preferred-Identity: ${SHELL(id)},x)&PJSIP/x",), OWN),
        (CallerIdRule.POOL, (), LISTED),
        (
            CallerIdRule.FORWARD,
            (
                f"P-Preferred-Identity: <tel:+{FOREIGN}>",
                f"Diversion: <sip:{OWN}@x.example>;reason=unconditional",
            ),
            FOREIGN,
        ),
        (CallerIdRule.FORWARD, (f"P-Preferred-Identity: <sip:{FOREIGN}@x.example>",), OWN),
    ],
)
def test_the_far_end_sees_the_number_of_the_rule(ruled, far_ends, rule, headers, shown):
    subscriber = ruled(rule)
    phone = replace(subscriber.phone, headers=headers)
    with far_ends("486") as (far,):
        assert call(phone, NUMBER).code == 486
        assert [one.caller for one in far.calls()] == [shown]
    assert subscriber.record().source == shown


@pytest.mark.parametrize(
    "header",
    [
        f"P-Asserted-Identity: <sip:{FOREIGN}@x.example>",
        f"Remote-Party-ID: <sip:{FOREIGN}@x.example>;party=calling;screen=yes",
        "Privacy: id",
    ],
)
def test_what_a_customer_asserts_of_itself_is_not_believed(subscribe, far_ends, header):
    subscriber = subscribe(caller_id_number=OWN)
    phone = replace(subscriber.phone, headers=(header,))
    with far_ends("486") as (far,):
        assert call(phone, NUMBER).code == 486
        assert [one.caller for one in far.calls()] == [OWN]
    assert subscriber.record().source == OWN
