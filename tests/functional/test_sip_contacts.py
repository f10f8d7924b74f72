"""Who is online: only what a softswitch wrote, and only as long as it holds."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from cellhub.db.session import make_engine
from cellhub.security.roles import Role

INSERT = text(
    "INSERT INTO switch.ps_contacts (tenant_id, id, endpoint, uri, user_agent, expiration_time) "
    "VALUES (:tenant_id, :id, :endpoint, :uri, :user_agent, :expires)"
)


@pytest.fixture
def session(postgres, database) -> Iterator[Session]:
    """A session that may also write what only a softswitch writes; pages take their usual role in it."""
    url = make_url(postgres.superuser_url()).set(database=database.name)
    engine = make_engine(url.render_as_string(hide_password=False), application="tests")
    with engine.connect() as connection, connection.begin() as undone:
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        undone.rollback()
    engine.dispose()


def register(world, sip_user, *, seconds=600, agent="Zoiper 5", uri="sip:x@203.0.113.7:5062;transport=udp"):
    session = world.see_everything()
    row = {
        **{"tenant_id": sip_user.tenant_id, "id": f"{sip_user.username};@{seconds}", "uri": uri},
        **{"endpoint": sip_user.username, "user_agent": agent, "expires": int(time.time()) + seconds},
    }
    session.execute(text("SET LOCAL ROLE NONE"))
    session.execute(INSERT, row)


def state_of(page):
    return page.html.select_one("#sip-users tbody tr td:nth-of-type(2)").text.strip()


def test_a_registered_phone_is_online_with_its_contact_and_agent(portal, world):
    register(world, world.north.sip_user)
    page = portal(Role.CLIENT).get("/sip-users")
    assert state_of(page) == "Online"
    assert "203.0.113.7:5062" in page
    assert "Zoiper 5" in page


def test_a_registration_that_ran_out_is_offline(portal, world):
    register(world, world.north.sip_user, seconds=-1)
    page = portal(Role.CLIENT).get("/sip-users")
    assert state_of(page) == "Offline"
    assert "203.0.113.7" not in page


def test_the_page_of_a_sip_user_lists_each_of_its_phones(portal, world):
    register(world, world.north.sip_user)
    register(world, world.north.sip_user, seconds=300, agent="Yealink T46", uri="sip:y@203.0.113.8:5060")
    page = portal(Role.CLIENT).get(f"/sip-users/{world.north.sip_user.id}")
    assert "Online" in page.html.select_one("#sip-state").text
    listed = [one.text for one in page.html.select("#sip-contact dd.mono")]
    assert listed == ["203.0.113.7:5062", "203.0.113.8:5060"]


def test_the_filter_tells_online_from_offline(portal, world):
    register(world, world.north.sip_user)
    app = portal(Role.ADMIN)
    assert "north-201" not in app.get("/sip-users?state=online").html.select_one("#sip-users").text
    assert "north-101" not in app.get("/sip-users?state=offline").html.select_one("#sip-users").text


def test_a_phone_of_another_tenant_with_the_same_name_counts_for_nobody_here(portal, world):
    session = world.see_everything()
    world.south.sip_user.username = "north-101"
    session.flush()
    register(world, world.south.sip_user)
    assert state_of(portal(Role.CLIENT).get("/sip-users")) == "Offline"


def test_a_user_agent_with_markup_is_shown_as_text(portal, world):
    register(world, world.north.sip_user, agent="<script>alert(1)</script>")
    page = portal(Role.CLIENT).get("/sip-users")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
