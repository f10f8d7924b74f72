"""Who may open a stream, and what of the installation it may hear."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from cellhub.db.scope import enter_scope
from cellhub.db.session import make_engine, make_session_factory
from cellhub.live.audience import Viewer
from cellhub.security.identity import Identity
from cellhub.security.roles import Role
from cellhub.security.tickets import identity_of

CONNECTIONS = 4
STATEMENT_MS = 3000
# What is no token at all costs no query.
TOKEN = re.compile(r"[A-Za-z0-9_-]{20,128}")


class Gate:
    """Reads tickets in a few threads, so that the event loop never waits for the database."""

    def __init__(self, database_url: str) -> None:
        self._engine: Engine = make_engine(
            database_url, application="cellhub-live", statement_ms=STATEMENT_MS, pool_size=CONNECTIONS
        )
        self._sessions = make_session_factory(self._engine)
        self._threads = ThreadPoolExecutor(CONNECTIONS, "gate")

    async def admit(self, token: str) -> Viewer | None:
        """Return what the holder of ``token`` hears; None if it opens nothing.

        Raises:
            sqlalchemy.exc.OperationalError: the database does not answer.
        """
        if not TOKEN.fullmatch(token):
            return None
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._viewer, token)

    def close(self) -> None:
        """Give the threads and the connections back."""
        self._threads.shutdown(cancel_futures=True)
        self._engine.dispose()

    def _viewer(self, token: str) -> Viewer | None:
        with self._sessions.begin() as session:
            identity = identity_of(session, token)
            return _viewer_of(session, identity) if identity else None


def _viewer_of(session: Session, identity: Identity) -> Viewer:
    # A superadmin may turn to another tenant while the stream is open, so hears of all.
    if identity.role is Role.SUPERADMIN:
        return Viewer()
    if identity.account_id is None:
        return Viewer(identity.tenant_id)
    # Row-level security knows the subtree: what the scope sees is what it may hear of.
    enter_scope(session, identity.scope)
    accounts = frozenset(session.scalars(text("SELECT id FROM account")))
    sip_users = frozenset(session.scalars(text("SELECT username FROM sip_user")))
    return Viewer(identity.tenant_id, accounts, sip_users)
