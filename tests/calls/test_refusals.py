"""Who may not call: refused before any trunk hears of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from cellhub.accounts.services import set_status
from cellhub.db.tenancy import Account, AccountStatus
from cellhub.switch.sipp import call, register
from tests.calls.conftest import DEAR_NUMBER, NUMBER, UNPRICED_NUMBER

pytestmark = pytest.mark.calls

WRONG_SHAPES = ("1", "12345678901234567890123456", "12a4", "%2B", "**21", "+", "anna")
INJECTIONS = (
    "500%26PJSIP%2Fx%2F1900",
    "12%40trunk-demo-backup%2C9%2C%26",
    "%24%7BSHELL(id)%7D",
    "905551234567%0d%0aEvent%3a%20Hangup",
    "905551234567%0aagi_arg_1%3a%20evil",
    "905551234567%22",
    "9055512345%2C67",
)


@pytest.fixture
def nobody_hears(far_ends):
    """Both trunks listen; at the end neither may have been called."""
    with far_ends("200", "200") as ends:
        yield
        assert [end.calls() for end in ends] == [[], []]


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
