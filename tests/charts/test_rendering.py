"""Whatever the values are, what Helm renders keeps our rules."""

import re

import pytest
import yaml

from tests.charts.matrix import MATRIX
from tests.fixtures.chart import CHART, NAMESPACE, Refused, render, run

EVERY = pytest.mark.parametrize("values", MATRIX.values(), ids=MATRIX)
LABELS = ("name", "instance", "component", "version", "managed-by", "part-of")
NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?")
DEFINITION = "CustomResourceDefinition"
SECRET_WORD = re.compile(r"password|secret|token|url|key", re.IGNORECASE)
MAY_STAND_OPEN = {
    "CELLHUB_SECRET_KEY_FILE",
    "CELLHUB_DATABASE_PASSWORD_FILE",
    "CELLHUB_LIVE_URL",
    "CELLHUB_IMAGE_PULL_SECRET",
    "CELLHUB_PROBE_SECRET_FILE",
}
SPEAK_ON_LOOPBACK_ONLY = {"rtpengine"}
"""Nobody can ask them from outside; one that dies ends its container."""


@EVERY
def test_helm_finds_nothing_to_say(values, tmp_path):
    path = tmp_path / "values.yaml"
    path.write_text(yaml.safe_dump(values))
    assert "0 chart(s) failed" in run("lint", "--strict", str(CHART), "--values", str(path))


@EVERY
def test_an_object_is_named_once_and_well(values):
    rendered = render(values)
    assert [one for one in rendered.objects if not {"apiVersion", "kind"} <= one.keys()] == []
    names = [
        (one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in rendered.objects
    ]
    assert len(names) == len(set(names))
    assert [name for *_, name in names if not NAME.fullmatch(name)] == []


@EVERY
def test_an_object_carries_the_usual_labels(values):
    for one in render(values).objects:
        if one["kind"] != DEFINITION:
            wanted = {f"app.kubernetes.io/{label}" for label in LABELS}
            assert wanted <= one["metadata"]["labels"].keys(), one["metadata"]["name"]


@EVERY
def test_a_selector_finds_its_own_pods(values):
    for one in render(values).of("Deployment", "StatefulSet"):
        wanted = one["spec"]["selector"]["matchLabels"]
        labels = one["spec"]["template"]["metadata"]["labels"]
        assert wanted.items() <= labels.items()
        assert "app.kubernetes.io/version" not in wanted, "a selector cannot change"


def _of_processes(rendered):
    """Every Service but the one that leads to a test's own pod."""
    return [one for one in rendered.of("Service") if not one["metadata"]["name"].endswith("-far-end")]


@EVERY
def test_a_service_finds_pods_and_their_ports(values):
    rendered = render(values)
    for service in _of_processes(rendered):
        selector = service["spec"]["selector"].items()
        found = [
            one
            for one in rendered.of("Deployment", "StatefulSet")
            if selector <= one["spec"]["template"]["metadata"]["labels"].items()
        ]
        assert len(found) == 1, service["metadata"]["name"]
        containers = found[0]["spec"]["template"]["spec"]["containers"]
        ports = {port["name"] for container in containers for port in container.get("ports", [])}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


@EVERY
def test_every_pod_is_as_confined_as_restricted_wants(values):
    for name, pod in render(values).pods():
        context = pod["securityContext"]
        assert context["runAsNonRoot"] is True, name
        assert context["runAsUser"] > 0, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostPID", "hostIPC"} & pod.keys(), name
        assert name == "cellhub-edge" or "hostNetwork" not in pod, name
        kinds = {kind for volume in pod.get("volumes", []) for kind in volume if kind != "name"}
        assert kinds <= {"emptyDir", "secret", "configMap", "projected", "persistentVolumeClaim"}, name


@EVERY
def test_every_container_is_as_confined_as_restricted_wants(values):
    for name, container in render(values).containers():
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name


@EVERY
def test_every_container_says_what_it_needs(values):
    for name, container in render(values).containers():
        assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name
        assert "memory" in container["resources"]["limits"], name


@EVERY
def test_what_runs_for_ever_is_watched(values):
    for one in render(values).of("Deployment", "StatefulSet"):
        for container in one["spec"]["template"]["spec"]["containers"]:
            if container["name"] in SPEAK_ON_LOOPBACK_ONLY:
                continue
            assert "livenessProbe" in container, one["metadata"]["name"]
            assert "startupProbe" in container, one["metadata"]["name"]


@EVERY
def test_what_a_service_leads_to_says_when_it_is_ready(values):
    rendered = render(values)
    for service in _of_processes(rendered):
        (one,) = [
            one
            for one in rendered.of("Deployment", "StatefulSet")
            if service["spec"]["selector"].items() <= one["spec"]["template"]["metadata"]["labels"].items()
        ]
        for container in one["spec"]["template"]["spec"]["containers"]:
            assert "readinessProbe" in container or container["name"] in SPEAK_ON_LOOPBACK_ONLY


@EVERY
def test_an_image_has_a_version(values):
    for name, container in render(values).containers():
        image = container["image"]
        assert re.search(r":[A-Za-z0-9_][A-Za-z0-9_.-]*$|@sha256:[0-9a-f]{64}$", image), name
        assert not image.endswith(":latest"), name


@EVERY
def test_no_secret_stands_in_an_argument_or_open_in_the_environment(values):
    for name, container in render(values).containers():
        words = [*container.get("command", []), *container.get("args", [])]
        assert [word for word in words if "://" in word or "password" in word] == [], name
        for variable in container.get("env", []):
            if SECRET_WORD.search(variable["name"]) and variable["name"] not in MAY_STAND_OPEN:
                assert "secretKeyRef" in variable.get("valueFrom", {}), f"{name}: {variable['name']}"


@EVERY
def test_an_environment_names_nothing_twice(values):
    for name, container in render(values).containers():
        names = [variable["name"] for variable in container.get("env", [])]
        assert len(names) == len(set(names)), name


@EVERY
def test_no_service_writes_into_our_settings(values):
    # A Service cellhub-portal would give every pod CELLHUB_PORTAL_PORT=tcp://10.0.0.1:80.
    for name, pod in render(values).pods():
        assert pod["enableServiceLinks"] is False, name


@EVERY
def test_a_mount_has_its_volume(values):
    for one in render(values).of("Deployment", "StatefulSet", "Job"):
        pod = one["spec"]["template"]["spec"]
        volumes = {volume["name"] for volume in pod.get("volumes", [])}
        volumes |= {claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])}
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


@EVERY
def test_a_pod_waits_for_the_tables_of_its_release(values):
    for one in render(values).of("Deployment"):
        if one["metadata"]["labels"]["app.kubernetes.io/component"].startswith("edge"):
            continue
        (gate,) = one["spec"]["template"]["spec"]["initContainers"]
        assert gate["command"] == ["cellhub", "tables", "--wait"]


@EVERY
def test_only_who_talks_to_the_api_server_has_a_token(values):
    rendered = render(values)
    with_token = {name for name, pod in rendered.pods() if pod["automountServiceAccountToken"]}
    bound = {subject["name"] for binding in rendered.of("RoleBinding") for subject in binding["subjects"]}
    assert with_token == bound


@EVERY
def test_every_component_has_a_policy_unless_policies_are_off(values):
    rendered = render(values)
    selectors = [one["spec"]["podSelector"]["matchLabels"] for one in rendered.of("NetworkPolicy")]
    for one in rendered.of("Deployment", "StatefulSet", "Job"):
        if one["spec"]["template"]["spec"].get("hostNetwork"):
            continue  # policies are for the pods' network
        labels = one["spec"]["template"]["metadata"]["labels"].items()
        chosen = [selector for selector in selectors if selector.items() <= labels]
        assert len(chosen) == (0 if values.get("networkPolicy", {}).get("enabled") is False else 1)


@EVERY
def test_what_an_autoscaler_or_the_operator_decides_the_chart_does_not(values):
    rendered = render(values)
    scaled = {one["spec"]["scaleTargetRef"]["name"] for one in rendered.of("HorizontalPodAutoscaler")}
    for one in rendered.of("Deployment"):
        assert ("replicas" in one["spec"]) is (one["metadata"]["name"] not in scaled)
    assert not {one["kind"] for one in rendered.objects} & {"Tenant", "Trunk", "Update", "Lease"}


@EVERY
def test_whatever_is_kept_when_the_release_goes_says_so(values):
    for one in render(values).of(DEFINITION, "Secret", "PersistentVolumeClaim", "Cluster"):
        assert one["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


@EVERY
def test_a_secret_that_is_named_exists_or_is_the_users(values):
    rendered = render(values)
    own = {one["metadata"]["name"] for one in rendered.of("Secret")} | {"urls", "rabbitmq", "key", "registry"}
    for _, container in rendered.containers():
        for variable in container.get("env", []):
            if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
                assert reference["name"] in own


def test_two_releases_share_no_name():
    first, second = render(release="first"), render(release="second")
    names = [{(one["kind"], one["metadata"]["name"]) for one in one_of.objects} for one_of in (first, second)]
    assert {kind for kind, _ in names[0] & names[1]} == {DEFINITION}


def test_a_release_called_like_the_chart_is_not_named_twice():
    assert render().one("Deployment", "cellhub-portal")
    assert render(release="blue").one("Deployment", "blue-cellhub-portal")


def test_a_long_release_name_still_gives_good_names():
    rendered = render(release="a" * 53)
    assert [one for one in rendered.objects if len(one["metadata"]["name"]) > 63] == []


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"porta": {}}, "additional properties 'porta' not allowed"),
        ({"portal": {"replicas": "two"}}, "/portal/replicas"),
        ({"portal": {"replicas": 0}}, "/portal/replicas"),
        ({"portal": {"ingress": {"enabled": True}}}, "/portal/ingress/host"),
        ({"portal": {"service": {"type": "Host"}}}, "/portal/service/type"),
        ({"image": {"tag": "latest"}}, "/image/tag"),
        ({"image": {"digest": "sha256:abc"}}, "/image/digest"),
        ({"database": {"kind": "external"}}, "/database/existingSecret"),
        ({"database": {"kind": "mysql"}}, "/database/kind"),
        ({"database": {"kind": "builtin", "existingSecret": "mine"}}, "/database/existingSecret"),
        ({"database": {"builtin": {"storage": "10 GB"}}}, "/database/builtin/storage"),
        ({"worker": {"autoscaling": {"targetCPU": 300}}}, "/worker/autoscaling/targetCPU"),
        ({"operator": {"namespaces": ["Tenants"]}}, "/operator/namespaces/0"),
        ({"networkPolicy": {"workerPorts": [0]}}, "/networkPolicy/workerPorts/0"),
        ({"helmTest": {"call": {"enabled": True}}}, "/helmTest/call/sipUser"),
        ({"edge": {"enabled": True}}, "/edge/kamailio/image"),
    ],
)
def test_a_wrong_value_is_refused_by_its_path(values, path):
    with pytest.raises(Refused, match=re.escape(path)):
        render(values)


def test_the_release_lands_in_its_namespace():
    assert {one["metadata"]["namespace"] for one in render().of("Role")} == {NAMESPACE}
    roles = render(MATRIX["production"]).of("Role")
    of_release = ("-lease", "-update")
    own = {one["metadata"]["namespace"] for one in roles if one["metadata"]["name"].endswith(of_release)}
    others = {
        one["metadata"]["namespace"] for one in roles if not one["metadata"]["name"].endswith(of_release)
    }
    assert (own, others) == ({NAMESPACE}, {"tenants-a", "tenants-b"})


def test_the_test_call_passes_for_the_edge_at_the_tenant_and_is_found_as_its_far_end():
    rendered = render(MATRIX["a test call"])
    pod = rendered.one("Pod", "cellhub-test-call")
    service = rendered.one("Service", "cellhub-far-end")
    labels = pod["metadata"]["labels"]
    assert labels["app.kubernetes.io/component"] == "edge"
    assert labels["app.kubernetes.io/instance"] == "cellhub-test", "the edge's own Service passes it by"
    assert "cellhub.io/tenant" not in labels, "the tenant would wait for it at its end"
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    given = {one["name"]: one.get("value") for one in pod["spec"]["containers"][0]["env"]}
    assert given["CELLHUB_PROBE_HOST"] == "acme-sip.voice.svc"
    assert str(service["spec"]["ports"][0]["port"]) == given["CELLHUB_PROBE_FAR_END_PORT"]
