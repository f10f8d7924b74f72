"""One pod of a tenant registers each trunk; when it goes, another does."""

from __future__ import annotations

import time

import pytest

from tests.cluster.figures import tell
from tests.cluster.voice import trunk
from tests.fakes.registrar import registrar
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.timeout(600)

TAKEN_OVER_SECONDS = 20.0


@pytest.fixture
def pair(south, exchange):
    """South with two softswitches; afterwards it has one again."""
    scale(exchange, 2)
    south.office.wait_until_ready(2)
    yield south.office
    scale(exchange, 1)
    south.office.wait_until_ready(1)


def scale(exchange, replicas):
    patch = f'{{"spec":{{"asterisk":{{"replicas":{replicas}}}}}}}'
    exchange.kubectl("patch", "tenant/south", "--type=merge", "--patch", patch)


@pytest.fixture
def provider(pair, exchange):
    """A provider with an account for South; the trunk that registers there goes with it."""
    with registrar(exchange.machine) as one:
        account = ("--from-literal=username=acct-7", "--from-literal=password=t0psecret-t0psecret")
        exchange.kubectl("create", "secret", "generic", "south-account", *account)
        how = {"authentication": "register", "credentialsSecretRef": {"name": "south-account"}}
        exchange.apply(trunk("south-account", "south", exchange.machine, one.port, priority=90, **how))
        yield one
        exchange.kubectl("delete", "trunk/south-account", "secret/south-account", "--timeout=50s")


def registration(exchange):
    found = ("get", "trunk/south-account", "--output=jsonpath={.status.registration.state}")
    return exchange.kubectl(*found)


def test_one_pod_registers_and_when_it_goes_another_does(pair, provider, exchange):
    names = {pod["status"]["podIP"]: pod["metadata"]["name"] for pod in pair.pods()}
    wait_for(lambda: provider.peers, "somebody registers", 30.0)
    wait_for(lambda: registration(exchange) == "OK", "the Trunk says so", 45.0)
    (holder,) = set(provider.peers)
    (other,) = names.keys() - {holder}
    began = time.monotonic()
    exchange.kubectl("delete", f"pod/{names[holder]}", "--wait=false")
    wait_for(lambda: provider.peers[-1] == other, "the other pod registers", TAKEN_OVER_SECONDS)
    tell(f"The registering pod deleted: another one registered after {time.monotonic() - began:.1f} s")
    pair.wait_until_ready(2)
    assert registration(exchange) == "OK"
    assert {peer for peer, asked in zip(provider.peers, provider.heard, strict=True) if asked} == {
        holder,
        other,
    }
