"""Pings: what is sent and when it is heard."""

import json

import psycopg2
import pytest
from sqlalchemy.engine import make_url

from cellhub.db import notify
from cellhub.db.notify import Topic
from cellhub.db.scope import Scope, enter_scope
from cellhub.db.session import make_engine, make_session_factory

PAYLOAD_BYTES = 8000
LARGEST_ID = 2**63 - 1


def test_a_ping_names_topic_tenant_and_accounts_once_each():
    (payload,) = notify.payloads(Topic.CALLS, 7, [12, 3, 12])
    assert json.loads(payload) == {"topic": "calls", "tenant": 7, "accounts": [3, 12]}


def test_no_accounts_at_all_is_for_the_staff():
    assert json.loads(notify.payloads(Topic.HEALTH, 7)[0])["accounts"] is None


def test_an_empty_list_of_accounts_pings_nobody():
    assert notify.payloads(Topic.CALLS, 7, []) == []


def test_many_accounts_travel_in_several_pings_that_postgresql_takes():
    accounts = range(LARGEST_ID - 1000, LARGEST_ID)
    sent = notify.payloads(Topic.CONTACTS, LARGEST_ID, accounts)
    assert max(len(payload.encode()) for payload in sent) < PAYLOAD_BYTES
    assert [account for payload in sent for account in json.loads(payload)["accounts"]] == list(accounts)


@pytest.fixture
def listener(database):
    url = make_url(database.url("cellhub_portal")).set(drivername="postgresql")
    connection = psycopg2.connect(url.render_as_string(hide_password=False))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {notify.CHANNEL}")
    yield connection
    connection.close()


def heard(listener) -> list[str]:
    with listener.cursor() as cursor:
        cursor.execute("SELECT 1")  # what was sent before is delivered with the answer
    return [notification.payload for notification in listener.notifies]


@pytest.mark.parametrize(("commits", "count"), [(True, 1), (False, 0)])
def test_a_ping_is_heard_when_its_transaction_commits(database, listener, commits, count):
    engine = make_engine(database.url("cellhub_portal"), application="tests")
    with make_session_factory(engine)() as session:
        enter_scope(session, Scope.of_tenant(7))
        notify.publish(session, Topic.CDR, 7, [3])
        assert heard(listener) == []
        (session.commit if commits else session.rollback)()
    engine.dispose()
    assert len(heard(listener)) == count
