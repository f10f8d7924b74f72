"""An Update on a node, with calls through all of it: brought, and taken back when it fails."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
from decimal import Decimal
from pathlib import Path

import pytest
from cellhub_operator.objects.marker import NOTE

from tests.cluster import releases
from tests.cluster.installing import component
from tests.cluster.releases import ANSWERS_NO_CALL, DOES_NOT_MIGRATE, DOES_NOT_START
from tests.cluster.traffic import traffic
from tests.cluster.voice import cost_of, starts
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.timeout(900)

FAILURES = [
    ({"portal": DOES_NOT_MIGRATE}, "Migrate", "this migration cannot be done"),
    ({"asterisk": DOES_NOT_START}, "Canary", "asterisk ends at its start, with the code 1."),
    ({"agent": ANSWERS_NO_CALL}, "Canary", "calls got no answer from it"),
]
"""The image that is bad, the step that fails, and what it says."""

DRAINING = 503
"""What a pod answers to a new call when it lets its last ones end."""

LINES = 10
TALK = 15.0
PODS = 2
AN_UPDATE = 400.0
BACK = 120.0
EVIDENCE = Decimal("0.1")
ENDS = ("Done", "RolledBack", "Failed")
STRATEGY = {"canarySeconds": 15}
KILLED_AT = ("Backup", "Canary", "RollOut")


@pytest.fixture
def office(south, exchange):
    """A tenant with two softswitches, so that one takes calls while the other is replaced.

    Afterwards it runs the chart's release again, whatever was brought to it.
    """
    office, charts = south.office, images(south.office)
    exchange.kubectl(*scaled(PODS))
    office.wait_until_ready(PODS)
    yield office
    exchange.kubectl("delete", "updates", "--all", "--timeout=120s")
    exchange.kubectl(*scaled(1))
    office.wait_until_ready(1, BACK)
    exchange.kubectl("annotate", "tenant/south", f"{NOTE}-")
    wait_for(lambda: images(office) == charts, "the chart's release is back", BACK)
    office.wait_until_ready(1, BACK)


def scaled(pods):
    change = {"spec": {"asterisk": {"replicas": pods}}}
    return "patch", "tenant/south", "--type=merge", f"--patch={json.dumps(change)}"


def status(exchange, name):
    found = json.loads(exchange.kubectl("get", f"update/{name}", "--output=json"))
    return found.get("status") or {}


def images(office):
    return {one["image"] for pod in office.pods() for one in pod["spec"]["containers"]}


def updated(exchange, release, name, on_step=lambda step: None):
    """Apply an Update, wait for its end, and print what it did; ``on_step`` is told each new step."""
    exchange.apply(*release.resources(name, tenants={"names": ["south"]}, strategy=STRATEGY))
    seen = []

    def ended():
        step = status(exchange, name).get("step")
        if step and step not in seen:
            seen.append(step)
            on_step(step)
        return step in ENDS

    wait_for(ended, f"{name} has an end", AN_UPDATE)
    told = status(exchange, name)
    for step in told["steps"]:
        print(f"  {step['name']:<12} {lasted(step):5.0f} s  {step.get('message', '')}")
    return told


def lasted(step):
    began, ended = (dt.datetime.fromisoformat(step[name]) for name in ("startedAt", "finishedAt"))
    return (ended - began).total_seconds()


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


def uid_of(exchange, name="to-0.3.0"):
    return exchange.kubectl("get", f"update/{name}", "--output=jsonpath={.metadata.uid}")


def condition(told, aspect):
    return next((one["status"], one["message"]) for one in told["conditions"] if one["type"] == aspect)


def check(calls, office, before):
    """Every call ended by itself and is charged once, to the second."""
    print(f"  {len(calls.answered())} calls, {len(calls.dropped())} dropped, refused: {calls.refused()}")
    assert calls.dropped() == []
    records = office.new_records(before, len(calls.answered()), seconds=60)
    told = sorted(Decimal(str(outcome.talk_seconds)) for _, outcome in calls.answered())
    charged = sorted(record.billsec for record in records)
    assert [abs(one - other) <= EVIDENCE for one, other in zip(charged, told, strict=True)] == [True] * len(
        told
    )
    assert sorted(office.charges()[before:]) == sorted(cost_of(record) for record in records)
    assert "BROKEN" not in office.exchange.doctor()


def test_a_release_is_brought_while_calls_go_on(office, exchange, cluster, tmp_path):
    release = releases.release(cluster, tmp_path, "0.2.0")
    before, pods = len(office.records()), starts(office.pods())
    with traffic(office, LINES, TALK) as calls:
        told = updated(exchange, release, "to-0.2.0")
    assert [step["name"] for step in told["steps"]] == [
        "Preflight",
        "Backup",
        "Migrate",
        "Canary",
        "RollOut",
        "Verify",
        "Done",
    ]
    assert condition(told, "Ready") == ("True", "All its steps are done.")
    check(calls, office, before)
    assert set(calls.refused()) <= {DRAINING}
    assert images(office) == {release.images["asterisk"], release.images["agent"]}
    assert not starts(office.pods()).keys() & pods.keys()
    assert office.call(0.2).code == 200


@pytest.mark.parametrize("failure", FAILURES, ids=["migration", "start", "canary"])
def test_a_release_that_fails_goes_back_by_itself(office, exchange, cluster, tmp_path, failure):
    changes, step, reason = failure
    release = releases.release(cluster, tmp_path, "0.9.0", changes)
    name = f"fails-{next(iter(changes))}"
    before, pods, former = len(office.records()), starts(office.pods()), images(office)
    with traffic(office, LINES, TALK) as calls:
        told = updated(exchange, release, name)
    assert [one["name"] for one in told["steps"]][-3:] == [step, "RollingBack", "RolledBack"]
    degraded, why = condition(told, "Degraded")
    assert (degraded, why.partition(":")[0]) == ("True", step)
    assert reason in why
    check(calls, office, before)
    office.wait_until_ready(PODS)
    assert images(office) == former
    # The canary alone was touched, and a migration that fails comes before it.
    kept = {uid for uid in pods if uid in starts(office.pods())}
    assert len(kept) == len(pods) * (1 if step == "Migrate" else 0.5)


def test_operators_that_are_killed_at_each_step_bring_the_release_once(office, exchange, cluster, tmp_path):
    release = releases.release(cluster, tmp_path, "0.3.0")
    before, killed = len(office.records()), []

    def kill(step):
        if step in KILLED_AT:
            os.kill(operator_of(exchange), signal.SIGKILL)
            killed.append(step)

    with traffic(office, LINES, TALK) as calls:
        told = updated(exchange, release, "to-0.3.0", kill)
    print("  killed at", killed)
    assert killed == list(KILLED_AT)
    names = [step["name"] for step in told["steps"]]
    assert names == ["Preflight", "Backup", "Migrate", "Canary", "RollOut", "Verify", "Done"]
    check(calls, office, before)
    assert images(office) == {release.images["asterisk"], release.images["agent"]}
    made = exchange.kubectl(
        "get", "jobs", "--output=name", "--selector=cellhub.io/update=" + uid_of(exchange)
    )
    assert len(made.splitlines()) == 4
