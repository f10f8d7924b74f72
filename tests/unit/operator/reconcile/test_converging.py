"""However it is cut off and whatever strangers change: it converges, and then does nothing more."""

from __future__ import annotations

from copy import deepcopy
from itertools import count

from cellhub_operator.actions import Apply, Ref, Wait
from cellhub_operator.objects.configuration import KEYS, Keys, plain
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.reconcile import end_tenant, end_trunk, reconcile_tenant, reconcile_trunk
from cellhub_operator.reconcile.context import Context, Database, Fresh
from cellhub_operator.reconcile.trunk import TrunkSpec
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from cellhub.db.roles import login_mark
from tests.factories.resources import AGENT_URL, RELEASE, tenant, trunk
from tests.fakes.cluster import FakeCluster

ROUNDS = 40
unhurried = settings(deadline=None)
_numbers = count()

asterisk = st.builds(
    lambda replicas, image, cpu, memory, exposure: (
        tenant()["spec"]["asterisk"]
        | {
            "replicas": replicas,
            "image": image,
            "exposure": exposure,
            "resources": {"cpu": cpu, "memory": memory},
        }
    ),
    st.integers(0, 3),
    st.sampled_from(["", "registry.example/own:1"]),
    st.sampled_from(["500m", "0.5", "2"]),
    st.sampled_from(["512Mi", "1024Mi"]),
    st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer", "Edge"]),
)
specs = st.fixed_dictionaries(
    {},
    optional={
        "displayName": st.sampled_from(["North", "Nord"]),
        "limits": st.just({"maxCalls": 7, "callsPerSecond": 1, "sipUsers": 3}),
        "asterisk": asterisk,
        "janus": st.sampled_from([{"enabled": True, "replicas": 2}, {"enabled": False, "replicas": 1}]),
        "suspended": st.booleans(),
        "deletionPolicy": st.sampled_from(["Retain", "Delete"]),
    },
)
cuts = st.lists(st.integers(0, 12), max_size=4)


def context():
    """Every look has fresh secrets, as a restarted operator has."""
    number = next(_numbers)
    keys = Keys(*(f"{name}-{number:08}" for name in KEYS))
    return Context(RELEASE, Database(make_url(AGENT_URL)), Fresh(keys, f"admin-password-{number}"))


def converge(cluster, decide, kills=()):
    """Do what is decided until nothing is; each of ``kills`` is how many actions a killed operator did."""
    kills = list(kills)
    for _ in range(ROUNDS):
        actions = decide()
        if not actions:
            return
        done = actions[: kills.pop(0)] if kills else actions
        for action in done:
            cluster.do(action)
    raise AssertionError(f"it still wants {actions}")


def keep(cluster, wanted, kills=()):
    spec = TenantSpec.of(wanted)
    converge(cluster, lambda: reconcile_tenant(spec, cluster.tenant(), context()), kills)


def end(cluster, wanted, kills=()):
    spec = TenantSpec.of(wanted)
    converge(cluster, lambda: end_tenant(spec, cluster.tenant(), context()), kills)


@unhurried
@given(first=specs, second=specs, kills=cuts, more_kills=cuts)
def test_every_spec_and_every_change_of_it_converges_wherever_the_operator_is_killed(
    first, second, kills, more_kills
):
    cluster = FakeCluster()
    keep(cluster, tenant(**first), kills)
    admins = list(cluster.passwords)
    keep(cluster, tenant(**second), more_kills)
    assert cluster.passwords == admins, "the first admin is made once"
    assert len(admins) == 1
    other = FakeCluster()
    keep(other, tenant(**second))
    assert set(cluster.objects) == set(other.objects), "nothing doubled, no orphan"
    assert set(cluster.pods) == set(other.pods)
    assert cluster.row.terms == other.row.terms


@unhurried
@given(spec=specs)
def test_each_object_of_a_new_tenant_is_applied_once(spec):
    cluster, one = FakeCluster(), TenantSpec.of(tenant(**spec))
    applied = []

    def decided():
        actions = reconcile_tenant(one, cluster.tenant(), context())
        applied.extend(action.ref for action in actions if isinstance(action, Apply))
        return actions

    converge(cluster, decided)
    assert sorted(applied) == sorted(cluster.objects)


@unhurried
@given(kills=cuts)
def test_the_admin_signs_in_with_the_password_that_the_secret_tells(kills):
    cluster = FakeCluster()
    keep(cluster, tenant(), kills)
    (secret,) = [one for ref, one in cluster.objects.items() if ref.name == "north-admin"]
    assert [plain(secret["data"]["password"])] == cluster.passwords


@unhurried
@given(kills=cuts)
def test_the_softswitch_logs_in_with_the_password_that_its_file_holds(kills):
    cluster = FakeCluster()
    keep(cluster, tenant(), kills)
    (secret,) = [o for ref, o in cluster.objects.items() if ref[1::2] == ("Secret", "north-switch")]
    password = plain(secret["data"]["database-password"])
    assert cluster.row.login == login_mark(password)
    assert f" password='{password}'\n" in plain(secret["data"]["pgbouncer.ini"])


@unhurried
@given(kills=cuts)
def test_the_agents_log_in_with_the_address_that_the_secret_holds_and_nobody_else_has(kills):
    cluster = FakeCluster()
    keep(cluster, tenant(), kills)
    (secret,) = [o for ref, o in cluster.objects.items() if ref[1::2] == ("Secret", "north-switch")]
    password = plain(secret["data"]["agent-password"])
    assert cluster.row.agent_login == login_mark(password)
    address = f"postgresql+psycopg2://cellhub_agent_north:{password}@database.cell:5432/cellhub"
    assert plain(secret["data"]["database-url"]) == address
    assert password not in plain(secret["data"]["pgbouncer.ini"])


def test_a_secret_of_an_older_release_keeps_its_keys_and_gets_the_agents():
    cluster = FakeCluster()
    keep(cluster, tenant())
    (secret,) = [o for ref, o in cluster.objects.items() if ref[1::2] == ("Secret", "north-switch")]
    kept = {name: text for name, text in secret["data"].items() if name != "agent-password"}
    secret["data"] = dict(kept)
    keep(cluster, tenant())
    (mended,) = [o for ref, o in cluster.objects.items() if ref[1::2] == ("Secret", "north-switch")]
    new = {name for name, text in mended["data"].items() if kept.get(name) != text}
    assert new == {"agent-password", "database-url"}


@unhurried
@given(data=st.data(), kills=cuts)
def test_what_strangers_delete_or_edit_is_mended(data, kills):
    cluster = FakeCluster()
    keep(cluster, tenant())
    healthy = {ref: contents(one) for ref, one in cluster.objects.items()}
    ref = data.draw(st.sampled_from(sorted(cluster.objects)))
    if ref.name == "north-admin":
        return  # it was told once
    if data.draw(st.booleans()):
        del cluster.objects[ref]
    else:
        _spoil(cluster.objects[ref])
    keep(cluster, tenant(), kills)
    mended = cluster.objects[ref]
    if (ref.kind, ref.name) != ("Secret", "north-switch"):
        assert contents(mended) == healthy[ref]


def contents(manifest):
    return deepcopy(manifest["spec"] if "spec" in manifest else manifest.get("data"))


def _spoil(manifest):
    """Edit by hand what may be edited."""
    if manifest["kind"] == "StatefulSet":
        manifest["spec"]["replicas"] = 9
    elif manifest["kind"] == "ConfigMap":
        manifest["data"]["extensions.conf"] = "; mine\n"
    elif manifest["kind"] == "Service":
        manifest["spec"]["ports"][0]["port"] = 5061
    else:
        manifest["metadata"]["labels"] = {}


@unhurried
@given(first=specs, kills=cuts, more_kills=cuts)
def test_an_end_leaves_nothing_in_the_cluster_wherever_the_operator_is_killed(first, kills, more_kills):
    cluster = FakeCluster()
    keep(cluster, tenant(**first), kills)
    end(cluster, tenant(**first), more_kills)
    assert (cluster.objects, cluster.pods) == ({}, {})
    if first.get("deletionPolicy") == "Delete":
        assert (cluster.row, cluster.backups) == (None, 1)
    else:
        assert (cluster.row.managed_by, cluster.row.login, cluster.row.terms.suspended) == ("", "", True)


def test_the_end_of_a_tenant_with_janus_does_not_wait_for_pods_that_are_made_again():
    cluster = FakeCluster()
    janus = tenant(janus={"enabled": True, "replicas": 2})
    keep(cluster, janus)
    assert sorted(cluster.pods) == ["north-janus-0", "north-janus-1", "north-switch-0"]
    end(cluster, janus)
    assert (cluster.objects, cluster.pods) == ({}, {})


@unhurried
@given(kills=cuts)
def test_an_end_waits_for_the_calls_after_it_refused_new_ones(kills):
    cluster = FakeCluster()
    keep(cluster, tenant())
    cluster.calls = 2
    spec = TenantSpec.of(tenant())
    for stop in [*kills, 99, 99]:
        for action in end_tenant(spec, cluster.tenant(), context())[:stop]:
            cluster.do(action)
    assert cluster.row.terms.suspended
    assert len(cluster.pods) == 1
    assert end_tenant(spec, cluster.tenant(), context()) == (
        Wait("CallsRun", "2 calls run; north goes when they have ended."),
    )
    cluster.calls = 0
    end(cluster, tenant())
    assert cluster.pods == {}


trunks = st.fixed_dictionaries(
    {},
    optional={
        "host": st.sampled_from(["198.51.100.31", "sip.carrier.example"]),
        "transport": st.sampled_from(["udp", "tcp"]),
        "callerId": st.sampled_from(["", "+902125550164"]),
        "enabled": st.booleans(),
        "credentialsSecretRef": st.just({"name": "halyard"}),
    },
)


@unhurried
@given(first=trunks, second=trunks, kills=cuts)
def test_a_trunk_converges_and_changes_the_files_but_no_pod(first, second, kills):
    cluster, secret = FakeCluster(), {"username": "cellhub", "password": "s3cret"}
    keep(cluster, tenant())
    (before,) = [one["spec"] for ref, one in cluster.objects.items() if ref.kind == "StatefulSet"]
    for spec in (first, second):
        one = TrunkSpec.of(trunk(**spec))
        converge(cluster, lambda one=one: reconcile_trunk(one, cluster.trunk("halyard", secret)), kills)
        keep(cluster, tenant(), kills)
    assert [one["spec"] for ref, one in cluster.objects.items() if ref.kind == "StatefulSet"] == [before]
    row = cluster.trunks["halyard"]
    assert row.terms["username"] == ("cellhub" if "credentialsSecretRef" in second else "")
    assert row.managed_by == "cell/halyard"
    converge(cluster, lambda: end_trunk(one, cluster.trunk("halyard")))
    assert cluster.trunks == {}


def test_a_strangers_object_with_a_name_of_ours_is_not_taken_away():
    cluster = FakeCluster()
    keep(cluster, tenant())
    ref = Ref("apps/v1", "Deployment", "cell", "north-janus")
    cluster.objects[ref] = {"metadata": {"name": ref.name, "labels": {"app": "mine"}}, "spec": {}}
    keep(cluster, tenant())
    assert ref in cluster.objects
    end(cluster, tenant())
    assert set(cluster.objects) == {ref}
