"""The demo tenant: one of everything, so that the first page is not an empty one.

All of it is made in one transaction, once. The passwords are generated before, and kept
with the installation's secrets, so that a start that was cut off goes on with the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.accounts import services as accounts
from cellhub.accounts.audit import Actor
from cellhub.accounts.tenants import TenantTerms, ensure_superadmin, open_admin, put_tenant
from cellhub.db.scope import Scope, enter_scope
from cellhub.db.tenancy import Account, AccountKind, Tenant
from cellhub.local.demo_switch import open_rates, open_sip_users, open_trunks
from cellhub.local.installation import Installation
from cellhub.local.secrets import write_private
from cellhub.local.sessions import session_in
from cellhub.money.services import add_credit
from cellhub.rates.models import Plan
from cellhub.security import sip_secrets
from cellhub.security.roles import Role

NAME = "Demo Telecom"
ACTOR = "cellhub run"


@dataclass(frozen=True, slots=True)
class Customer:
    """An account of the demo, its own log-in included."""

    key: str
    name: str
    kind: AccountKind
    credit: Decimal
    parent: str | None = None
    margin: Decimal = Decimal(0)

    @property
    def email(self) -> str:
        """The address that it signs in with."""
        return f"{self.key}@demo.example"


RESELLER = Customer("reseller", "Northwind Voice", AccountKind.RESELLER, Decimal(100), margin=Decimal("0.25"))
CLIENT = Customer("client", "Harbour Office", AccountKind.CLIENT, Decimal(20), parent="reseller")
BAKERY = Customer("bakery", "Blue Bakery", AccountKind.CLIENT, Decimal(5))
CUSTOMERS = (RESELLER, CLIENT, BAKERY)

SUPERADMIN_EMAIL = "superadmin@demo.example"
ADMIN_EMAIL = "admin@demo.example"
LOG_INS = {
    Role.SUPERADMIN: SUPERADMIN_EMAIL,
    Role.ADMIN: ADMIN_EMAIL,
    Role.RESELLER: RESELLER.email,
    Role.CLIENT: CLIENT.email,
}


def seed(installation: Installation) -> None:
    """Make the demo tenant unless the installation has its tenant already, and bind the agent to it."""
    ours = select(Tenant.id).where(Tenant.slug == installation.settings.tenant)
    with session_in(installation, Scope.platform()) as session:
        tenant_id = session.scalar(ours)
        if tenant_id is None:
            tenant_id = _seed(session, installation)
    installation.bind_agent(tenant_id)
    if not installation.log_ins_file.exists():
        write_private(installation.log_ins_file, log_ins(installation))


def log_ins(installation: Installation) -> str:
    """Return a line for each role: who signs in, by which address and password."""
    lines = [
        f"{role.value:<11} {email:<24} {password(installation, email)}\n" for role, email in LOG_INS.items()
    ]
    return "".join(lines)


def password(installation: Installation, email: str) -> str:
    """Return the generated password of ``email``."""
    return installation.secrets.file(f"login-{email}", sip_secrets.generate()).read_text().strip()


def _seed(session: Session, installation: Installation) -> int:
    settings = installation.settings
    terms = TenantTerms(slug=settings.tenant, name=NAME, sip_domain=settings.sip_host)
    tenant = put_tenant(session, ACTOR, terms)
    word = password(installation, SUPERADMIN_EMAIL)
    ensure_superadmin(session, ACTOR, email=SUPERADMIN_EMAIL, name="Sam Superadmin", password=word)
    word = password(installation, ADMIN_EMAIL)
    open_admin(session, ACTOR, tenant, email=ADMIN_EMAIL, name="Ada Admin", password=word)
    enter_scope(session, Scope.of_tenant(tenant.id))
    actor = Actor(tenant.id, ACTOR)
    open_trunks(session, actor, installation)
    plan = open_rates(session, actor)
    customers = _open_customers(session, actor, installation, plan)
    open_sip_users(session, actor, installation.secrets, customers[CLIENT.key], customers[BAKERY.key])
    return tenant.id


def _open_customers(
    session: Session, actor: Actor, installation: Installation, plan: Plan
) -> dict[str, Account]:
    opened: dict[str, Account] = {}
    for customer in CUSTOMERS:
        parent = opened[customer.parent] if customer.parent else None
        # A reseller's customer pays by the reseller's plan.
        terms = {"name": customer.name, "margin": customer.margin, "plan_id": None if parent else plan.id}
        opened[customer.key] = accounts.open_account(
            session,
            actor,
            kind=customer.kind,
            parent=parent,
            terms=terms,
            email=customer.email,
            password=password(installation, customer.email),
        )
        add_credit(
            session,
            actor,
            opened[customer.key],
            amount=customer.credit,
            note="Opening credit",
            form_id="demo",
        )
    return opened
