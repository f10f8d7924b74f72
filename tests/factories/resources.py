"""Tenants and Trunks as the API server gives them: its defaults are in."""

from __future__ import annotations

from typing import Any

from cellhub_operator.objects.configuration import Keys
from cellhub_operator.objects.release import Release
from cellhub_operator.specs import definitions
from cellhub_operator.specs.shapes import Shape

NAMESPACE = "cell"
PARTS = {"portal": "a", "operator": "a", "agent": "a", "asterisk": "b"}
"""The images of an update, with the letter that its digest is made of."""

KEYS = Keys(ami_secret="a" * 32, database_password="b" * 32, agent_password="c" * 32)
AGENT_URL = "postgresql+psycopg2://cellhub_agent:agents-own@database.cell:5432/cellhub"
RELEASE = Release(
    version="1.4.2",
    asterisk_image="registry.example/cellhub-asterisk:1.4.2",
    agent_image="registry.example/cellhub:1.4.2",
    janus_image="registry.example/cellhub-janus:1.4.2",
    pod_networks=("10.244.0.0/16",),
)


def tenant(name: str = "north", **spec: Any) -> Shape:
    """A Tenant; ``spec`` differs from what its maker must write."""
    wanted = {
        "displayName": f"{name.title()} Telecom",
        "sipDomain": f"sip.{name}.example",
        "adminEmail": f"admin@{name}.example",
    }
    return _resource("Tenant", name, wanted | spec)


def trunk(name: str = "halyard", **spec: Any) -> Shape:
    """A Trunk of the tenant north."""
    wanted = {"tenantRef": {"name": "north"}, "host": "198.51.100.31"}
    return _resource("Trunk", name, wanted | spec)


def update(name: str = "to-1.5.0", **spec: Any) -> Shape:
    """An Update of north and south to 1.5.0."""
    images = {part: f"registry.example/{part}@sha256:{letter * 64}" for part, letter in PARTS.items()}
    wanted = {
        "tenants": {"names": ["north", "south"]},
        "version": "1.5.0",
        "images": images,
        "manifestRef": {"name": "release-1.5.0"},
        "signature": "c2lnbmVk",
    }
    return _resource("Update", name, wanted | spec)


def _resource(kind: str, name: str, spec: Shape) -> Shape:
    resource = {
        "apiVersion": "cellhub.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE, "uid": f"uid-of-{name}", "generation": 1},
        "spec": spec,
    }
    return with_defaults(kind, resource)


def with_defaults(kind: str, resource: Shape) -> Shape:
    """Put in the defaults of the definition, as the API server does."""
    (shape,) = [one for one in definitions() if one["spec"]["names"]["kind"] == kind]
    schema = shape["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return resource | {"spec": _defaulted(schema["properties"]["spec"], resource["spec"])}


def _defaulted(schema: Shape, value: Any) -> Any:
    if schema["type"] != "object" or "properties" not in schema:
        return value
    filled = dict(value)
    for name, inner in schema["properties"].items():
        if name not in filled and "default" in inner:
            filled[name] = inner["default"]
        if name in filled:
            filled[name] = _defaulted(inner, filled[name])
    return filled
