"""The demo tenant: made once, by the rooms' own services, with its books right."""

from __future__ import annotations

import stat
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from cellhub.accounts.models import AuditEntry
from cellhub.db.scope import Scope
from cellhub.db.tenancy import Account, Tenant
from cellhub.local import demo, demo_switch
from cellhub.local.installation import DATABASE
from cellhub.local.sessions import session_in, tenant_session
from cellhub.money.models import LedgerEntry
from cellhub.rates.models import Rate
from cellhub.routes.models import Trunk
from cellhub.security.models import Login
from cellhub.security.passwords import verify_password
from cellhub.security.roles import Role
from cellhub.sip.models import SipUser
from cellhub.switch import digest


@pytest.fixture(scope="module")
def seeded(installation, postgres):
    """The tests' installation with its own database and the demo in it."""
    installation.create_database(postgres)
    installation.migrate()
    demo.seed(installation)
    yield installation
    postgres.drop_database(DATABASE)


def test_each_role_can_sign_in_with_the_password_in_the_file(seeded):
    listed = dict(line.split()[1:] for line in seeded.log_ins_file.read_text().splitlines())
    with session_in(seeded, Scope.platform()) as session:
        logins = {login.email: login for login in session.scalars(select(Login))}
    assert {logins[email].role for email in listed} == set(Role)
    assert all(verify_password(logins[email].password_hash, word) for email, word in listed.items())


def test_the_file_of_log_ins_is_its_owners(seeded):
    assert stat.S_IMODE(seeded.log_ins_file.stat().st_mode) == 0o600


def test_balances_are_the_sums_of_their_ledgers(seeded):
    with tenant_session(seeded) as session:
        sums = select(LedgerEntry.account_id, func.sum(LedgerEntry.amount)).group_by(LedgerEntry.account_id)
        booked = dict(session.execute(sums).all())
        balances = {account.id: account.balance for account in session.scalars(select(Account))}
    assert balances == booked
    assert sorted(balances.values()) == [Decimal(5), Decimal(20), Decimal(100)]


def test_the_client_pays_through_its_reseller(seeded):
    with tenant_session(seeded) as session:
        accounts = {account.name: account for account in session.scalars(select(Account))}
    client, reseller = accounts[demo.CLIENT.name], accounts[demo.RESELLER.name]
    assert client.lineage == [reseller.id, client.id]


def test_the_phones_secret_is_kept_as_digests_only(seeded):
    secret = demo_switch.sip_secret(seeded.secrets, demo_switch.SIP_USER)
    with tenant_session(seeded) as session:
        phone = session.scalars(select(SipUser).where(SipUser.username == demo_switch.SIP_USER)).one()
    assert phone.digest_md5 == digest.md5_ha1(demo_switch.SIP_USER, secret)
    assert phone.digest_sha256 == digest.sha256_ha1(demo_switch.SIP_USER, secret)


def test_there_are_three_prefixes_to_choose_among_and_two_trunks(seeded):
    with tenant_session(seeded) as session:
        prefixes = set(session.scalars(select(Rate.prefix).where(Rate.prefix.like("9%"))))
        trunks = set(session.scalars(select(Trunk.name)))
    assert prefixes == {"9", "90", "905"}
    assert trunks == {demo_switch.FAR_END, demo_switch.BACKUP}


def test_who_made_it_is_written_down(seeded):
    with tenant_session(seeded) as session:
        kinds = set(session.scalars(select(AuditEntry.object_kind).where(AuditEntry.actor == demo.ACTOR)))
    assert kinds >= {"account", "trunk", "rate_deck", "plan", "sip_user"}


def test_a_second_start_makes_nothing_twice(seeded):
    before = seeded.log_ins_file.read_text()
    demo.seed(seeded)
    with session_in(seeded, Scope.platform()) as session:
        assert session.scalar(select(func.count()).select_from(Tenant)) == 2
        assert session.scalar(select(func.count()).select_from(Account)) == len(demo.CUSTOMERS)
    assert seeded.log_ins_file.read_text() == before
