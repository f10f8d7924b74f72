"""The database as reconciling sees it, and what reconciling does to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import RefusedError
from cellhub.accounts.tenants import TenantTerms, let_go, open_admin, put_tenant
from cellhub.calls.models import Call
from cellhub.db.erasing import NotErased, erase_tenant
from cellhub.db.roles import (
    drop_agent_login,
    drop_switch_login,
    ensure_agent_login,
    ensure_switch_login,
    mark_of_agent,
    mark_of_login,
)
from cellhub.db.scope import Scope, enter_scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.db.tenancy import Tenant
from cellhub.domain.settlement import FINAL
from cellhub.routes import services as routes
from cellhub.routes.keeping.manifest import DECIDED
from cellhub.routes.models import Trunk
from cellhub.routes.rendering import peers_to_render, trunks_to_render
from cellhub.security.crypto import SecretBox
from cellhub.security.models import Login
from cellhub.security.roles import Role
from cellhub.switch.render import Peer
from cellhub.switch.render import Trunk as RenderedTrunk
from cellhub_operator import actions as deeds
from cellhub_operator.observed import TenantRow, TrunkRow
from cellhub_operator.reconcile.trunk import USERNAME

ACTOR = "Kubernetes"
APPLICATION = "cellhub-operator"
Deed = (
    deeds.PutTenant
    | deeds.PutAdmin
    | deeds.PutSwitchLogin
    | deeds.DropSwitchLogin
    | deeds.PutAgentLogin
    | deeds.DropAgentLogin
    | deeds.LetGo
    | deeds.Erase
    | deeds.PutTrunk
    | deeds.PauseTrunk
    | deeds.RemoveTrunk
)


class Refused(Exception):
    """A deed was not done; the sentence says why, and what would be right."""


class Rows:
    """Tenants and trunks in PostgreSQL.

    ``admin_url`` is of a login that may create others, ``database`` the name of ours. Last backups
    go to ``backups``; without it no tenant is erased.
    """

    def __init__(
        self, url: str, *, admin_url: str, database: str, key_file: Path, backups: Path | None = None
    ) -> None:
        self._engine = make_engine(url, application=APPLICATION)
        self._sessions = make_session_factory(self._engine)
        self._admin_url, self._database = admin_url, database
        self._key_file, self._backups = key_file, backups
        self._hashing = Lock()

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    @property
    def sessions(self) -> sessionmaker[Session]:
        """Sessions as the operator's own login."""
        return self._sessions

    def tenant(self, slug: str) -> tuple[TenantRow | None, tuple[RenderedTrunk, ...], tuple[Peer, ...]]:
        """Look at a tenant, and at the trunks and peers that its softswitch's files hold."""
        with scoped(self._sessions, Scope.platform()) as session:
            tenant = _find(session, slug)
            if tenant is None:
                return None, (), ()
            row = _tenant_row(session, tenant)
            enter_scope(session, Scope.of_tenant(tenant.id))
            return row, trunks_to_render(session, self._box), peers_to_render(session)

    def trunk(self, slug: str, name: str) -> tuple[bool, TrunkRow | None]:
        """Say whether there is a tenant ``slug``, and look at its trunk ``name``."""
        with scoped(self._sessions, Scope.platform()) as session:
            tenant = _find(session, slug)
            if tenant is None:
                return False, None
            enter_scope(session, Scope.of_tenant(tenant.id))
            trunk = _find_trunk(session, name)
            return True, self._trunk_row(session, trunk) if trunk is not None else None

    def resource_of(self, tenant_id: int) -> str:
        """The mark of the Tenant that manages a row; empty if none does."""
        with scoped(self._sessions, Scope.platform()) as session:
            return session.scalar(select(Tenant.managed_by).where(Tenant.id == tenant_id)) or ""

    def do(self, deed: Deed) -> None:
        """Do one deed, in a transaction of its own.

        Raises:
            Refused: what the deed is about does not allow it now.
        """
        try:
            DOING[type(deed)](self, deed)
        except (RefusedError, NotErased) as refused:
            raise Refused(str(refused)) from None

    @property
    def _box(self) -> SecretBox:
        return SecretBox.from_file(self._key_file)

    def _trunk_row(self, session: Session, trunk: Trunk) -> TrunkRow:
        return TrunkRow(
            terms={name: getattr(trunk, name) for name in (*DECIDED, USERNAME)},
            managed_by=trunk.managed_by,
            password=self._box.open(trunk.secret) if trunk.secret else "",
            registration=trunk.registration,
            calls=routes.calls_now(session, trunk),
            needed_by=routes.needed_by(session, trunk),
        )

    def _put_tenant(self, deed: deeds.PutTenant) -> None:
        with scoped(self._sessions, Scope.platform()) as session:
            put_tenant(session, ACTOR, deed.terms, deed.managed_by)

    def _put_admin(self, deed: deeds.PutAdmin) -> None:
        # A password's hash is made to take memory, 64 MiB: of many new tenants one after the other.
        with self._hashing, scoped(self._sessions, Scope.platform()) as session:
            tenant = _found(session, deed.slug)
            open_admin(session, ACTOR, tenant, email=deed.email, name=deed.email, password=deed.password)

    def _put_login(self, deed: deeds.PutSwitchLogin) -> None:
        ensure_switch_login(self._admin_url, self._database, deed.slug, deed.password)

    def _drop_login(self, deed: deeds.DropSwitchLogin) -> None:
        drop_switch_login(self._admin_url, deed.slug)

    def _put_agent_login(self, deed: deeds.PutAgentLogin) -> None:
        tenant_id = self._tenant_id(deed.slug)
        ensure_agent_login(self._admin_url, self._database, deed.slug, tenant_id, deed.password)

    def _drop_agent_login(self, deed: deeds.DropAgentLogin) -> None:
        drop_agent_login(self._admin_url, deed.slug, self._tenant_id(deed.slug))

    def _let_go(self, deed: deeds.LetGo) -> None:
        with scoped(self._sessions, Scope.platform()) as session:
            let_go(session, ACTOR, _found(session, deed.slug))

    def _erase(self, deed: deeds.Erase) -> None:
        if self._backups is None:
            raise Refused("CELLHUB_BACKUP_FOLDER is not set: there is no place for the last backup.")
        tenant_id = self._tenant_id(deed.slug)
        erase_tenant(self._admin_url, self._database, tenant_id, deed.slug, self._backups)

    def _tenant_id(self, slug: str) -> int:
        with scoped(self._sessions, Scope.platform()) as session:
            return _found(session, slug).id

    def _put_trunk(self, deed: deeds.PutTrunk) -> None:
        def put(session: Session, actor: Actor, trunk: Trunk | None) -> None:
            how: Mapping[str, Any] = {
                "terms": deed.terms,
                "password": deed.password,
                "key_file": self._key_file,
                "managed_by": deed.managed_by,
            }
            if trunk is None:
                routes.open_trunk(session, actor, name=deed.name, **how)
            else:
                routes.change_trunk(session, actor, trunk, **how)

        self._with_trunk(deed, put)

    def _pause_trunk(self, deed: deeds.PauseTrunk) -> None:
        def pause(session: Session, actor: Actor, trunk: Trunk | None) -> None:
            if trunk is not None:
                terms = {"active": False, USERNAME: trunk.username}
                routes.change_trunk(
                    session,
                    actor,
                    trunk,
                    terms=terms,
                    password="",
                    key_file=self._key_file,
                    managed_by=trunk.managed_by,
                )

        self._with_trunk(deed, pause)

    def _remove_trunk(self, deed: deeds.RemoveTrunk) -> None:
        def remove(session: Session, actor: Actor, trunk: Trunk | None) -> None:
            if trunk is not None:
                routes.delete_trunk(session, actor, trunk, trunk.managed_by)

        self._with_trunk(deed, remove)

    def _with_trunk(
        self,
        deed: deeds.PutTrunk | deeds.PauseTrunk | deeds.RemoveTrunk,
        action: Callable[[Session, Actor, Trunk | None], None],
    ) -> None:
        with scoped(self._sessions, Scope.platform()) as session:
            tenant_id = _found(session, deed.slug).id
            enter_scope(session, Scope.of_tenant(tenant_id))
            action(session, Actor(tenant_id, ACTOR), _find_trunk(session, deed.name))


DOING: dict[type, Callable[[Rows, Any], None]] = {
    deeds.PutTenant: Rows._put_tenant,
    deeds.PutAdmin: Rows._put_admin,
    deeds.PutSwitchLogin: Rows._put_login,
    deeds.DropSwitchLogin: Rows._drop_login,
    deeds.PutAgentLogin: Rows._put_agent_login,
    deeds.DropAgentLogin: Rows._drop_agent_login,
    deeds.LetGo: Rows._let_go,
    deeds.Erase: Rows._erase,
    deeds.PutTrunk: Rows._put_trunk,
    deeds.PauseTrunk: Rows._pause_trunk,
    deeds.RemoveTrunk: Rows._remove_trunk,
}


def _find(session: Session, slug: str) -> Tenant | None:
    return session.scalar(select(Tenant).where(Tenant.slug == slug))


def _found(session: Session, slug: str) -> Tenant:
    tenant = _find(session, slug)
    if tenant is None:
        raise Refused(f"There is no tenant {slug}.")
    return tenant


def _find_trunk(session: Session, name: str) -> Trunk | None:
    return session.scalar(select(Trunk).where(Trunk.name == name))


def _tenant_row(session: Session, tenant: Tenant) -> TenantRow:
    admins = select(func.count()).select_from(Login)
    live = select(func.count()).select_from(Call)
    return TenantRow(
        terms=TenantTerms.of(tenant),
        managed_by=tenant.managed_by,
        has_admin=bool(session.scalar(admins.where(Login.tenant_id == tenant.id, Login.role == Role.ADMIN))),
        login=mark_of_login(session.connection(), tenant.slug),
        agent_login=mark_of_agent(session.connection(), tenant.slug, tenant.id),
        calls=session.scalar(live.where(Call.tenant_id == tenant.id, Call.state.not_in(FINAL))) or 0,
    )
