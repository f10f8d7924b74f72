"""The node is a real one: its pods run, keep what they wrote, answer by their service, and end."""

from __future__ import annotations

import subprocess
import urllib.request

import pytest
from kubernetes.dynamic.exceptions import NotFoundError

from tests.cluster.conftest import Api, Manifest
from tests.cluster.kubernetes.images import HELLO
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.usefixtures("cluster")

LABELS = {"app": "hello"}
SERVICE: Manifest = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "hello"},
    "spec": {"selector": LABELS, "ports": [{"port": 80, "targetPort": 8080}]},
}
PODS: Manifest = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "hello-pods"},
    "spec": {"selector": LABELS, "clusterIP": "None"},
}
CONTAINER: Manifest = {
    "name": "hello",
    "image": HELLO,
    "imagePullPolicy": "Never",
    "env": [{"name": "COUNT", "value": "/kept/starts"}],
    "volumeMounts": [{"name": "kept", "mountPath": "/kept"}],
    "readinessProbe": {"httpGet": {"port": 8080, "path": "/"}, "periodSeconds": 1},
    "resources": {"limits": {"cpu": "100m", "memory": "64Mi"}},
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    },
}
POD: Manifest = {
    "metadata": {"labels": LABELS},
    "spec": {
        "containers": [CONTAINER],
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 15060,
            "fsGroup": 15060,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "terminationGracePeriodSeconds": 5,
    },
}
CLAIM: Manifest = {
    "metadata": {"name": "kept"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
}
STATEFUL_SET: Manifest = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "hello"},
    "spec": {
        "serviceName": "hello-pods",
        "selector": {"matchLabels": LABELS},
        "template": POD,
        "volumeClaimTemplates": [CLAIM],
    },
}


@pytest.fixture
def address(api: Api, namespace: str) -> str:
    """Where this machine reaches the service of one pod that counts its starts."""
    service = api.apply(SERVICE, namespace)
    api.apply(PODS, namespace)
    api.apply(STATEFUL_SET, namespace)
    wait_for(lambda: is_ready(api, namespace), "the pod is ready", 30.0)
    return f"http://{service['spec']['clusterIP']}"


def is_ready(api: Api, namespace: str) -> bool:
    found = api.read("apps/v1", "StatefulSet", "hello", namespace)
    return found["status"].get("readyReplicas") == 1


def answer(address: str) -> str | None:
    try:
        with urllib.request.urlopen(address, timeout=2.0) as reply:
            return reply.read().decode()
    except OSError:
        return None


def test_a_pod_as_guarded_as_ours_runs_and_answers(address):
    wait_for(lambda: answer(address) == "start 1", "the pod answers by its service")


def test_pods_know_services_and_pods_by_their_names(api, namespace, address):
    pod = api.read("v1", "Pod", "hello-0", namespace)["status"]["podIP"]
    wait_for(lambda: answer(f"{address}/addresses/hello-0.hello-pods") == pod, "the pod has its name")
    assert answer(f"{address}/addresses/hello.{namespace}") == address.removeprefix("http://")


def test_other_names_have_no_address(address):
    known = f"{address}/addresses/kubernetes.default.svc"
    wait_for(lambda: answer(known), "the pod answers by its service")
    assert answer(f"{address}/addresses/www.example.com") is None


def test_a_replaced_pod_finds_what_the_one_before_wrote(api, namespace, address):
    pods = api.kind("v1", "Pod")
    before = api.read("v1", "Pod", "hello-0", namespace)["metadata"]["uid"]
    pods.delete(name="hello-0", namespace=namespace)

    def replaced():
        try:
            return api.read("v1", "Pod", "hello-0", namespace)["metadata"]["uid"] != before
        except NotFoundError:
            return False

    wait_for(replaced, "another pod takes its place", 20.0)
    wait_for(lambda: answer(address) == "start 2", "it counts on", 20.0)


def test_a_volume_goes_with_its_claim(cluster, api, namespace, address):
    assert [path.name.startswith(f"{namespace}-kept-hello-0") for path in volumes(cluster, namespace)] == [
        True
    ]
    api.kind("apps/v1", "StatefulSet").delete(name="hello", namespace=namespace)
    api.kind("v1", "PersistentVolumeClaim").delete(name="kept-hello-0", namespace=namespace)
    wait_for(lambda: not volumes(cluster, namespace), "its folder is gone", 20.0)


def volumes(cluster, namespace):
    return list(cluster.plan.volumes.glob(f"{namespace}-*"))


def test_nothing_of_the_cluster_reaches_another_machine(cluster):
    asked = cluster.command("ip", "route", "get", "192.0.2.1")
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (2, "RTNETLINK answers: Network is unreachable")
