"""The request's database session, committed by its transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from cellhub.db.session import join_transaction, make_engine, make_session_factory

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.request import Request

POOL_SIZE = 8


def includeme(config: Configurator) -> None:
    """Make ``request.dbsession``; nothing is visible in it before a scope is entered."""
    # Asking who is reading needs the database, and the note would stand in no log.
    config.add_settings({"tm.manager_hook": "pyramid_tm.explicit_manager", "tm.annotate_user": False})
    url = config.registry.cellhub.database_url.get_secret_value()
    engine = make_engine(url, application="cellhub-portal", pool_size=POOL_SIZE)
    config.registry.session_factory = make_session_factory(engine)
    config.add_request_method(_session, "dbsession", reify=True)


def _session(request: Request) -> Session:
    # A functional test hands in its own session, and undoes everything at its end.
    given: Session | None = request.environ.get("cellhub.dbsession")
    if given is not None:
        given.expire_all()
        return given
    session = join_transaction(request.registry.session_factory(), request.tm)
    request.add_finished_callback(lambda _: session.close())
    return session
