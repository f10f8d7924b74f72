"""What the portal decides about a tenant, and the operator brings about: no pod runs, all else is real."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cellhub.accounts.audit import Actor
from cellhub.accounts.tenants import ensure_platform
from cellhub.db.roles import PORTAL
from cellhub.db.scope import PLATFORM_TENANT, Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.tenants.keeping import Policy, Word
from cellhub.tenants.keeping.cluster import ClusterTenants
from tests.cluster.test_portal_trunks import by_kubeconfig  # noqa: F401
from tests.cluster.worlds import SECONDS
from tests.fixtures.switch import wait_for

# The fixture is that of the other module.
# ruff: noqa: F811
pytestmark = pytest.mark.usefixtures("resources")

TERMS = {
    "name": "North Telecom",
    "sip_domain": "sip.north.example",
    "admin_email": "ada@north.example",
    "currency": "EUR",
}
ADMIN = "SELECT email FROM login WHERE role = 'admin'"


@pytest.fixture
def portal(world, own_database, by_kubeconfig):
    """A portal of the test's namespace, a transaction at a time."""
    engine = make_engine(own_database.url(PORTAL.name), application="tests")
    sessions = make_session_factory(engine)
    with scoped(sessions, Scope.platform()) as session:
        ensure_platform(session)

    @contextmanager
    def tenants() -> Iterator[ClusterTenants]:
        with scoped(sessions, Scope.platform()) as session:
            actor = Actor(PLATFORM_TENANT, "Ada")
            yield ClusterTenants(by_kubeconfig, session, actor, (world.namespace,))

    yield tenants
    engine.dispose()


def test_a_tenant_is_made_suspended_and_ended_and_its_books_are_taken_up_again(operator, world, portal):
    operator.start()
    with portal() as tenants:
        key = tenants.open(world.namespace, "north", TERMS)
    world.kept()
    mark = f"{world.namespace}/north"
    terms = "SELECT name, currency, suspended, managed_by FROM tenant WHERE slug = 'north'"
    assert world.rows(terms) == [("North Telecom", "EUR", False, mark)]
    assert world.rows(ADMIN) == [("ada@north.example",)]
    with portal() as tenants:
        found = tenants.find(key)
        assert (found.word, found.sentence) == (Word.PROGRESSING, "0 of 1 pods take calls.")
        tenants.change(key, {"suspended": True}, found.version)
    wait_for(lambda: world.rows(terms)[0][2], "the row is suspended", SECONDS)
    with portal() as tenants:
        assert tenants.find(key).word == Word.SUSPENDED
        tenants.end(key, Policy.RETAIN)
    wait_for(lambda: world.rows(terms) == [("North Telecom", "EUR", True, "")], "it is let go", SECONDS)
    wait_for(lambda: world.tenant() is None, "the Tenant is gone", SECONDS)
    with portal() as tenants:
        assert [(one.key, one.word) for one in tenants.all()] == [("north", Word.KEPT)]
        tenants.open(world.namespace, "north", TERMS)
    again = ("North Telecom", "EUR", False, mark)
    wait_for(lambda: world.rows(terms) == [again], "its books are taken up again", SECONDS)
    said = world.rows("SELECT actor, action FROM audit_entry WHERE object_name = 'north' ORDER BY id")
    assert [one for one in said if one[0] == "Ada"] == [
        ("Ada", "create"),
        ("Ada", "change"),
        ("Ada", "delete"),
        ("Ada", "create"),
    ]
