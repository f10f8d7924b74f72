"""What the API server itself answers to Tenants, Trunks and Updates, without an operator."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from kubernetes.dynamic.exceptions import DynamicApiError

from tests.cluster.conftest import Api, Manifest

pytestmark = pytest.mark.usefixtures("resources")

DIGEST = "registry.example/cellhub@sha256:" + "0" * 64

TENANT: Manifest = {
    "apiVersion": "cellhub.io/v1alpha1",
    "kind": "Tenant",
    "metadata": {"name": "acme"},
    "spec": {"displayName": "Acme", "sipDomain": "sip.acme.example", "adminEmail": "admin@acme.example"},
}
TRUNK: Manifest = {
    "apiVersion": "cellhub.io/v1alpha1",
    "kind": "Trunk",
    "metadata": {"name": "carrier"},
    "spec": {"tenantRef": {"name": "acme"}, "host": "sip.carrier.example"},
}
UPDATE: Manifest = {
    "apiVersion": "cellhub.io/v1alpha1",
    "kind": "Update",
    "metadata": {"name": "to-1-4-2"},
    "spec": {
        "tenants": {"names": ["acme"]},
        "version": "1.4.2",
        "images": {"portal": DIGEST, "asterisk": DIGEST, "agent": DIGEST, "operator": DIGEST},
        "manifestRef": {"name": "release-1.4.2"},
        "signature": "c2lnbmF0dXJl",
    },
}

Changes = dict[str, Any]


def changed(manifest: Manifest, changes: Changes) -> Manifest:
    """Return ``manifest`` with values of its spec replaced, each named by its path; None takes one away."""
    made = copy.deepcopy(manifest)
    for path, value in changes.items():
        *parents, last = path.split(".")
        target = made["spec"]
        for name in parents:
            target = target.setdefault(name, {})
        if value is None:
            del target[last]
        else:
            target[last] = value
    return made


def refusal(api: Api, manifest: Manifest, namespace: str) -> str:
    """Apply what the API server has to refuse, and return its message."""
    with pytest.raises(DynamicApiError) as refused:
        api.apply(manifest, namespace)
    assert refused.value.status == 422
    message: str = refused.value.summary()
    return message


def test_a_short_tenant_gets_every_default(api, namespace):
    assert api.apply(TENANT, namespace)["spec"] == TENANT["spec"] | {
        "currency": "USD",
        "timeZone": "UTC",
        "limits": {"maxCalls": 0, "callsPerSecond": 0, "sipUsers": 0},
        "asterisk": {
            "replicas": 1,
            "image": "",
            "resources": {"cpu": "500m", "memory": "512Mi"},
            "rtpRange": {"first": 10000, "last": 10999},
            "exposure": "ClusterIP",
        },
        "janus": {"enabled": False, "replicas": 1},
        "suspended": False,
        "deletionPolicy": "Retain",
    }


def test_a_short_trunk_gets_every_default(api, namespace):
    assert api.apply(TRUNK, namespace)["spec"] == TRUNK["spec"] | {
        "port": 5060,
        "transport": "udp",
        "authentication": "ip",
        "codecs": ["alaw", "ulaw"],
        "maxChannels": 0,
        "callsPerSecond": 0,
        "stripPrefix": "",
        "addPrefix": "",
        "callerId": "",
        "priority": 10,
        "ringSeconds": 60,
        "provider": "",
        "enabled": True,
    }


@pytest.mark.parametrize(
    ("manifest", "changes", "sentence"),
    [
        (TENANT, {"asterisk.rtpRange": {"first": 80, "last": 90}}, "rtpRange.first must be 1024 or more"),
        (TENANT, {"asterisk.rtpRange": {"first": 10001, "last": 10999}}, "rtpRange.first must be even"),
        (
            TENANT,
            {"asterisk.rtpRange": {"first": 10000, "last": 9000}},
            "rtpRange.last must be greater than rtpRange.first",
        ),
        (TENANT, {"asterisk.rtpRange.last": 70000}, "should be less than or equal to 65535"),
        (TRUNK, {"codecs": ["alaw", "alaw"]}, "name each codec once"),
        (TENANT, {"adminEmail": "nobody"}, "spec.adminEmail"),
        (TENANT, {"sipDomain": None}, "spec.sipDomain: Required value"),
        (TRUNK, {"authentication": "register"}, "authentication register needs credentialsSecretRef"),
        (TRUNK, {"port": 0}, "should be greater than or equal to 1"),
        (TRUNK, {"addPrefix": "00${SHELL(id)}"}, "spec.addPrefix"),
        (UPDATE, {"version": "1.4"}, "spec.version"),
        (UPDATE, {"images.portal": "registry.example/cellhub:latest"}, "spec.images.portal"),
        (UPDATE, {"tenants.selector": {"matchLabels": {"ring": "1"}}}, "give either names or selector"),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(api, namespace, manifest, changes, sentence):
    assert sentence in refusal(api, changed(manifest, changes), namespace)


def test_a_name_that_is_too_long_is_refused(api, namespace):
    long = TENANT | {"metadata": {"name": "a" * 41}}
    assert "a tenant's name has at most 40 of a-z, 0-9 and the dash" in refusal(api, long, namespace)


def test_a_trunk_stays_with_its_tenant(api, namespace):
    api.apply(TRUNK, namespace)
    message = refusal(api, changed(TRUNK, {"tenantRef.name": "other"}), namespace)
    assert "tenantRef cannot be changed: make another trunk for another tenant" in message


def test_a_trunk_may_change_otherwise(api, namespace):
    api.apply(TRUNK, namespace)
    secret = {"authentication": "register", "credentialsSecretRef.name": "carrier"}
    spec = api.apply(changed(TRUNK, secret), namespace)["spec"]
    assert (spec["authentication"], spec["credentialsSecretRef"]) == ("register", {"name": "carrier"})


def test_the_release_of_an_update_cannot_be_changed(api, namespace):
    api.apply(UPDATE, namespace)
    message = refusal(api, changed(UPDATE, {"version": "1.4.3"}), namespace)
    assert "version cannot be changed: make another Update" in message


@pytest.mark.parametrize(("running", "allowed"), [("1.4.1", True), ("1.4.2", True), ("1.10.0", False)])
def test_an_update_does_not_go_back(api, namespace, running, allowed):
    api.apply(UPDATE, namespace)
    updates = api.kind("cellhub.io/v1alpha1", "Update")

    def observe():
        return updates.status.patch(
            name="to-1-4-2",
            namespace=namespace,
            body={"status": {"fromVersion": running}},
            content_type="application/merge-patch+json",
        )

    if allowed:
        assert observe().status.fromVersion == running
    else:
        with pytest.raises(DynamicApiError, match="an update does not go back to an older version"):
            observe()


def test_the_status_is_written_apart_from_the_spec(api, namespace):
    made = api.apply(TENANT | {"status": {"readyPods": 7}}, namespace)
    assert "status" not in made
