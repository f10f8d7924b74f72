"""The API server goes away in the middle of changes and comes back: nothing is lost, nothing doubled."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.calls.conftest import answered
from tests.cluster.figures import tell
from tests.cluster.kubernetes.parts import API_SERVER, CONTROLLERS
from tests.cluster.voice import OK, cost_of
from tests.cluster.worlds import SECONDS, TENANT, TRUNK, file_of
from tests.fixtures.switch import wait_for

pytestmark = [pytest.mark.usefixtures("resources"), pytest.mark.timeout(600)]

AWAY_SECONDS = 30.0
REACTS_SECONDS = 30.0
SECRET = ("v1", "Secret", "north-switch")


def wait_until_they_serve(api):
    """Wait until Kubernetes' own controllers do what they are there for: a new namespace gets its account."""
    name = f"t-{uuid.uuid4().hex[:12]}"
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def has_its_account():
        return api.kind("v1", "ServiceAccount").get(namespace=name).items

    wait_for(has_its_account, "the controllers serve", SECONDS)
    api.kind("v1", "Namespace").delete(name=name)


@pytest.fixture
def go_away(control_plane, api):
    """Let the API server be away for a while."""

    def away():
        control_plane.manager.stop(API_SERVER)
        gone = time.monotonic()
        wait_for(lambda: time.monotonic() > gone + AWAY_SECONDS, "it was away", AWAY_SECONDS + 5)
        control_plane.manager.start(API_SERVER)
        control_plane.wait_until_ready()

    yield away
    # Kubernetes' own controllers look for it again after up to half a minute each; new ones at once. The
    # kubelet cannot be had anew without its pods being called not ready, so these tests are the last.
    control_plane.manager.stop(*CONTROLLERS)
    control_plane.manager.start(*CONTROLLERS)
    wait_until_they_serve(api)


def test_changes_that_were_under_way_are_done_after_it_is_back(operator, world, go_away):
    operator.start()
    world.apply(TENANT)
    wait_for(lambda: operator.metric("cellhub_operator_actions_total") >= 3, "it has begun", SECONDS)
    go_away()
    back = time.monotonic()
    world.kept()
    tell(f"all of a tenant was there {time.monotonic() - back:.1f} s after the API server was back")
    world.apply(TRUNK)
    began = time.monotonic()
    wait_for(
        lambda: "trunk-halyard" in file_of(world.read(*SECRET), "pjsip.conf"), "it reacts", REACTS_SECONDS
    )
    tell(f"a trunk was in the files {time.monotonic() - began:.1f} s after it was applied")
    assert operator.ended() is None
    assert world.rows("SELECT slug FROM tenant WHERE id > 0") == [("north",)]
    assert world.rows("SELECT email FROM login") == [("ada@north.example",)]
    created = "SELECT object_kind, count(*) FROM audit_entry WHERE action = 'create' GROUP BY 1 ORDER BY 1"
    assert world.rows(created) == [("login", 1), ("tenant", 1), ("trunk", 1)]


def test_calls_go_on_and_begin_meanwhile_and_are_charged_once(north, exchange, go_away):
    office, before, heard = north.office, len(north.office.records()), len(north.carrier.calls())
    pods = {pod["metadata"]["uid"] for pod in office.pods()}
    with ThreadPoolExecutor() as pool:
        running = pool.submit(office.call, AWAY_SECONDS + 5)
        north.carrier.wait_for(lambda calls: answered(calls[heard:]))
        away = pool.submit(go_away)
        wait_for(lambda: not exchange.installed.cluster.manager.runs(API_SERVER), "it is away", SECONDS)
        assert office.call(1.0).code == OK
        assert not away.done()
        away.result()
        assert running.result().code == OK
    records = office.new_records(before, 2)
    charged = office.entries()[-2:]
    assert sorted(charged) == sorted((one.call_id, cost_of(one)) for one in records)
    office.wait_until_ready()
    assert {pod["metadata"]["uid"] for pod in office.pods()} == pods
