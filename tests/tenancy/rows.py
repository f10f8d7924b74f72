"""A row of every model for every account of both tenants, and whose each row is.

The walls say in SQL and by column names which rows an account has. Here the same is said
a third time, row by row in Python, so that a mistake in a wall has nothing to hide in.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from cellhub.accounts.models import AccountGroup, AuditEntry
from cellhub.calls.models import Attempt, Call, CallPayer, Cdr
from cellhub.db.scope import PLATFORM_TENANT, Scope, enter_scope
from cellhub.db.tenancy import Account, Tenant
from cellhub.domain.settlement import CallState
from cellhub.domain.updates import Terms
from cellhub.models import Base
from cellhub.rates.models import Offer, Plan, PlanDeck, Rate, RateDeck
from cellhub.security.models import Login, LoginFailure, LoginTicket
from cellhub.security.roles import Role
from cellhub.security.tickets import issue
from cellhub.sip.models import RestrictedNumber, SipUser
from cellhub.telemetry.models import Heartbeat
from cellhub.updates.services import Wish
from cellhub.updates.services import begin as begin_update
from tests.factories.world import Company, World
from tests.tenancy.filling import fill_empty_tables

ALL_MODELS: tuple[Any, ...] = tuple(
    sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda model: model.__tablename__)
)
MODELS = tuple(model for model in ALL_MODELS if model is Tenant or hasattr(model, "tenant_id"))
PLATFORM_MODELS = tuple(model for model in ALL_MODELS if model not in MODELS)
"""Those of the platform alone: no tenant has a row in them."""

Key = tuple[Any, ...]


def add_every_row(session: Session, world: World) -> None:
    """Add to both tenants what a small world lacks."""
    enter_scope(session, Scope.platform())
    for company in (world.north, world.south):
        _add_unused_catalogue(session, company)
        _add_people(session, company)
        _add_running_calls(session, company)
        _add_traces(session, company)
        session.flush()
        fill_empty_tables(session, company.tenant.id)
    session.add(_heartbeat(PLATFORM_TENANT))
    begin_update(session, "rows", Wish("1.5.0", "1.4.2", "{}", "c2lnbmVk", Terms()))
    session.flush()


def _add_unused_catalogue(session: Session, company: Company) -> None:
    """A plan that no customer has: it is there for the tenant's own staff only."""
    tenant_id, name = company.tenant.id, f"{company.tenant.slug} unsold"
    plan, deck = Plan(tenant_id=tenant_id, name=name), RateDeck(tenant_id=tenant_id, name=name)
    session.add_all([plan, deck])
    session.flush()
    session.add(PlanDeck(tenant_id=tenant_id, plan_id=plan.id, deck_id=deck.id, position=1))
    session.add(Rate(tenant_id=tenant_id, deck_id=deck.id, prefix="44", destination="UK", rate=Decimal(1)))


def _add_people(session: Session, company: Company) -> None:
    resold = Login(
        tenant_id=company.tenant.id,
        email=f"resold@{company.tenant.slug}.example",
        name="Resold client",
        role=Role.CLIENT,
        account_id=company.resold.id,
        password_hash="nobody signs in by this",
    )
    session.add(resold)
    session.flush()
    for login in (*company.logins.values(), resold):
        issue(session, session.merge(login), hours=1, remote_addr=None, user_agent="rows")


def _add_running_calls(session: Session, company: Company) -> None:
    for sip_user, account in (
        (company.sip_user, company.client),
        (company.resold_sip_user, company.resold),
    ):
        call = _call(sip_user, account)
        session.add(call)
        session.flush()
        for position, payer in enumerate(account.lineage, 1):
            session.add(_payer(call, position, payer))


def _call(sip_user: SipUser, account: Account) -> Call:
    now = dt.datetime.now(dt.UTC)
    return Call(
        tenant_id=account.tenant_id,
        call_id=uuid.uuid4().hex,
        state=CallState.ANSWERED,
        pod="pod-1",
        account_id=account.id,
        lineage=account.lineage,
        sip_user_id=sip_user.id,
        sip_user=sip_user.username,
        source="100",
        dialled="905551234567",
        number="905551234567",
        prefix="905",
        destination="Turkey Mobile",
        paid_seconds=60,
        last_slice=False,
        authorised_at=now,
        answered_at=now,
        deadline_at=now + dt.timedelta(minutes=1),
    )


def _payer(call: Call, position: int, account_id: int) -> CallPayer:
    return CallPayer(
        tenant_id=call.tenant_id,
        call_id=call.call_id,
        position=position,
        account_id=account_id,
        price={},
        held=Decimal(1),
    )


def _add_traces(session: Session, company: Company) -> None:
    """What deeds, attempts and processes leave behind."""
    tenant_id = company.tenant.id
    owners = (None, company.reseller.id, company.resold.id, company.client.id)
    session.add_all(_audit(tenant_id, account_id) for account_id in owners)
    session.add_all(_attempt(cdr) for cdr in (company.cdr, company.resold_cdr))
    session.add_all(_offer(company, account) for account in (company.client, company.resold))
    session.add(LoginFailure(tenant_id=tenant_id, email_hash=b"somebody"))
    session.add(_heartbeat(tenant_id))


def _audit(tenant_id: int, account_id: int | None) -> AuditEntry:
    return AuditEntry(
        tenant_id=tenant_id,
        account_id=account_id,
        actor="rows",
        action="edit",
        object_kind="account",
        object_id=str(account_id),
        object_name="rows",
    )


def _offer(company: Company, account: Account) -> Offer:
    starts = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return Offer(
        tenant_id=company.tenant.id,
        account_id=account.id,
        prefix="44",
        destination="UK",
        days=30,
        starts_at=starts,
        expires_at=starts + dt.timedelta(days=30),
    )


def _attempt(cdr: Cdr) -> Attempt:
    return Attempt(
        tenant_id=cdr.tenant_id,
        started_at=cdr.started_at,
        call_id=cdr.call_id,
        position=1,
        trunk=cdr.trunk,
        code=200,
        ended_at=cdr.ended_at,
    )


def _heartbeat(tenant_id: int) -> Heartbeat:
    return Heartbeat(tenant_id=tenant_id, part="agent", instance="1", seen_at=dt.datetime.now(dt.UTC))


@dataclass(frozen=True, slots=True)
class Owned:
    """One row: its key, its columns, its tenant, and the accounts that it belongs to."""

    key: Key
    values: dict[str, Any]
    tenant_id: int
    accounts: frozenset[int]


class Inventory:
    """Every row there is, read where both walls are open."""

    def __init__(self, session: Session) -> None:
        enter_scope(session, Scope.platform())
        self._rows = {model: tuple(session.execute(select(model.__table__))) for model in MODELS}
        self._lineages = {account.id: frozenset(account.lineage) for account in self._rows[Account]}

    def of(self, model: Any) -> Iterator[Owned]:
        """The rows of ``model``."""
        owners = OWNERS.get(model, _named_account)
        tenant, *_ = key = [column.name for column in inspect(model).primary_key]
        for row in self._rows[model]:
            values = row._asdict()
            yield Owned(
                tuple(values[name] for name in key), values, values[tenant], frozenset(owners(self, row))
            )

    def keys_for(self, model: Any, scope: Scope) -> set[Key]:
        """The keys of the rows of ``model`` that exist for ``scope``."""
        return {row.key for row in self.of(model) if self.exists_for(model, row, scope)}

    def exists_for(self, model: Any, row: Owned, scope: Scope) -> bool:
        """Say whether ``scope`` has ``row``: its tenant's, and in an account its own or from below."""
        if model is Heartbeat and row.tenant_id == PLATFORM_TENANT:
            return scope.account_id is None  # the platform's processes serve every tenant's staff
        if row.tenant_id != scope.tenant_id:
            return False
        if scope.account_id is None or model is Tenant:
            return True
        return any(scope.account_id in self._lineages[account] for account in row.accounts)

    def matching(self, model: Any, **values: Any) -> Iterator[Any]:
        """The rows of ``model`` with these values."""
        return (
            row
            for row in self._rows[model]
            if all(getattr(row, name) == value for name, value in values.items())
        )


Owners = Callable[[Inventory, Any], Iterator[int]]


def _named_account(inventory: Inventory, row: Any) -> Iterator[int]:
    account_id = getattr(row, "account_id", None)
    return iter(() if account_id is None else (account_id,))


def _of_login(inventory: Inventory, row: LoginTicket) -> Iterator[int]:
    for login in inventory.matching(Login, id=row.login_id):
        yield from _named_account(inventory, login)


def _of_cdr(inventory: Inventory, row: Attempt) -> Iterator[int]:
    return (cdr.account_id for cdr in inventory.matching(Cdr, call_id=row.call_id))


def _of_plan(inventory: Inventory, plan_id: int) -> Iterator[int]:
    return (account.id for account in inventory.matching(Account, plan_id=plan_id))


def _of_deck(inventory: Inventory, deck_id: int) -> Iterator[int]:
    for place in inventory.matching(PlanDeck, deck_id=deck_id):
        yield from _of_plan(inventory, place.plan_id)


def _of_sip_user(inventory: Inventory, row: RestrictedNumber) -> Iterator[int]:
    return (user.account_id for user in inventory.matching(SipUser, id=row.sip_user_id))


OWNERS: dict[Any, Owners] = {
    Account: lambda inventory, row: iter((row.id,)),
    LoginTicket: _of_login,
    AccountGroup: lambda inventory, row: (one.id for one in inventory.matching(Account, group_id=row.id)),
    RestrictedNumber: _of_sip_user,
    Attempt: _of_cdr,
    Plan: lambda inventory, row: _of_plan(inventory, row.id),
    PlanDeck: lambda inventory, row: _of_plan(inventory, row.plan_id),
    RateDeck: lambda inventory, row: _of_deck(inventory, row.id),
    Rate: lambda inventory, row: _of_deck(inventory, row.deck_id),
}
"""Models whose rows do not name their account themselves."""
