"""``helm test`` places a call in the cluster: a phone and a far end in one pod, and the bill in the books."""

from __future__ import annotations

import pytest

from tests.cluster.installing import PATIENCE
from tests.cluster.voice import trunk
from tests.fixtures.chart import RELEASE

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def phone(north, exchange):
    """The first page of the documentation, as written: a trunk to the test itself, a phone's secret."""
    office = north.office
    host = f"{RELEASE}-far-end.{exchange.installed.namespace}.svc"
    exchange.apply(trunk("test", "north", host, 5060, priority=1))
    exchange.kubectl("create", "secret", "generic", "north-1", f"--from-literal=secret={office.phone.secret}")
    yield {"enabled": True, "tenant": "north", "sipUser": "north-1", "secretName": "north-1"}
    exchange.kubectl("delete", "trunk/test", "secret/north-1", "--timeout=50s")


def test_helm_test_registers_calls_and_prints_the_bill(installed, north, phone):
    before, heard = len(north.office.records()), len(north.carrier.calls())
    installed.helm.upgrade(installed.values(helmTest={"call": phone}), *PATIENCE)
    said = installed.helm.run("test", RELEASE, "--logs")
    installed.helm.upgrade(installed.values(), *PATIENCE)
    assert "Phone     200" in said
    (record,) = north.office.new_records(before)
    assert (record.trunk, record.disposition) == ("test", "ANSWERED")
    assert len(north.carrier.calls()) == heard, "the test was its own far end"
