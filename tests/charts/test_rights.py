"""Who may do what in the cluster is what the golden list says."""

from collections import defaultdict

from tests.charts.golden import LEASE, OPERATOR, PORTAL, STEPS
from tests.charts.matrix import MATRIX
from tests.fixtures.chart import NAMESPACE, Rendered, render


def rights(rendered: Rendered) -> dict[tuple[str, str], dict[str, str]]:
    """What each account may do, by account and namespace."""
    roles = {(one["metadata"]["namespace"], one["metadata"]["name"]): one for one in rendered.of("Role")}
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for binding in rendered.of("RoleBinding"):
        namespace = binding["metadata"]["namespace"]
        (subject,) = binding["subjects"]
        assert subject["namespace"] == NAMESPACE
        held = found[subject["name"], namespace]
        for resource, verbs in allowed(roles[namespace, binding["roleRef"]["name"]]).items():
            held[resource] = " ".join(sorted({*held.get(resource, "").split(), *verbs.split()}))
    return dict(found)


def allowed(role: dict) -> dict[str, str]:
    return {
        " ".join([".".join(filter(None, (resource, group))), *rule.get("resourceNames", [])]): " ".join(
            sorted(rule["verbs"])
        )
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def test_alone_in_its_namespace_only_the_operator_may_do_anything():
    assert rights(render()) == {("cellhub-operator", NAMESPACE): STEPS | OPERATOR | LEASE}


def test_in_other_namespaces_it_may_do_the_same_there_and_only_hold_its_lease_and_do_its_steps_here():
    assert rights(render(MATRIX["production"])) == {
        ("cellhub-operator", NAMESPACE): LEASE | STEPS,
        ("cellhub-operator", "tenants-a"): OPERATOR,
        ("cellhub-operator", "tenants-b"): OPERATOR,
        ("cellhub-portal", "tenants-a"): PORTAL,
        ("cellhub-portal", "tenants-b"): PORTAL,
    }


def test_nobody_has_rights_in_the_whole_cluster_or_by_a_wildcard():
    for values in MATRIX.values():
        rendered = render(values)
        assert rendered.of("ClusterRole", "ClusterRoleBinding") == []
        for role in rendered.of("Role"):
            for rule in role["rules"]:
                words = {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}
                assert not words & {"*", "escalate", "bind", "impersonate"}


def test_no_secret_can_be_listed():
    for role in render(MATRIX["production"]).of("Role"):
        for rule in role["rules"]:
            if "secrets" in rule["resources"]:
                assert not {"list", "watch", "deletecollection"} & {*rule["verbs"]}
