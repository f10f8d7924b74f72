"""What a tenant becomes: whole objects, as in ``north.yaml`` beside this file."""

from pathlib import Path

import pytest
import yaml
from cellhub_operator.objects import objects_of
from cellhub_operator.objects.admin_secret import admin_secret
from cellhub_operator.objects.configuration import SECRET_FILES, Keys, encoded, fingerprint, plain
from cellhub_operator.objects.quantities import canonical_bytes, canonical_cpu
from cellhub_operator.objects.tenant import TenantSpec

from cellhub.domain.failover import failover_pattern
from cellhub.switch.render import Odbc, SwitchConfig, Trunk, render
from tests.factories.resources import AGENT_URL, KEYS, RELEASE, tenant

FILES = {name: f"; {name}\n" for name in ("extensions.conf", *SECRET_FILES)}
WHOLE = Path(__file__).with_name("north.yaml")


def built(release=RELEASE, **spec):
    objects = objects_of(TenantSpec.of(tenant(**spec)), release, FILES, KEYS, AGENT_URL)
    return {(one["kind"], one["metadata"]["name"]): one for one in objects}


def pod(**spec):
    return built(**spec)["StatefulSet", "north-switch"]["spec"]["template"]["spec"]


def container(name, **spec):
    (found,) = [one for one in pod(**spec)["containers"] if one["name"] == name]
    return found


def test_a_tenant_becomes_these_objects():
    objects = list(built(janus={"enabled": True, "replicas": 1}).values())
    objects.append(admin_secret(TenantSpec.of(tenant()), "generated"))
    assert objects == list(yaml.safe_load_all(WHOLE.read_text()))


def test_without_janus_nothing_of_it_is_there():
    assert list(built()) == [
        ("ServiceAccount", "north-switch"),
        ("NetworkPolicy", "north-switch"),
        ("Secret", "north-switch"),
        ("ConfigMap", "north-switch"),
        ("Service", "north-switch-pods"),
        ("Service", "north-sip"),
        ("PodDisruptionBudget", "north-switch"),
        ("StatefulSet", "north-switch"),
    ]


def test_every_object_goes_with_its_tenant():
    owner = {
        "apiVersion": "cellhub.io/v1alpha1",
        "kind": "Tenant",
        "name": "north",
        "uid": "uid-of-north",
        "controller": True,
        "blockOwnerDeletion": True,
    }
    for one in built(janus={"enabled": True, "replicas": 1}).values():
        assert one["metadata"]["ownerReferences"] == [owner]
        assert one["metadata"]["namespace"] == "cell"


@pytest.mark.parametrize(
    ("exposure", "kind", "policy"),
    [
        ("ClusterIP", "ClusterIP", None),
        ("Edge", "ClusterIP", None),
        ("NodePort", "NodePort", "Local"),
        ("LoadBalancer", "LoadBalancer", "Local"),
    ],
)
def test_phones_from_outside_keep_their_address(exposure, kind, policy):
    spec = built(asterisk=tenant()["spec"]["asterisk"] | {"exposure": exposure})["Service", "north-sip"][
        "spec"
    ]
    assert (spec["type"], spec.get("externalTrafficPolicy")) == (kind, policy)


def test_the_configuration_is_no_part_of_the_pod_so_that_no_change_restarts_one():
    one = objects_of(TenantSpec.of(tenant()), RELEASE, FILES, KEYS, AGENT_URL)
    files = FILES | {"pjsip.conf": "; another trunk\n"}
    other = objects_of(TenantSpec.of(tenant()), RELEASE, files, KEYS, AGENT_URL)
    assert [a["kind"] for a, b in zip(one, other, strict=True) if a != b] == ["Secret"]


def test_no_file_of_the_config_map_holds_a_secret():
    secrets = ["odbc-secret-of-this-test", "ami-secret-of-this-test", "trunk-secret-of-this-test"]
    odbc = Odbc(host="db", port=5432, database="cellhub", username="cellhub_switch_north", secret=secrets[0])
    trunk = Trunk(name="halyard", host="198.51.100.31", username="u", secret=secrets[2], register=True)
    config = SwitchConfig(
        pod="pod-1",
        odbc=odbc,
        ami_secret=secrets[1],
        failover_pattern=failover_pattern(),
        trunks=(trunk,),
    )
    files = render(config)
    objects = objects_of(TenantSpec.of(tenant()), RELEASE, files, KEYS, AGENT_URL)
    config_map, secret = [one for one in objects if one["kind"] in ("ConfigMap", "Secret")][::-1]
    assert set(config_map["data"]) | set(SECRET_FILES) == set(files)
    assert [one for one in secrets if one in str(config_map)] == []
    held = "".join(plain(text) for text in secret["data"].values())
    assert [one for one in secrets if one in held] == secrets


def test_an_image_of_the_tenants_own_takes_the_releases_place():
    asterisk = tenant()["spec"]["asterisk"]
    assert container("asterisk")["image"] == RELEASE.asterisk_image
    own = asterisk | {"image": "registry.example/own:1"}
    assert container("asterisk", asterisk=own)["image"] == "registry.example/own:1"
    assert container("agent", asterisk=own)["image"] == RELEASE.agent_image


@pytest.mark.parametrize(("policy", "kept"), [("Retain", "Retain"), ("Delete", "Delete")])
def test_the_spool_outlives_a_tenant_unless_everything_is_to_go(policy, kept):
    spec = built(deletionPolicy=policy)["StatefulSet", "north-switch"]["spec"]
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenScaled": "Retain", "whenDeleted": kept}


@pytest.mark.parametrize(
    ("written", "stored"), [("500m", "500m"), ("0.5", "500m"), ("2", "2"), ("2000m", "2"), ("1.25", "1250m")]
)
def test_processors_are_written_as_the_api_server_writes_them(written, stored):
    assert canonical_cpu(written) == stored


@pytest.mark.parametrize(
    ("written", "stored"), [("512Mi", "512Mi"), ("1024Mi", "1Gi"), ("1536Mi", "1536Mi"), ("0Gi", "0")]
)
def test_bytes_are_written_as_the_api_server_writes_them(written, stored):
    assert canonical_bytes(written) == stored


def test_the_keys_are_read_back_from_the_secret():
    fresh = Keys("fresh-ami", "fresh-database", "fresh-agent")
    assert Keys.of(built()["Secret", "north-switch"], fresh) == KEYS
    assert Keys.of(None, fresh) == fresh
    held = {"data": {"ami-secret": encoded("kept")}}
    assert Keys.of(held, fresh) == Keys("kept", "fresh-database", "fresh-agent")
    assert KEYS.ami_secret not in repr(KEYS)


def test_the_fingerprint_follows_every_file():
    prints = [fingerprint(FILES), fingerprint(FILES | {"extensions.conf": ""}), fingerprint({})]
    assert len(set(prints)) == 3
    assert fingerprint(dict(reversed(FILES.items()))) == prints[0]
