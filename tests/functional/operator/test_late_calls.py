"""Calls that an Update ends, on the real database: each once, heard by its softswitch, in the audit."""

from __future__ import annotations

import datetime as dt
import json
import select

import psycopg2
import pytest
from cellhub_operator.updating import late
from sqlalchemy import make_url

from cellhub.accounts.models import AuditEntry
from cellhub.calls.models import Call
from cellhub.charging.story import ENDED_BY
from cellhub.db.notify import SWITCH_CHANNEL
from cellhub.db.roles import PORTAL
from cellhub.db.scope import Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.domain.settlement import CallState
from cellhub.domain.updates import Terms
from cellhub.updates import services
from tests.factories.world import make_world

ACTOR = "Kubernetes"
WISH = services.Wish("1.5.0", "1.4.2", "{}", "c2lnbmVk", Terms(), resource="cell/to-1.5.0/5c1e")
POD, OTHER = "north-switch-1", "north-switch-0"
RUNNING, DONE = "a" * 32, "b" * 32


@pytest.fixture
def sessions(own_database):
    engine = make_engine(own_database.url(PORTAL.name), application="tests")
    yield make_session_factory(engine)
    engine.dispose()


@pytest.fixture
def heard(own_database):
    """What softswitches were told until now."""
    url = make_url(own_database.url(PORTAL.name)).set(drivername="postgresql")
    connection = psycopg2.connect(url.render_as_string(hide_password=False))
    connection.autocommit = True
    connection.cursor().execute(f"LISTEN {SWITCH_CHANNEL}")

    def read():
        while select.select([connection], [], [], 0.1)[0]:
            connection.poll()
        told, connection.notifies[:] = [json.loads(one.payload) for one in connection.notifies], []
        return told

    yield read
    connection.close()


@pytest.fixture
def run(sessions):
    """An update that runs, and calls of north: one in each pod, one that has ended."""
    with scoped(sessions, Scope.platform()) as session:
        north = make_world(session).north
        for call_id, pod, state in (
            (RUNNING, POD, CallState.ANSWERED),
            (DONE, POD, CallState.SETTLED),
            ("c" * 32, OTHER, CallState.ANSWERED),
        ):
            session.add(call(north.sip_user, call_id, pod, state))
        return services.begin(session, ACTOR, WISH), north.tenant.id


def call(sip_user, call_id, pod, state):
    now = dt.datetime.now(dt.UTC)
    return Call(
        tenant_id=sip_user.tenant_id, call_id=call_id, state=state, pod=pod, account_id=sip_user.account_id,
        lineage=[sip_user.account_id], sip_user_id=sip_user.id, sip_user=sip_user.username, source="",
        dialled="90", number="90", prefix="90", destination="Turkey", paid_seconds=60, last_slice=False,
        authorised_at=now, answered_at=now, deadline_at=now + dt.timedelta(seconds=62),
    )  # fmt: skip


def test_a_running_call_of_the_pod_is_ended_once_and_nobody_elses(sessions, run, heard):
    update, tenant_id = run
    counts = []
    for _ in range(2):
        with scoped(sessions, Scope.platform()) as session:
            counts.append(late.count(session, "north", POD))
            late.end(session, ACTOR, update, "north", POD)
    assert counts == [1, 0]
    assert heard() == [{"tenant": tenant_id, "hang_up": RUNNING}]
    with scoped(sessions, Scope.platform()) as session:
        assert (late.ended(session, update), late.count(session, "north", OTHER)) == (1, 1)
        stories = {one.call_id: one.story for one in session.query(Call)}
        deeds = session.query(AuditEntry).filter_by(action=late.END_CALLS).all()
        assert stories == {
            RUNNING: {ENDED_BY: "Update cell/to-1.5.0/5c1e"}, DONE: {}, "c" * 32: {}
        }  # fmt: skip
        assert [(one.actor, one.changes) for one in deeds] == [(ACTOR, {late.CALLS: [POD, 1]})]
