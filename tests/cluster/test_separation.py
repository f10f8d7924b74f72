"""Two tenants of one installation: calls, bills, secrets and rows of one are out of the other's reach.

The node's network plugin enforces no NetworkPolicy, so of those only is looked at what the API
server has; everything else is tried.
"""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from cellhub.local.problem import Problem
from cellhub.switch import sipp
from tests.calls.conftest import ended
from tests.cluster.voice import A_SECOND, NUMBER, OK, cost_of, trunk

pytestmark = pytest.mark.timeout(600)

UNAUTHORISED = 401


@pytest.fixture
def refusing(south, exchange):
    """A second carrier of South, which is preferred and takes no call."""
    with exchange.far_end("503") as carrier:
        exchange.apply(trunk("south-first", "south", exchange.machine, carrier.port, priority=1))
        exchange.kubectl("wait", "trunk/south-first", "--for=condition=Ready", "--timeout=30s")
        south.office.wait_for_trunk("south-first")
        yield carrier
        exchange.kubectl("delete", "trunk/south-first", "--timeout=50s")


def test_each_call_goes_by_its_tenants_trunks_and_is_charged_there(north, south, refusing, exchange):
    offices = (north.office, south.office)
    before = [len(office.records()) for office in offices]
    heard = [len(one.calls()) for one in (north.carrier, south.carrier)]
    assert [office.call(seconds).code for office, seconds in zip(offices, (1.5, 3.5), strict=True)] == [
        OK,
        OK,
    ]
    ours, theirs = (office.new_records(count)[0] for office, count in zip(offices, before, strict=True))
    assert (ours.sip_user, ours.trunk) == ("north-1", "north-carrier")
    assert (theirs.sip_user, theirs.trunk) == ("south-1", "south-carrier")
    assert south.office.attempts(theirs) == [("south-first", 503), ("south-carrier", OK)]
    assert len(refusing.calls()) == 1
    assert [cost_of(ours), cost_of(theirs)] == [2 * A_SECOND, 4 * A_SECOND]
    for office, one, count in zip(offices, (north.carrier, south.carrier), heard, strict=True):
        seen = one.wait_for(lambda calls, count=count: ended(calls[count:]))
        assert len(seen) == count + 1, office.name
        costs = [(one.call_id, cost_of(one)) for one in office.records() if one.answered_at]
        assert sorted(office.entries()) == sorted(costs)


def test_a_phone_of_one_is_nobody_at_the_other(north, south):
    stranger = sipp.Phone(
        north.office.phone.username,
        north.office.phone.secret,
        south.office.phone.host,
        local_host=north.office.phone.local_host,
    )
    before = [len(office.records()) for office in (north.office, south.office)]
    assert sipp.register(stranger) == UNAUTHORISED
    assert sipp.call(stranger, NUMBER, 0.5).code == UNAUTHORISED
    assert [len(office.records()) for office in (north.office, south.office)] == before


def test_a_softswitch_sees_the_rows_of_its_own_tenant_and_no_money(north, south, exchange):
    keys = exchange.installed.secret("north-switch")
    url = make_url(exchange.installed.database_url("agent")).set(
        username="cellhub_switch_north", password=keys["database-password"]
    )
    with create_engine(url, poolclass=NullPool).connect() as connection:
        assert connection.scalars(text("SELECT id FROM ps_endpoints")).all() == ["north-1"]
        assert connection.scalars(text("SELECT username FROM public.sip_user")).all() == ["north-1"]
    for table in ("trunk", "account", "cdr", "ledger_entry"):
        with (
            create_engine(url, poolclass=NullPool).connect() as connection,
            pytest.raises(ProgrammingError, match="permission denied"),
        ):
            connection.execute(text(f"SELECT 1 FROM public.{table}"))


def test_a_pod_has_its_own_tenants_secrets_and_no_way_to_ask_for_others(north, south, exchange):
    (pod,) = north.office.pods()
    mounted = {
        name
        for volume in pod["spec"]["volumes"]
        for source in [volume, *volume.get("projected", {}).get("sources", [])]
        if "secret" in source
        for name in [source["secret"].get("secretName") or source["secret"].get("name")]
    }
    assert mounted == {"north-switch"}
    told = exchange.kubectl(
        "exec", "north-switch-0", "--container=agent", "--", "sh", "-c", "ls /var/run/secrets || true"
    )
    assert told == ""
    account = f"--as=system:serviceaccount:{exchange.installed.namespace}:north-switch"
    for what in ("get secrets/south-switch", "list secrets", "get pods", "get tenants.cellhub.io"):
        with pytest.raises(Problem, match=r"no$"):
            exchange.kubectl("auth", "can-i", *what.split(), account)


def test_the_policy_that_the_api_server_has_lets_no_other_tenants_pod_in(north, south, exchange):
    pods = str(exchange.installed.cluster.plan.block.pods)
    found = exchange.installed.api.read(
        "networking.k8s.io/v1", "NetworkPolicy", "south-switch", exchange.installed.namespace
    )["spec"]
    own = {"podSelector": {"matchLabels": {"cellhub.io/tenant": "south"}}}
    edge = {
        "podSelector": {
            "matchLabels": {"app.kubernetes.io/name": "cellhub", "app.kubernetes.io/component": "edge"}
        }
    }
    assert found["podSelector"] == own["podSelector"]
    assert found["policyTypes"] == ["Ingress", "Egress"]
    outside = {"ipBlock": {"cidr": "0.0.0.0/0", "except": [pods]}}
    sip_and_voice, *others = found["ingress"]
    assert sip_and_voice["from"] == [outside, own, edge]
    # To the gateway of web phones and to the metrics; neither speaks SIP.
    assert [[port["port"] for port in rule["ports"]] for rule in others] == [[8188], [9090]]
