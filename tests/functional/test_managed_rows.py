"""Rows that a resource of Kubernetes manages: it alone changes them, and the portal says so."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from cellhub.accounts.audit import Actor
from cellhub.accounts.models import AuditEntry
from cellhub.accounts.refusal import RefusedError
from cellhub.accounts.tenants import TenantTerms, let_go, open_admin, put_tenant
from cellhub.db.roles import drop_switch_login, ensure_switch_login, login_mark, mark_of_login, switch_login
from cellhub.db.scope import Scope, enter_scope
from cellhub.local.database import PostgresServer
from cellhub.routes.models import Trunk
from cellhub.routes.services import change_trunk, delete_trunk
from cellhub.security.roles import Role
from cellhub.security.signin import REFUSED, sign_in
from tests.factories.world import PASSWORD
from tests.functional.forms import form_of

MARK = "cell/harbour"
TERMS = TenantTerms(slug="harbour", name="Harbour Telecom", max_calls=5)


@pytest.fixture
def platform(session):
    enter_scope(session, Scope.platform())
    return session


@pytest.fixture
def managed(world):
    """The north tenant's trunk, managed by a resource."""
    session = world.see_everything()
    trunk = session.scalars(select(Trunk).where(Trunk.id == world.north.trunk.id)).one()
    trunk.managed_by = "cell/north-carrier"
    session.flush()
    return trunk


def test_a_tenant_is_made_once_and_then_changed(platform):
    made = put_tenant(platform, "operator", TERMS, MARK)
    changed = TenantTerms(slug="harbour", name="Harbour Voice", max_calls=7, suspended=True)
    assert put_tenant(platform, "operator", changed, MARK).id == made.id
    assert TenantTerms.of(made) == changed
    rows = platform.scalars(select(AuditEntry).where(AuditEntry.tenant_id == made.id).order_by(AuditEntry.id))
    assert [(row.action, row.changes) for row in rows] == [
        ("create", {}),
        (
            "change",
            {
                "name": ["Harbour Telecom", "Harbour Voice"],
                "max_calls": [5, 7],
                "suspended": [False, True],
            },
        ),
    ]


def test_a_tenant_put_again_is_not_written_down_again(platform):
    made = put_tenant(platform, "operator", TERMS, MARK)
    put_tenant(platform, "operator", TERMS, MARK)
    rows = select(AuditEntry).where(AuditEntry.tenant_id == made.id)
    assert len(platform.scalars(rows).all()) == 1


def test_another_resource_is_refused_and_one_that_was_let_go_is_taken_over(platform):
    made = put_tenant(platform, "operator", TERMS, MARK)
    with pytest.raises(RefusedError, match="The Tenant cell/harbour manages harbour"):
        put_tenant(platform, "operator", TERMS, "other/harbour")
    let_go(platform, "operator", made)
    assert put_tenant(platform, "operator", TERMS, "other/harbour").managed_by == "other/harbour"


def test_the_books_keep_their_currency(platform):
    put_tenant(platform, "operator", TERMS, MARK)
    with pytest.raises(RefusedError, match="in USD"):
        put_tenant(platform, "operator", TenantTerms(slug="harbour", name="x", currency="EUR"), MARK)


@pytest.mark.parametrize(("suspended", "sentence"), [(False, ""), (True, REFUSED)])
def test_a_suspended_tenant_signs_nobody_in(platform, suspended, sentence):
    tenant = put_tenant(
        platform, "operator", TenantTerms(slug="harbour", name="H", suspended=suspended), MARK
    )
    open_admin(platform, "operator", tenant, email="ada@harbour.example", name="Ada", password=PASSWORD)
    outcome = sign_in(
        platform, "ada@harbour.example", PASSWORD, hours=1, remote_addr="127.0.0.1", user_agent="tests"
    )
    assert outcome.sentence == sentence
    assert (outcome.token is None) == suspended


def test_the_softswitchs_login_can_be_made_changed_and_dropped(database, postgres: PostgresServer):
    admin = postgres.superuser_url()
    slug = "harbour-of-logins"

    def connect(password):
        address = PostgresServer.url(postgres.port, switch_login(slug).name, password, database.name)
        return create_engine(address, poolclass=NullPool).connect()

    for password in ("first-password", "second-password"):
        ensure_switch_login(admin, database.name, slug, password)
        with connect(password) as connection:
            assert connection.scalar(text("SELECT current_setting('search_path')")) == "switch"
            assert mark_of_login(connection, slug) == login_mark(password)
    with pytest.raises(OperationalError):
        connect("first-password")
    drop_switch_login(admin, slug)
    drop_switch_login(admin, slug)
    with create_engine(admin, poolclass=NullPool).connect() as connection:
        assert mark_of_login(connection, slug) == ""


def test_people_can_neither_change_nor_delete_what_a_resource_manages(world, managed):
    session, actor = world.session, Actor(world.north.tenant.id, "Ada")
    sentence = "Kubernetes manages it, by the Trunk cell/north-carrier: change that one."
    for refused in (
        lambda: change_trunk(session, actor, managed, terms={"port": 5099}, password="", key_file=None),
        lambda: delete_trunk(session, actor, managed),
        lambda: delete_trunk(session, actor, managed, "other/north-carrier"),
    ):
        with pytest.raises(RefusedError) as why:
            refused()
        assert str(why.value) == sentence
    assert managed.port == 5080


def test_the_portal_shows_a_managed_trunk_and_offers_no_change(portal, world, managed):
    admin = portal(Role.ADMIN)
    assert "Kubernetes" in admin.get("/trunks").html.select_one(f"#trunks-{managed.id}").text
    page = admin.get(f"/trunks/{managed.id}/edit")
    words = page.html.select_one("main").get_text(" ", strip=True)
    assert "It can only be read here. Kubernetes manages it, by the Trunk cell/north-carrier: change" in words
    assert page.html.select_one("main form") is None


def test_a_form_that_was_open_before_changes_nothing(portal, world, managed):
    admin, trunk_id, tenant_id = portal(Role.ADMIN), managed.id, managed.tenant_id
    managed.managed_by = ""
    world.session.flush()
    form = form_of(admin.get(f"/trunks/{trunk_id}/edit"), f"/trunks/{trunk_id}/edit")
    world.see_everything().get(Trunk, (tenant_id, trunk_id)).managed_by = "cell/north-carrier"
    world.session.flush()
    form["port"] = "5099"
    page = form.submit(status=409)
    assert "Kubernetes manages it, by the Trunk cell/north-carrier: change that one." in page
    assert page.html.select_one("#port")["value"] == "5099"
    assert world.see_everything().get(Trunk, (tenant_id, trunk_id)).port == 5080


def test_a_managed_trunk_cannot_be_deleted_from_the_portal(portal, managed):
    answer = portal(Role.ADMIN).get(f"/trunks/{managed.id}/delete")
    assert "Kubernetes manages it, by the Trunk cell/north-carrier" in answer
