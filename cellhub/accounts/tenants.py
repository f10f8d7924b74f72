"""Make and change tenants: one way for one machine and for Kubernetes.

The session is in the platform's scope. A tenant that a resource of Kubernetes manages is changed
by that resource alone; its mark, ``NAMESPACE/NAME``, says which one it is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from sqlalchemy import BigInteger, Text, column, delete, select, table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, changes_of, record
from cellhub.accounts.refusal import RefusedError, unless_taken
from cellhub.db.notify import publish_render
from cellhub.db.roles import switch_login
from cellhub.db.scope import PLATFORM_TENANT
from cellhub.db.tenancy import Tenant
from cellhub.security.models import Login
from cellhub.security.passwords import hash_password
from cellhub.security.roles import Role

LOGINS = table("tenant_login", column("role_name", Text), column("tenant_id", BigInteger), schema="switch")
EMAIL_TAKEN = "Somebody signs in with this address already."


@dataclass(frozen=True, slots=True)
class TenantTerms:
    """What is decided about a tenant. A limit of 0 is none; ``suspended``: no calls, no log-ins."""

    slug: str
    name: str
    sip_domain: str = ""
    currency: str = "USD"
    time_zone: str = "UTC"
    max_calls: int = 0
    calls_per_second: int = 0
    sip_user_limit: int = 0
    suspended: bool = False

    @classmethod
    def of(cls, tenant: Tenant) -> TenantTerms:
        """Read them from a row."""
        return cls(**{one.name: getattr(tenant, one.name) for one in fields(cls)})


def put_tenant(session: Session, actor: str, terms: TenantTerms, managed_by: str = "") -> Tenant:
    """Make a tenant with the log-in of its softswitch, or change the one of this slug.

    Raises:
        RefusedError: another resource manages it, or its books are in another currency.
    """
    ensure_platform(session)
    tenant = session.scalar(select(Tenant).where(Tenant.slug == terms.slug).with_for_update())
    if tenant is None:
        return _open(session, actor, terms, managed_by)
    _check(tenant, terms, managed_by)
    for name, value in asdict(terms).items():
        setattr(tenant, name, value)
    tenant.managed_by = managed_by
    changes = changes_of(tenant, [*asdict(terms), "managed_by"])
    session.flush()
    _tie_softswitch(session, tenant)
    if changes:
        _record(session, actor, "change", tenant, changes)
        publish_render(session, tenant.id)
    return tenant


def let_go(session: Session, actor: str, tenant: Tenant) -> None:
    """Keep a tenant that no resource manages any more; it has no softswitch then."""
    tenant.managed_by = ""
    changes = changes_of(tenant, ["managed_by"])
    session.flush()
    session.execute(delete(LOGINS).where(LOGINS.c.role_name == switch_login(tenant.slug).name))
    if changes:
        _record(session, actor, "change", tenant, changes)


def open_admin(
    session: Session, actor: str, tenant: Tenant, *, email: str, name: str, password: str
) -> Login:
    """Let a person administrate a tenant.

    Raises:
        RefusedError: the address signs in already.
    """
    login = Login(
        tenant_id=tenant.id, email=email, name=name, role=Role.ADMIN, password_hash=hash_password(password)
    )
    with unless_taken(session, "email", EMAIL_TAKEN):
        session.add(login)
        session.flush()
    record(session, Actor(tenant.id, actor), "create", login, name=email, account_id=None)
    return login


def ensure_superadmin(session: Session, actor: str, *, email: str, name: str, password: str) -> bool:
    """Let a person keep the whole platform, unless somebody does already; says whether it was needed."""
    ensure_platform(session)
    if session.scalar(select(Login.id).where(Login.role == Role.SUPERADMIN).limit(1)) is not None:
        return False
    login = Login(
        tenant_id=PLATFORM_TENANT,
        email=email,
        name=name,
        role=Role.SUPERADMIN,
        password_hash=hash_password(password),
    )
    session.add(login)
    session.flush()
    record(session, Actor(PLATFORM_TENANT, actor), "create", login, name=email, account_id=None)
    return True


def ensure_platform(session: Session) -> None:
    """Make the platform's own tenant if it is missing."""
    if session.get(Tenant, PLATFORM_TENANT) is None:
        session.add(Tenant(id=PLATFORM_TENANT, slug="platform", name="Platform"))
        session.flush()


def _open(session: Session, actor: str, terms: TenantTerms, managed_by: str) -> Tenant:
    tenant = Tenant(**asdict(terms), managed_by=managed_by)
    session.add(tenant)
    session.flush()
    _tie_softswitch(session, tenant)
    _record(session, actor, "create", tenant, {})
    return tenant


def _check(tenant: Tenant, terms: TenantTerms, managed_by: str) -> None:
    if tenant.managed_by not in ("", managed_by):
        raise RefusedError("slug", f"The Tenant {tenant.managed_by} manages {tenant.slug}.")
    if tenant.currency != terms.currency:
        raise RefusedError("currency", f"The books of {tenant.slug} are in {tenant.currency}.")


def _tie_softswitch(session: Session, tenant: Tenant) -> None:
    """Let the softswitch's log-in see this tenant and no other."""
    tie = insert(LOGINS).values(role_name=switch_login(tenant.slug).name, tenant_id=tenant.id)
    session.execute(tie.on_conflict_do_nothing())


def _record(session: Session, actor: str, action: str, tenant: Tenant, changes: dict[str, object]) -> None:
    who = Actor(tenant.id, actor)
    record(session, who, action, tenant, name=tenant.name, account_id=None, changes=changes)
