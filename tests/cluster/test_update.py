"""An Update on a node, with calls through all of it: brought, and taken back when it fails."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cellhub_operator.objects.marker import NOTE

from cellhub.charging.story import ENDED_BY
from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.switch.sipp import call
from cellhub.updates import services
from tests.cluster import releases
from tests.cluster.figures import tell
from tests.cluster.installing import A_LITTLE, PATIENCE, component
from tests.cluster.releases import ANSWERS_NO_CALL, BOOKS_DO_NOT_HOLD, DOES_NOT_MIGRATE, DOES_NOT_START
from tests.cluster.traffic import traffic
from tests.cluster.updating import (
    BACK,
    BUSY,
    check,
    check_charges,
    condition,
    give_back,
    images,
    scale,
    updated,
)
from tests.cluster.voice import NUMBER, OK, starts
from tests.fixtures.chart import RELEASE
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.timeout(900)

FAILURES = [
    ({"portal": DOES_NOT_MIGRATE}, "Migrate", "this migration cannot be done"),
    ({"asterisk": DOES_NOT_START}, "Canary", "asterisk ends at its start, with the code 1."),
    ({"agent": ANSWERS_NO_CALL}, "Canary", "calls got no answer from it"),
]
"""The image that is bad, the step that fails, and what it says."""

STEPS = ["Preflight", "Backup", "Migrate", "Canary", "RollOut", "Verify", "Done"]
DRAINING = 503
"""What a pod answers to a new call when it lets its last ones end."""

MANY, LINES, FEW = 50, 10, 3
SHORT, MIDDLING, TALK, LONG = 6.0, 12.0, 15.0, 90.0
PODS = 2
A_WHILE = 60.0
SOUTH = {"tenants": {"names": ["south"]}, "strategy": {"canarySeconds": 15}}
RING = "ring=first"
KILLED_AT = ("Backup", "Canary", "RollOut")


@pytest.fixture(scope="module")
def two_pods(offices):
    """A tenant with two softswitches, so that one takes calls while the other is replaced."""
    office = offices.ready("south", resources={"cpu": "150m", "memory": "256Mi"}).office
    scale(office, PODS)
    yield office
    scale(office, 1)


@pytest.fixture
def office(two_pods):
    """That tenant; afterwards it runs the chart's release again."""
    former = [(two_pods, images(two_pods), PODS)]
    yield two_pods
    give_back(former)


@pytest.fixture
def ring(office, north, exchange):
    """Two tenants that an Update means by their label: one with one softswitch, one with two."""
    both = north.office, office
    former = [(north.office, images(north.office), 1), (office, images(office), PODS)]
    tenants = [f"tenant/{one.name}" for one in both]
    exchange.kubectl("label", *tenants, RING)
    yield both
    exchange.kubectl("label", *tenants, f"{RING.partition('=')[0]}-")
    give_back(former)


def operator_of(exchange):
    """The process of the installation's operator, as this machine numbers it."""
    (pod,) = [one for one in exchange.installed.pods() if component(one) == "operator"]
    uid = pod["metadata"]["uid"]
    return next(
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if is_operator(folder) and uid in (folder / "cgroup").read_text()
    )


def is_operator(folder):
    try:
        return b"cellhub-operator" in (folder / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def uid_of(exchange, name):
    return exchange.kubectl("get", f"update/{name}", "--output=jsonpath={.metadata.uid}")


def test_a_release_is_brought_to_two_tenants_through_many_calls_and_an_upgrade_of_the_chart(
    ring, exchange, cluster, tmp_path
):
    release, installed = releases.release(cluster, tmp_path, "0.2.0"), exchange.installed
    before, pods = [len(one.records()) for one in ring], [starts(one.pods()) for one in ring]
    bystander = {component(pod): pod["metadata"]["uid"] for pod in installed.pods()}
    changed = A_LITTLE["requests"] | {"memory": "100Mi"}

    def helm(step):
        # Each gives the operator another pod, while the Update runs.
        if step == "Canary":
            installed.helm.upgrade(installed.values(operator={"requests": changed}), *PATIENCE)
        if step == "RollOut":
            installed.helm.run("rollback", RELEASE, *PATIENCE)

    selector = {"selector": {"matchLabels": dict([RING.split("=")])}}
    north, south = ring
    with traffic(north, FEW, MIDDLING) as few, traffic(south, MANY, MIDDLING) as many:
        told = updated(exchange, release, "to-0.2.0", helm, tenants=selector, strategy={"canarySeconds": 15})
    assert [step["name"] for step in told["steps"]] == STEPS
    assert condition(told, "Ready") == ("True", "All its steps are done.")
    assert "endedCalls" not in told
    for calls, since in zip((few, many), before, strict=True):
        check(calls, since, BUSY)
    tell(f"Update of 3 pods, {MANY} calls at a time: {len(many.answered())} calls, 0 dropped")
    assert many.most() == MANY
    assert set(many.refused()) <= {DRAINING}
    for one, former in zip(ring, pods, strict=True):
        assert images(one) == {release.images["asterisk"], release.images["agent"]}
        assert not starts(one.pods()).keys() & former.keys()
        assert one.call(0.2).code == OK
    now = {component(pod): pod["metadata"]["uid"] for pod in installed.pods()}
    assert now["operator"] != bystander["operator"]


@pytest.mark.parametrize("failure", FAILURES, ids=["migration", "start", "canary"])
def test_a_release_that_fails_goes_back_by_itself(office, exchange, cluster, tmp_path, failure):
    changes, step, reason = failure
    release = releases.release(cluster, tmp_path, "0.9.0", changes)
    name = f"fails-{next(iter(changes))}"
    before, pods, former = len(office.records()), starts(office.pods()), images(office)
    with traffic(office, LINES, TALK) as calls:
        told = updated(exchange, release, name, **SOUTH)
    assert [one["name"] for one in told["steps"]][-3:] == [step, "RollingBack", "RolledBack"]
    degraded, why = condition(told, "Degraded")
    assert (degraded, why.partition(":")[0]) == ("True", step)
    assert reason in why
    check(calls, before)
    office.wait_until_ready(PODS)
    assert images(office) == former
    # The canary alone was touched, and a migration that fails comes before it.
    kept = {uid for uid in pods if uid in starts(office.pods())}
    assert len(kept) == len(pods) * (1 if step == "Migrate" else 0.5)


@contextmanager
def long_calls(office):
    """One call into each softswitch, each longer than it may go on; their outcomes."""
    phones = [replace(office.phone, host=pod["status"]["podIP"]) for pod in office.pods()]
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(call, phone, NUMBER, LONG) for phone in phones]
        wait_for(lambda: len(office.running()) == len(phones), "both calls are there", A_WHILE)
        outcomes = []
        yield outcomes
        outcomes += [one.result() for one in running]


def test_calls_that_outlast_their_time_are_ended_and_a_release_whose_books_do_not_hold_goes_back(
    office, exchange, cluster, tmp_path
):
    release = releases.release(cluster, tmp_path, "0.9.1", {"portal": BOOKS_DO_NOT_HOLD})
    before, former = len(office.records()), images(office)
    wish = {"strategy": {"canary": False, "drainTimeout": "5s"}, "backup": {"enabled": False}}
    with long_calls(office) as outcomes:
        told = updated(exchange, release, "fails-verify", **SOUTH | wish)
    assert [one["name"] for one in told["steps"]][-4:] == ["RollOut", "Verify", "RollingBack", "RolledBack"]
    degraded, why = condition(told, "Degraded")
    assert (degraded, why.partition(":")[0]) == ("True", "Verify")
    assert "the books do not hold" in why
    talked = [outcome.talk_seconds for outcome in outcomes]
    print("  talked", talked)
    assert [outcome.code for outcome in outcomes] == [OK] * PODS
    assert max(talked) < LONG - TALK
    assert told["endedCalls"] == PODS
    assert told["steps"][-1]["message"].endswith(f"Calls that drainTimeout has ended: {PODS}.")
    records = check_charges(office, before, outcomes)
    ended_by = f"Update {exchange.installed.namespace}/fails-verify/{uid_of(exchange, 'fails-verify')}"
    assert [record.story[ENDED_BY] for record in records] == [ended_by] * PODS
    office.wait_until_ready(PODS)
    assert images(office) == former


def test_one_that_is_deleted_on_its_way_goes_back_and_the_next_can_begin(office, exchange, cluster, tmp_path):
    release, former = releases.release(cluster, tmp_path, "0.4.0"), images(office)
    before, pods = len(office.records()), starts(office.pods())
    wish = SOUTH | {"strategy": {"canary": False}, "backup": {"enabled": False}}
    with traffic(office, FEW, SHORT) as calls:
        exchange.apply(*release.resources("deleted", **wish))
        wait_for(lambda: release.images["asterisk"] in images(office), "a pod runs it", A_WHILE)
        exchange.kubectl("delete", "update/deleted", "--wait=false")
        # Its finalizer waits for the way back.
        found = ("get", "update/deleted", "--ignore-not-found")
        wait_for(lambda: not exchange.kubectl(*found), "it is gone", BACK)
        assert images(office) == former
    with scoped(exchange.factory, Scope.platform()) as session:
        assert services.unfinished(session) is None
        run = services.latest(session, 1)[0]
        assert (run.step, run.reason) == ("RolledBack", "RollOut: The Update was deleted.")
    check(calls, before)
    office.wait_until_ready(PODS)
    assert len(pods.keys() & starts(office.pods()).keys()) >= len(pods) / PODS
    assert NOTE not in exchange.kubectl("get", "tenant/south", "--output=jsonpath={.metadata.annotations}")
    forged = updated(exchange, release, "next", **wish | {"signature": "Zm9yZ2Vk"})
    assert condition(forged, "Degraded")[1].startswith("Preflight: The signature does not hold")


def test_operators_that_are_killed_at_each_step_bring_the_release_once(office, exchange, cluster, tmp_path):
    release = releases.release(cluster, tmp_path, "0.3.0")
    before, killed = len(office.records()), []

    def kill(step):
        if step in KILLED_AT:
            os.kill(operator_of(exchange), signal.SIGKILL)
            killed.append(step)

    with traffic(office, LINES, TALK) as calls:
        told = updated(exchange, release, "to-0.3.0", kill, **SOUTH)
    print("  killed at", killed)
    assert killed == list(KILLED_AT)
    assert [step["name"] for step in told["steps"]] == STEPS
    check(calls, before)
    assert images(office) == {release.images["asterisk"], release.images["agent"]}
    uid = uid_of(exchange, "to-0.3.0")
    made = exchange.kubectl("get", "jobs", "--output=name", f"--selector=cellhub.io/update={uid}")
    assert len(made.splitlines()) == 4
