"""What a browser hears, and what it does not."""

import pytest
from sqlalchemy import text

from cellhub.db.notify import Topic
from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.db.tenancy import AccountKind
from cellhub.live import hub
from cellhub.live.stream import Pace
from cellhub.security.roles import Role
from cellhub.security.tickets import revoke
from tests.factories.world import make_account
from tests.functional.live.browser import CAPACITY, PORTAL_PORT, until

OWN_PAGE = f"http://127.0.0.1:{PORTAL_PORT}"


@pytest.mark.parametrize("token", [None, "", "x" * 43, "' OR 1=1 --", "%00" * 30, "x" * 4000])
def test_who_is_not_signed_in_hears_nothing(place, token):
    answer = place.get(token)
    assert (answer.status, answer.read()) == (401, b"Sign in to the portal first.\n")


def test_a_page_of_the_portal_may_listen(place):
    token = place.sign_in(place.world.north.logins[Role.ADMIN])
    answer = place.get(token, Origin=OWN_PAGE)
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == OWN_PAGE
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_of_others_may_not(place):
    token = place.sign_in(place.world.north.logins[Role.ADMIN])
    answer = place.get(token, Origin="http://evil.example:8080")
    assert answer.status == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("role", [Role.ADMIN, Role.RESELLER, Role.CLIENT])
def test_a_ping_arrives_as_its_topic(place, browse, role):
    north = place.world.north
    account = {Role.CLIENT: north.client, Role.RESELLER: north.resold}.get(role, north.client)
    browser = browse(north.logins[role])
    place.publish(Topic.BALANCE, north.tenant.id, account.id)
    assert browser.topic() == "balance"


def test_a_superadmin_hears_every_tenant(place, browse):
    browser = browse(place.world.superadmin)
    place.publish(Topic.CALLS, place.world.south.tenant.id, place.world.south.client.id)
    assert browser.topic() == "calls"


def test_no_byte_of_others_reaches_a_reseller(place, browse):
    north, south = place.world.north, place.world.south
    browser = browse(north.logins[Role.RESELLER])
    place.publish(Topic.CALLS, north.tenant.id, north.client.id)
    place.publish(Topic.CDR, south.tenant.id, south.resold.id)
    place.publish(Topic.HEALTH, north.tenant.id)
    place.publish(Topic.BALANCE, north.tenant.id, north.resold.id)
    assert browser.topic() == "balance"
    assert browser.line() == "data: balance\n"
    sent = browser.raw.replace(b": still here\n\n", b"")
    assert sent == b": live\nretry: 2000\n\nevent: balance\ndata: balance\n"


@pytest.mark.parametrize(("role", "username"), [(Role.CLIENT, "north-101"), (Role.RESELLER, "north-201")])
def test_a_registration_is_heard_by_the_owner_of_the_sip_user(place, browse, role, username):
    browser = browse(place.world.north.logins[role])
    payload = '{"topic": "contacts", "tenant": %d, "sip_user": "%s"}'
    foreign = "north-201" if role is Role.CLIENT else "north-101"
    with scoped(place.sessions, Scope.platform()) as session:
        for topic_of in (foreign, username):
            notified = payload % (place.world.north.tenant.id, topic_of)
            session.execute(text("SELECT pg_notify('cellhub_live', :payload)"), {"payload": notified})
    assert browser.topic() == "contacts"


def test_what_is_no_ping_disturbs_nobody(place, browse):
    browser = browse(place.world.north.logins[Role.ADMIN])
    with scoped(place.sessions, Scope.platform()) as session:
        session.execute(text("SELECT pg_notify('cellhub_live', 'hello')"))
    place.publish(Topic.CDR, place.world.north.tenant.id)
    assert browser.topic() == "cdr"


def test_a_new_client_of_a_reseller_is_heard_at_once(place, browse, monkeypatch):
    north = place.world.north
    monkeypatch.setattr(place.live.hub, "pace", Pace(ping=0.1, ticket=600))
    browser = browse(north.logins[Role.RESELLER])
    (stream,) = place.live.hub.streams
    with scoped(place.sessions, Scope.platform()) as session:
        newcomer = make_account(session, north, AccountKind.CLIENT, "newcomer", parent=north.reseller)
    place.publish(Topic.ACCOUNTS, north.tenant.id)
    until(lambda: newcomer.id in stream.viewer.accounts)
    place.publish(Topic.CALLS, north.tenant.id, newcomer.id)
    assert browser.topic() == "calls"


def test_signing_out_ends_the_stream(place, browse):
    token = place.sign_in(place.world.north.logins[Role.CLIENT])
    stays = browse(place.world.north.logins[Role.CLIENT])
    answer = place.get(token)
    with scoped(place.sessions, Scope.platform()) as session:
        revoke(session, token)
    assert answer.read().startswith(b": live\n")
    place.publish(Topic.CALLS, place.world.north.tenant.id, place.world.north.client.id)
    assert stays.topic() == "calls"


def test_a_ticket_that_runs_out_ends_the_stream(place, browse):
    browser = browse(place.world.north.logins[Role.ADMIN])
    with scoped(place.sessions, Scope.platform()) as session:
        session.execute(text("UPDATE login_ticket SET expires_at = now() - interval '1 s'"))
    assert browser.ended()


def test_a_full_house_says_so_and_has_room_again_later(place, browse):
    admin = place.world.north.logins[Role.ADMIN]
    for _ in range(CAPACITY):
        browse(admin)
    token = place.sign_in(admin)
    refused = place.get(token)
    assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
    place.lines.close()
    until(lambda: not place.live.hub.full)
    assert place.get(token).status == 200


def test_a_log_in_with_too_many_tabs_polls_in_the_others(place, browse, monkeypatch):
    monkeypatch.setattr(hub, "STREAMS_OF_A_TICKET", 2)
    admin = place.world.north.logins[Role.ADMIN]
    token = place.sign_in(admin)
    assert [place.get(token).status for _ in range(3)] == [200, 200, 429]
    assert place.get(place.sign_in(admin)).status == 200
