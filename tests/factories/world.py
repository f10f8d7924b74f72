"""A small world: two tenants alike, each with every role, a plan, a trunk and calls.

``north`` is where a test acts, ``south`` is the foreign one that must stay unseen. The
numbers are invented.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from sqlalchemy import text
from sqlalchemy.orm import Session

from cellhub.calls.models import Cdr, Disposition
from cellhub.db.scope import PLATFORM_TENANT, Scope, enter_scope
from cellhub.db.tenancy import Account, AccountKind, Tenant
from cellhub.money.models import EntryKind, LedgerEntry
from cellhub.rates.models import Plan, PlanDeck, Rate, RateDeck
from cellhub.routes.models import Trunk
from cellhub.security.models import Login
from cellhub.security.passwords import hash_password
from cellhub.security.roles import Role
from cellhub.sip.models import SipUser
from cellhub.switch import digest

PASSWORD = "correct horse battery"
SIP_SECRET = "abcde-fghij-kmnpq-rstuv"
OPENING_CREDIT = Decimal("50.000000")
RATES = (("9", "World", "0.120000"), ("90", "Turkey", "0.098000"), ("905", "Turkey Mobile", "0.024000"))


@cache
def _hash() -> str:
    """One hash for all people of all worlds: hashing is meant to be slow."""
    return hash_password(PASSWORD)


@dataclass(slots=True)
class Company:
    """One tenant and what is in it."""

    tenant: Tenant
    deck: RateDeck
    plan: Plan
    trunk: Trunk
    reseller: Account = field(init=False)
    resold: Account = field(init=False)
    client: Account = field(init=False)
    sip_user: SipUser = field(init=False)
    resold_sip_user: SipUser = field(init=False)
    cdr: Cdr = field(init=False)
    resold_cdr: Cdr = field(init=False)
    logins: dict[Role, Login] = field(default_factory=dict)


@dataclass(slots=True)
class World:
    """Both tenants and the superadmin above them."""

    session: Session
    superadmin: Login
    north: Company
    south: Company

    def see_everything(self) -> Session:
        """The session in the platform's scope, to look behind what a portal shows."""
        self.session.flush()
        self.session.expire_all()
        enter_scope(self.session, Scope.platform())
        return self.session


def make_world(session: Session) -> World:
    """Add both tenants, and the platform's own unless it is there already."""
    enter_scope(session, Scope.platform())
    if session.get(Tenant, PLATFORM_TENANT) is None:
        session.add(Tenant(id=PLATFORM_TENANT, slug="platform", name="Platform"))
        session.flush()
    superadmin = _login(session, PLATFORM_TENANT, Role.SUPERADMIN, "root@platform.example", None)
    return World(session, superadmin, _company(session, "north"), _company(session, "south"))


def _company(session: Session, slug: str) -> Company:
    tenant = Tenant(slug=slug, name=f"{slug.title()} Telecom", time_zone="Europe/Istanbul")
    session.add(tenant)
    session.flush()
    company = Company(tenant, *_catalogue(session, tenant.id, slug))
    _customers(session, company, slug)
    _people(session, company, slug)
    _calls(session, company)
    session.flush()
    return company


def _catalogue(session: Session, tenant_id: int, slug: str) -> tuple[RateDeck, Plan, Trunk]:
    deck = RateDeck(tenant_id=tenant_id, name=f"{slug} A-Z")
    plan = Plan(tenant_id=tenant_id, name=f"{slug} standard")
    trunk = Trunk(tenant_id=tenant_id, name=f"{slug}-carrier", host="127.0.0.1", port=5080)
    session.add_all([deck, plan, trunk])
    session.flush()
    session.add(PlanDeck(tenant_id=tenant_id, plan_id=plan.id, deck_id=deck.id, position=1))
    for prefix, destination, price in RATES:
        session.add(
            Rate(
                tenant_id=tenant_id,
                deck_id=deck.id,
                prefix=prefix,
                destination=destination,
                rate=Decimal(price),
                initial_block=30,
                billing_block=6,
                connect_charge=Decimal("0.002000"),
            )
        )
    return deck, plan, trunk


def _customers(session: Session, company: Company, slug: str) -> None:
    company.reseller = make_account(
        session, company, AccountKind.RESELLER, f"{slug} reseller", margin=Decimal("0.25")
    )
    company.resold = make_account(
        session, company, AccountKind.CLIENT, f"{slug} resold client", parent=company.reseller
    )
    company.client = make_account(session, company, AccountKind.CLIENT, f"{slug} client")
    company.sip_user = make_sip_user(session, company.client, f"{slug}-101")
    company.resold_sip_user = make_sip_user(session, company.resold, f"{slug}-201")


def make_account(
    session: Session,
    company: Company,
    kind: AccountKind,
    name: str,
    *,
    parent: Account | None = None,
    credit: Decimal = OPENING_CREDIT,
    margin: Decimal = Decimal(0),
) -> Account:
    """An account with ``credit`` booked in its ledger; under a reseller it takes no plan of its own."""
    account = Account(
        tenant_id=company.tenant.id,
        id=_next_id(session, "account"),
        kind=kind,
        name=name,
        parent_id=parent.id if parent else None,
        plan_id=None if parent else company.plan.id,
        margin=margin,
        balance=credit,
    )
    account.lineage = [*(parent.lineage if parent else []), account.id]
    session.add(account)
    session.flush()
    session.add(
        LedgerEntry(
            tenant_id=account.tenant_id,
            account_id=account.id,
            kind=EntryKind.CREDIT,
            reason="credit:opening",
            amount=credit,
            balance_after=credit,
            note="Opening credit",
            actor="factory",
        )
    )
    return account


def make_sip_user(session: Session, account: Account, username: str) -> SipUser:
    """A SIP user of ``account`` whose secret is :data:`SIP_SECRET`."""
    sip_user = SipUser(
        tenant_id=account.tenant_id,
        account_id=account.id,
        username=username,
        digest_md5=digest.md5_ha1(username, SIP_SECRET),
        digest_sha256=digest.sha256_ha1(username, SIP_SECRET),
        caller_id_name=account.name,
        caller_id_number="902125550100",
    )
    session.add(sip_user)
    session.flush()
    return sip_user


def make_cdr(sip_user: SipUser, account: Account, trunk: Trunk, costs: tuple[str, ...]) -> Cdr:
    """An answered call of two minutes that ended just now."""
    number = "905551234567"
    ended = dt.datetime.now(dt.UTC)
    answered = ended - dt.timedelta(seconds=120)
    return Cdr(
        tenant_id=sip_user.tenant_id,
        started_at=answered - dt.timedelta(seconds=8),
        call_id=uuid.uuid4().hex,
        account_id=account.id,
        lineage=account.lineage,
        costs=[Decimal(cost) for cost in costs],
        sip_user_id=sip_user.id,
        sip_user=sip_user.username,
        source=sip_user.caller_id_number,
        dialled=number,
        number=number,
        prefix="905",
        destination="Turkey Mobile",
        trunk=trunk.name,
        verdict="ok",
        disposition=Disposition.ANSWERED,
        code=200,
        answered_at=answered,
        ended_at=ended,
        duration=Decimal("128.000"),
        billsec=Decimal("120.000"),
        story={},
    )


def _calls(session: Session, company: Company) -> None:
    company.cdr = make_cdr(company.sip_user, company.client, company.trunk, ("0.050000",))
    company.resold_cdr = make_cdr(
        company.resold_sip_user, company.resold, company.trunk, ("0.050000", "0.062500")
    )
    session.add_all([company.cdr, company.resold_cdr])


def _people(session: Session, company: Company, slug: str) -> None:
    accounts = {Role.ADMIN: None, Role.RESELLER: company.reseller, Role.CLIENT: company.client}
    for role, account in accounts.items():
        email = f"{role}@{slug}.example"
        company.logins[role] = _login(session, company.tenant.id, role, email, account)


def _login(session: Session, tenant_id: int, role: Role, email: str, account: Account | None) -> Login:
    login = Login(
        tenant_id=tenant_id,
        email=email,
        name=f"{role.title()} of {email.split('@')[1]}",
        role=role,
        account_id=account.id if account else None,
        password_hash=_hash(),
    )
    session.add(login)
    session.flush()
    return login


def _next_id(session: Session, table: str) -> int:
    """Take the id before the insert, since a lineage ends with it."""
    return int(session.scalar(text(f"SELECT nextval(pg_get_serial_sequence('{table}', 'id'))")) or 0)
