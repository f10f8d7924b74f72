"""Engines and sessions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import zope.sqlalchemy
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker
from transaction import TransactionManager

from cellhub.db.scope import Scope, enter_scope

CONNECT_SECONDS = 3
STATEMENT_MS = 30_000


def make_engine(
    url: str, *, application: str, statement_ms: int = STATEMENT_MS, pool_size: int = 5
) -> Engine:
    """Connect to ``url`` as ``application`` (the name that PostgreSQL shows for it)."""
    return create_engine(
        url,
        pool_size=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,  # an error names its statement in the log, and must not tell secrets there
        connect_args={
            "application_name": application,
            "connect_timeout": CONNECT_SECONDS,
            "options": f"-c statement_timeout={statement_ms} -c timezone=UTC",
        },
    )


def make_session_factory(engine: Engine) -> sessionmaker[Session]:
    """Sessions that belong to nobody yet; the caller commits, or joins a transaction manager."""
    return sessionmaker(bind=engine, expire_on_commit=False)


def join_transaction(session: Session, manager: TransactionManager) -> Session:
    """Let ``manager`` commit the session.

    ``keep_session`` leaves loaded rows usable in the response; ``changed`` marks every
    session as one to commit, because zope.sqlalchemy otherwise rolls back statements
    that bypass the unit of work: for a debit that is lost money.
    """
    zope.sqlalchemy.register(session, transaction_manager=manager, keep_session=True, initial_state="changed")
    return session


@contextmanager
def scoped(factory: sessionmaker[Session], scope: Scope) -> Iterator[Session]:
    """A transaction in ``scope``, committed at the end of the block."""
    with factory.begin() as session:
        enter_scope(session, scope)
        yield session
