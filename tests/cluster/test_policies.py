"""Network policies on a node that enforces them: what they refuse is refused, and everything else works."""

from __future__ import annotations

import pytest

from tests.cluster import releases
from tests.cluster.installing import PATIENCE, component
from tests.cluster.reaching import Door, reached, stranger
from tests.cluster.traffic import traffic
from tests.cluster.updating import check, condition, give_back, images, updated
from tests.cluster.voice import A_SECOND, OK, cost_of, trunk
from tests.fixtures.chart import RELEASE
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.timeout(600)

SIP, SIP_TCP, HEALTH = "south's SIP", "south's SIP by TCP", "south's agent"
SOFTSWITCH, PORTAL, LIVE, PORTALS = "south's metrics", "portal", "live", "portal's metrics"
DATABASE, NAMES = "database", "names"
LOOPBACK = {"console": 5038, "rating": 4573, "HTTP": 8088, "pooler": 5432, "another pooler": 6432}
"""What the parts of a softswitch's pod ask each other; no other pod has ever to do with it."""

LINES, TALK, CANARY = 3, 6.0, {"canarySeconds": 5}

REACHES = {
    "stranger": {PORTAL, LIVE, PORTALS, SOFTSWITCH, NAMES},
    "north": {DATABASE, NAMES},
    "portal": {DATABASE, NAMES, PORTAL, PORTALS},
    "live": {DATABASE, NAMES, LIVE},
    "worker": {DATABASE, NAMES},
    "scheduler": {DATABASE, NAMES},
    "operator": {DATABASE, NAMES},
}
"""Of two pods of a component one gets to the other here, though no policy lets it out there: kube-router
most likely takes what a policy lets in for what it lets out of the pods that it is about, too."""


def ip(pod):
    return pod["status"]["podIP"]


@pytest.fixture(scope="module")
def places(installed, offices):
    """The pods to knock from, as pod and container; what the release consists of does not change here."""
    # Of two the first one knocks, and is asked the last one.
    pods = reversed(installed.pods())
    found = {component(pod): (pod["metadata"]["name"], component(pod)) for pod in pods}
    return found | {"stranger": ("stranger", "stranger"), "north": ("north-switch-0", "agent")}


@pytest.fixture(scope="module")
def doors(installed, offices):
    """Every port that somebody listens at."""
    (pod,) = offices.ready("south", resources={"cpu": "150m", "memory": "256Mi"}).office.pods()
    ours = {component(one): one for one in installed.pods()}
    node = str(installed.cluster.plan.block.node)
    return [
        Door(SIP, ip(pod), 5060, "UDP"),
        Door(SIP_TCP, ip(pod), 5060),
        Door(HEALTH, ip(pod), 8085),
        Door(SOFTSWITCH, ip(pod), 9090),
        Door(PORTAL, ip(ours["portal"]), _port(ours["portal"], "http")),
        Door(LIVE, ip(ours["live"]), _port(ours["live"], "http")),
        Door(PORTALS, ip(ours["portal"]), _port(ours["portal"], "metrics")),
        Door(DATABASE, ip(ours["postgres"]), 5432),
        Door(NAMES, node, 53),
    ]


def _port(pod, name):
    (found,) = [
        port["containerPort"]
        for container in pod["spec"]["containers"]
        for port in container.get("ports", ())
        if port["name"] == name
    ]
    return found


@pytest.fixture(scope="module")
def knock(exchange, places, doors):
    """Say to which doors a place gets."""
    return lambda name: reached(exchange, *places[name], doors)


@pytest.fixture(scope="module")
def before(installed, exchange, offices, knock):
    """What a stranger and a tenant reached while nobody enforced anything."""
    offices.ready("north")
    portal = next(pod for pod in installed.pods() if component(pod) == "portal")
    exchange.apply(stranger(portal))
    exchange.kubectl("wait", "pod/stranger", "--for=condition=Ready", "--timeout=30s")
    yield {name: knock(name) for name in ("stranger", "north")}
    exchange.kubectl("delete", "pod/stranger", "--timeout=50s")


@pytest.fixture(scope="module")
def enforced(before, enforced):
    """Policies are enforced, but not before it was seen what is reached without."""


def test_where_nothing_is_enforced_every_door_is_open(before, doors):
    every = {door.name for door in doors}
    assert before == {"stranger": every, "north": every}


@pytest.mark.parametrize("name", REACHES)
def test_each_reaches_what_it_needs_and_nothing_else(name, enforced, knock):
    assert knock(name) == REACHES[name]


def test_what_the_parts_of_a_softswitch_ask_each_other_no_other_pod_reaches(enforced, south, exchange):
    (pod,) = south.office.pods()
    inner = [Door(name, ip(pod), port) for name, port in LOOPBACK.items()]
    assert reached(exchange, "stranger", "stranger", inner) == set()


def test_a_new_softswitch_is_kept_apart_and_calls(enforced, north, exchange, knock):
    office = north.office
    exchange.kubectl("delete", "pod/north-switch-0", "--timeout=50s")
    office.wait_until_ready()
    assert knock("north") == REACHES["north"]
    before = len(office.records())
    assert office.register() == OK
    assert office.call(1.5).code == OK
    (record,) = office.new_records(before)
    assert (record.trunk, cost_of(record)) == ("north-carrier", 2 * A_SECOND)


def test_a_trunk_that_is_applied_reaches_the_softswitches(enforced, north, exchange):
    with exchange.far_end() as another:
        exchange.apply(trunk("north-first", "north", exchange.machine, another.port, priority=1))
        exchange.kubectl("wait", "trunk/north-first", "--for=condition=Ready", "--timeout=30s")
        wait_for(lambda: north.office.call(0.1).code == OK and another.calls(), "a call takes it", 20)
        exchange.kubectl("delete", "trunk/north-first", "--timeout=50s")


def test_the_release_is_upgraded_and_tested(enforced, installed):
    installed.helm.upgrade(installed.values(), *PATIENCE)
    assert "Succeeded" in installed.helm.run("test", RELEASE)


@pytest.fixture
def given_back(north):
    """The softswitch of north, which runs the chart's release again afterwards."""
    former = [(north.office, images(north.office), 1)]
    yield north.office
    give_back(former)


def test_a_release_is_brought_to_a_tenant_whose_calls_end_by_themselves(
    enforced, given_back, exchange, cluster, tmp_path
):
    office, release = given_back, releases.release(cluster, tmp_path, "0.2.0")
    before = len(office.records())
    with traffic(office, LINES, TALK) as calls:
        told = updated(exchange, release, "behind-a-wall", tenants={"names": [office.name]}, strategy=CANARY)
    assert condition(told, "Ready") == ("True", "All its steps are done.")
    check(calls, before)
    assert images(office) == {release.images["asterisk"], release.images["agent"]}
    assert office.call(0.2).code == OK
