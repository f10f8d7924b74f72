"""The running portal with two companies in it, and who may see what of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session, sessionmaker

from cellhub.calls.models import Cdr, Disposition
from cellhub.db.scope import Scope, enter_scope
from cellhub.db.session import scoped
from cellhub.local import report
from cellhub.local.installation import Installation
from cellhub.security.models import Login
from cellhub.security.roles import Role
from cellhub.security.tickets import identity_of, issue
from tests.factories.world import Company, World, make_cdr, make_world
from tests.tenancy.addresses import Addresses
from tests.tenancy.rows import add_every_row

CALLS = 120
"""More than two pages of a list, over two days."""


@dataclass(frozen=True, slots=True)
class Site:
    """A running installation; ``world`` was committed and is bound to no session."""

    installation: Installation
    sessions: sessionmaker[Session]
    world: World

    @property
    def address(self) -> str:
        """Where the portal is."""
        return report.address(self.installation)

    @property
    def live_address(self) -> str:
        """Where the live process is."""
        settings = self.installation.settings
        return f"http://127.0.0.1:{settings.live_port}/"

    def login_of(self, role: Role) -> Login:
        """Who has ``role``: staff and customers of the north, and the superadmin."""
        return self.world.superadmin if role is Role.SUPERADMIN else self.world.north.logins[role]

    def give_ticket(self, login: Login) -> str:
        """Sign ``login`` in without a browser; returns the token."""
        with scoped(self.sessions, Scope.platform()) as session:
            return issue(session, session.merge(login), hours=1, remote_addr=None, user_agent="tests")

    @contextmanager
    def addresses(self, token: str) -> Iterator[Addresses]:
        """What the tree holds for whoever has ``token``."""
        with scoped(self.sessions, Scope.platform()) as session:
            identity = identity_of(session, token)
            assert identity is not None
            enter_scope(session, identity.scope)
            yield Addresses(session, identity)

    def books(self, company: Company) -> AbstractContextManager[Session]:
        """A transaction in the scope of ``company``, committed at the end of the block."""
        return scoped(self.sessions, Scope.of_tenant(company.tenant.id))


def fill(sessions: sessionmaker[Session]) -> World:
    """Commit a world with a row of everything, and calls enough for lists and charts."""
    with sessions.begin() as session:
        world = make_world(session)
        add_every_row(session, world)
        for company in (world.north, world.south):
            session.add_all(past_calls(company, CALLS))
        return world


def past_calls(company: Company, count: int) -> Iterator[Cdr]:
    """Calls of the company's clients, every half hour back from now; each third one was not answered."""
    for number in range(count):
        yield _past_call(company, number)


def _past_call(company: Company, number: int) -> Cdr:
    resold = number % 2 == 0
    cdr = (
        make_cdr(company.resold_sip_user, company.resold, company.trunk, ("0.050000", "0.062500"))
        if resold
        else make_cdr(company.sip_user, company.client, company.trunk, ("0.050000",))
    )
    _move(cdr, dt.timedelta(minutes=30 * number))
    if number % 3 == 2:
        _leave_unanswered(cdr)
    return cdr


def _move(cdr: Cdr, back: dt.timedelta) -> None:
    cdr.started_at -= back
    cdr.answered_at -= back
    cdr.ended_at -= back


def _leave_unanswered(cdr: Cdr) -> None:
    cdr.disposition, cdr.code = Disposition.BUSY, 486
    cdr.answered_at, cdr.billsec = None, Decimal(0)
    cdr.costs = [Decimal(0) for _ in cdr.costs]
