"""What the softswitch and the open pages are told, and limits under two hands at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import RefusedError
from cellhub.db.notify import CHANNEL, SWITCH_CHANNEL
from cellhub.db.roles import PORTAL
from cellhub.db.scope import Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.db.tenancy import Account
from cellhub.sip import services
from cellhub.sip.models import SipUser
from tests.factories.world import World, make_world

AT_ONCE = 4


@pytest.fixture
def factory(own_database) -> Iterator[sessionmaker[Session]]:
    engine = make_engine(own_database.url(PORTAL.name), application="tests", pool_size=AT_ONCE)
    yield make_session_factory(engine)
    engine.dispose()


@pytest.fixture
def world(factory) -> World:
    with factory.begin() as session:
        return make_world(session)


@pytest.fixture
def heard(own_database, world):
    """Read what was notified since the world was made: (channel, payload) pairs."""
    connection = psycopg2.connect(own_database.url(PORTAL.name).replace("+psycopg2", ""))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}; LISTEN {SWITCH_CHANNEL}")

    def read():
        # Whatever was committed before this statement is delivered with its answer.
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        found = [(one.channel, json.loads(one.payload)) for one in connection.notifies]
        connection.notifies.clear()
        return found

    yield read
    connection.close()


def in_tenant(factory, world):
    return scoped(factory, Scope.of_tenant(world.north.tenant.id))


def actor(world):
    return Actor(world.north.tenant.id, "Deniz")


def create(factory, world, username, **settings):
    with in_tenant(factory, world) as session:
        owner = session.get_one(Account, (world.north.tenant.id, world.north.client.id))
        return services.create_sip_user(session, actor(world), owner, username, settings)


def change(factory, world, deed):
    own = world.north.sip_user
    with in_tenant(factory, world) as session:
        deed(session, session.get_one(SipUser, (own.tenant_id, own.id)))


def expire(world, username="north-101"):
    return (SWITCH_CHANNEL, {"tenant": world.north.tenant.id, "expire": username})


def render(world):
    return (SWITCH_CHANNEL, {"tenant": world.north.tenant.id, "render": True})


def live(world, topic):
    payload = {"topic": topic, "tenant": world.north.tenant.id, "accounts": [world.north.client.id]}
    return (CHANNEL, payload)


def test_a_new_phone_is_read_anew_and_announced(factory, world, heard):
    create(factory, world, "pera-104")
    assert heard() == [live(world, "accounts"), expire(world, "pera-104")]


def test_a_new_peer_has_the_files_written_anew(factory, world, heard):
    create(factory, world, "pera-105", host="203.0.113.7")
    assert render(world) in heard()


def test_a_new_secret_makes_the_softswitch_forget_the_old_one(factory, world, heard):
    change(factory, world, lambda session, own: services.renew_secret(session, actor(world), own))
    assert heard() == [expire(world)]


def test_disabling_is_told_to_the_softswitch_and_the_pages(factory, world, heard):
    change(
        factory, world, lambda session, own: services.set_enabled(session, actor(world), own, enabled=False)
    )
    assert heard() == [live(world, "contacts"), expire(world)]


def test_disabling_twice_is_one_deed(factory, world, heard):
    change(
        factory, world, lambda session, own: services.set_enabled(session, actor(world), own, enabled=True)
    )
    assert heard() == []


def test_becoming_a_peer_and_a_phone_again_both_write_the_files(factory, world, heard):
    for host in ("203.0.113.7", "dynamic"):
        change(factory, world, lambda session, own, host=host: set_host(session, world, own, host))
        assert render(world) in heard()


def set_host(session, world, own, host):
    owner = session.get_one(Account, (own.tenant_id, own.account_id))
    services.change_sip_user(session, actor(world), own, owner, {"host": host})


def test_deleting_is_told_as_well(factory, world, heard):
    change(factory, world, lambda session, own: services.delete_sip_user(session, actor(world), own))
    assert heard() == [expire(world), live(world, "accounts")]


def test_the_limit_holds_for_two_that_are_created_at_the_same_moment(factory, world):
    with in_tenant(factory, world) as session:
        session.get_one(Account, (world.north.tenant.id, world.north.client.id)).sip_user_limit = 2

    def try_one(number):
        try:
            create(factory, world, f"pera-{number}")
        except RefusedError:
            return False
        return True

    with ThreadPoolExecutor(AT_ONCE) as hands:
        done = list(hands.map(try_one, range(AT_ONCE)))
    assert done.count(True) == 1
    with in_tenant(factory, world) as session:
        owned = select(func.count()).where(SipUser.account_id == world.north.client.id)
        assert session.scalar(owned) == 2


def test_what_is_no_setting_is_a_mistake_of_ours(factory, world):
    with pytest.raises(TypeError, match="digest_md5"):
        create(factory, world, "pera-104", digest_md5="0")
