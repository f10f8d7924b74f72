"""Tries that come at once are counted one after the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete

from cellhub.db.roles import PORTAL
from cellhub.db.scope import Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.security.models import LoginFailure
from cellhub.security.signin import sign_in
from cellhub.security.throttle import PER_EMAIL_AND_ADDRESS

AT_ONCE = 16


@pytest.fixture
def factory(database):
    engine = make_engine(database.url(PORTAL.name), application="tests", pool_size=AT_ONCE)
    factory = make_session_factory(engine)
    yield factory
    with scoped(factory, Scope.platform()) as session:
        session.execute(delete(LoginFailure))
    engine.dispose()


def test_of_many_tries_at_once_only_so_many_are_judged(factory):
    def guess(number):
        with factory.begin() as session:
            outcome = sign_in(
                session,
                "crowd@north.example",
                f"guess {number}",
                hours=1,
                remote_addr="192.0.2.9",
                user_agent="",
            )
            return outcome.wait

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        waited = list(crowd.map(guess, range(AT_ONCE)))
    assert waited.count(False) == PER_EMAIL_AND_ADDRESS
