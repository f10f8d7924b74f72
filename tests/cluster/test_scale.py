"""An operator with two hundred tenants and two thousand trunks; kwok plays their pods."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
import yaml
from cellhub_operator.specs import definitions

from tests.cluster.audit import writes
from tests.cluster.figures import tell
from tests.cluster.keeping import operator as operator_process
from tests.fixtures.switch import wait_for

pytestmark = [pytest.mark.scale, pytest.mark.timeout(1800)]

TENANTS, TRUNKS_EACH = 200, 10
RESOURCES = TENANTS * (1 + TRUNKS_EACH)
RESYNC_SECONDS = 30
MADE_SECONDS = 900.0
MOST_SECONDS, MOST_BYTES = 300.0, 512 * 2**20


@pytest.fixture
def place(crowd):
    """A namespace of this test alone, on a server that knows our resources."""
    crowd.kubectl("create", "namespace", "scale")
    for definition in definitions():
        apply(crowd, definition)
    crowd.kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=30s")
    return "scale"


@pytest.fixture
def operator(crowd, place, own_database, postgres, tmp_path):
    admin = postgres.superuser_url()
    with operator_process(
        crowd.plan.operators_kubeconfig,
        place,
        own_database,
        admin,
        tmp_path,
        RESYNC_SECONDS=str(RESYNC_SECONDS),
    ) as one:
        yield one


def apply(crowd, *manifests, namespace="default"):
    file = crowd.plan.home / "applied.yaml"
    file.write_text(yaml.safe_dump_all(manifests))
    crowd.kubectl("apply", "--server-side", f"--filename={file}", f"--namespace={namespace}")


def tenant(number):
    name = f"t-{number:03}"
    spec = {"displayName": name, "sipDomain": f"sip.{name}.example", "adminEmail": f"ada@{name}.example"}
    return {
        "apiVersion": "cellhub.io/v1alpha1",
        "kind": "Tenant",
        "metadata": {"name": name},
        "spec": spec,
    }


def trunk(number, rank):
    spec = {"tenantRef": {"name": f"t-{number:03}"}, "host": f"198.51.100.{rank + 1}"}
    return {
        "apiVersion": "cellhub.io/v1alpha1",
        "kind": "Trunk",
        "metadata": {"name": f"t-{number:03}-trunk-{rank}"},
        "spec": spec,
    }


def ready(crowd, kind, place):
    found = json.loads(crowd.kubectl("get", kind, "--output=json", f"--namespace={place}"))["items"]
    conditions = [one.get("status", {}).get("conditions", ()) for one in found]
    return sum(
        ("Ready", "True") in {(one["type"], one["status"]) for one in each}
        and ("Progressing", "False") in {(one["type"], one["status"]) for one in each}
        for each in conditions
    )


def most_memory(process):
    """The most that a process had in memory at once, in bytes."""
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
    return int(kilobytes) * 1024


def processor_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def looked_at_everything(operator):
    """The seconds and the seconds of processor until each resource was looked at once more."""
    before, began, spent = operator.looks(), time.monotonic(), processor_seconds(operator.process)
    wait_for(lambda: operator.looks() >= before + RESOURCES, "everything was looked at", MOST_SECONDS)
    return time.monotonic() - began, processor_seconds(operator.process) - spent


def test_a_crowd_of_tenants_is_kept_in_time_and_memory_and_nothing_is_written_without_need(
    crowd, place, operator
):
    operator.start()
    began = time.monotonic()
    apply(crowd, *(tenant(number) for number in range(TENANTS)), namespace=place)
    apply(
        crowd,
        *(trunk(number, rank) for number in range(TENANTS) for rank in range(TRUNKS_EACH)),
        namespace=place,
    )
    applied = time.monotonic() - began
    wait_for(lambda: ready(crowd, "tenants", place) == TENANTS, "all tenants are ready", MADE_SECONDS)
    wait_for(lambda: ready(crowd, "trunks", place) == TENANTS * TRUNKS_EACH, "all trunks are", MADE_SECONDS)
    made = time.monotonic() - began
    making = most_memory(operator.process)
    tell(f"{TENANTS} tenants, {RESOURCES - TENANTS} trunks: applied in {applied:.0f} s, made in {made:.0f} s")
    operator.kill()
    operator.start()
    began = time.monotonic()
    wait_for(lambda: operator.looks() >= RESOURCES, "a new operator looked at everything", MOST_SECONDS)
    resumed = time.monotonic() - began
    before = len(writes(crowd.plan.audit_log, place))
    seconds, processor = looked_at_everything(operator)
    memory = most_memory(operator.process)
    written = writes(crowd.plan.audit_log, place)[before:]
    tell(
        f"after a start everything was looked at in {resumed:.1f} s, then every {seconds:.1f} s with "
        f"{processor:.1f} s of processor; {making / 2**20:.0f} MiB while making, {memory / 2**20:.0f} MiB "
        f"while keeping; {len(written)} writes"
    )
    assert written == []
    assert max(seconds, resumed) < MOST_SECONDS
    assert max(making, memory) < MOST_BYTES
