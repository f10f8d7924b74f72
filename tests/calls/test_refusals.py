"""Who may not call: refused before any trunk hears of it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal

import pytest

from cellhub.accounts.audit import Actor
from cellhub.accounts.services import open_account, set_status
from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.db.tenancy import Account, AccountKind, AccountStatus, Tenant
from cellhub.security import sip_secrets
from cellhub.sip.services import create_sip_user
from cellhub.switch.sipp import Phone, call, register
from tests.calls.conftest import DEAR_NUMBER, NUMBER, UNPRICED_NUMBER
from tests.calls.raw import raw_phone

pytestmark = pytest.mark.calls

REFUSED = frozenset({None, *range(400, 700)})
"""What a phone hears that is refused; None when what it sent was no SIP to the softswitch."""

WRONG_SHAPES = ("1", "12345678901234567890123456", "12a4", "%2B", "**21", "+", "anna")
INJECTIONS = (
    "500%26PJSIP%2Fx%2F1900",
    "12%40trunk-demo-backup%2C9%2C%26",
    "%24%7BSHELL(id)%7D",
    "905551234567%0d%0aEvent%3a%20Hangup",
    "905551234567%0aagi_arg_1%3a%20evil",
    "905551234567%22",
    "9055512345%2C67",
    "90555%001234567",
    "905551234567%00",
    "%2B905551234567%00%26PJSIP",
)


@pytest.mark.usefixtures("nobody_hears")
def test_without_credit(subscribe):
    subscriber = subscribe(credit="0.05")
    outcome = call(subscriber.phone, DEAR_NUMBER)
    record = subscriber.record()
    assert (outcome.code, record.verdict) == (402, "no_credit")
    assert subscriber.money == (Decimal("0.05"), Decimal(0))


@pytest.mark.usefixtures("nobody_hears")
def test_without_a_rate(subscriber):
    outcome = call(subscriber.phone, UNPRICED_NUMBER)
    assert (outcome.code, subscriber.record().verdict) == (503, "no_rate")


@pytest.mark.usefixtures("nobody_hears")
@pytest.mark.parametrize("status", [AccountStatus.SUSPENDED, AccountStatus.BLOCKED])
def test_while_the_account_is_not_active(status, switch, subscriber):
    with switch.books() as session:
        account = session.get_one(Account, (switch.tenant_id, subscriber.account_id))
        set_status(session, switch.actor, account, status)
    outcome = call(subscriber.phone, NUMBER)
    assert (outcome.code, subscriber.record().verdict) == (403, "suspended")


@pytest.mark.usefixtures("nobody_hears")
def test_with_a_wrong_secret(switch, subscriber):
    stranger = replace(subscriber.phone, secret="not-the-secret-of-anybody")
    assert register(stranger) == 401
    assert call(stranger, NUMBER).code == 401
    assert switch.channels() == 0
    assert subscriber.recorded == []


@pytest.mark.usefixtures("nobody_hears")
@pytest.mark.parametrize("dialled", [*WRONG_SHAPES, *INJECTIONS])
def test_what_is_no_number_makes_no_channel(dialled, switch, subscriber):
    assert call(subscriber.phone, dialled).code == 404
    assert switch.channels() == 0
    assert subscriber.recorded == []


@pytest.fixture
def foreign_phone(switch):
    """The phone of another tenant's SIP user, with the right secret, at this tenant's softswitch."""
    name = f"foreign-{uuid.uuid4().hex[:12]}"
    with scoped(switch.factory, Scope.platform()) as session:
        tenant = Tenant(slug=name, name="Foreign", sip_domain="")
        session.add(tenant)
        session.flush()
        tenant_id = tenant.id
    actor = Actor(tenant_id, "call tests")
    with scoped(switch.factory, Scope.of_tenant(tenant_id)) as session:
        account = open_account(
            session,
            actor,
            kind=AccountKind.CLIENT,
            parent=None,
            terms={"name": name},
            email=f"{name}@calls.example",
            password=sip_secrets.generate(),
        )
        _, secret = create_sip_user(session, actor, account, name, {})
    return Phone(name, secret, port=switch.settings.sip_port)


@pytest.mark.usefixtures("nobody_hears")
def test_as_the_sip_user_of_another_tenant(foreign_phone, switch):
    assert register(foreign_phone) == 401
    assert call(foreign_phone, NUMBER).code == 401
    assert switch.channels() == 0


@pytest.mark.usefixtures("nobody_hears")
def test_in_the_name_of_somebody_else_with_ones_own_secret(switch, subscriber, subscribe):
    victim = subscribe()
    own = subscriber.phone
    with raw_phone(switch.settings.sip_port, own.username, own.secret, says=victim.phone.username) as phone:
        assert phone.invite(NUMBER) == 401
    assert (switch.channels(), victim.recorded, subscriber.recorded) == (0, [], [])


@pytest.mark.usefixtures("nobody_hears")
def test_without_a_secret(switch, subscriber):
    with raw_phone(switch.settings.sip_port, subscriber.phone.username, "") as phone:
        assert phone.invite(NUMBER) == 401
    assert (switch.channels(), subscriber.recorded) == (0, [])


@pytest.mark.usefixtures("nobody_hears")
@pytest.mark.parametrize("user", ["9" * 2048, "a" * 2048, "+" + "9" * 2048])
def test_a_number_of_two_thousand_characters(user, switch, subscriber):
    with raw_phone(switch.settings.sip_port, subscriber.phone.username, subscriber.phone.secret) as phone:
        assert phone.invite(user) in REFUSED
    assert (switch.channels(), subscriber.recorded) == (0, [])


@pytest.mark.usefixtures("nobody_hears")
def test_a_name_of_two_thousand_characters(switch):
    with raw_phone(switch.settings.sip_port, "a" * 2048, "secret") as phone:
        assert phone.invite(NUMBER) in REFUSED
    assert switch.channels() == 0


@pytest.mark.usefixtures("nobody_hears")
@pytest.mark.parametrize("number", ["90555\x001234567", "905551234567\x00@x"])
def test_a_number_with_a_nul(number, switch, subscriber):
    with raw_phone(switch.settings.sip_port, subscriber.phone.username, subscriber.phone.secret) as phone:
        assert phone.invite(number) in REFUSED
    assert (switch.channels(), subscriber.recorded) == (0, [])


@pytest.mark.parametrize(
    "header",
    [
        "P-Asserted-Identity: \x00<sip:1555@x>",
        "X-Note: a\x00b",
        "P-Preferred-Identity: <sip:1\x005@x>",
        f"Diversion: <sip:{'9' * 2048}@x.example>",
        f"P-Preferred-Identity: <sip:{'9' * 2048}@x.example>",
        'X-Note: "',
    ],
)
def test_a_hostile_header_harms_neither_the_softswitch_nor_the_next_call(
    header, switch, subscriber, far_ends
):
    before = switch.pid("asterisk")
    with far_ends("486") as (far,):
        with raw_phone(switch.settings.sip_port, subscriber.phone.username, subscriber.phone.secret) as phone:
            assert phone.invite(NUMBER, header) in REFUSED
        assert call(subscriber.phone, NUMBER).code == 486
        assert {one.number for one in far.calls()} == {NUMBER}
    switch.wait_until_idle()
    assert switch.pid("asterisk") == before
    assert subscriber.money == (Decimal(10), Decimal(0))
