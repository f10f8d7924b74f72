"""A Tenant as the builders read it: typed, with every default in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cellhub_operator.objects.quantities import canonical_bytes, canonical_cpu
from cellhub_operator.specs.resource import GROUP, VERSION
from cellhub_operator.specs.shapes import Shape

RETAIN, DELETE = "Retain", "Delete"
API_VERSION = f"{GROUP}/{VERSION}"


@dataclass(frozen=True, slots=True)
class Origin:
    """The resource that objects and rows come from."""

    kind: str
    namespace: str
    name: str
    uid: str
    generation: int
    deleting: bool = False

    @classmethod
    def of(cls, resource: Shape) -> Origin:
        """Read it from a resource as the API server gives it."""
        metadata = resource["metadata"]
        return cls(
            resource["kind"],
            metadata["namespace"],
            metadata["name"],
            metadata["uid"],
            metadata["generation"],
            "deletionTimestamp" in metadata,
        )

    @property
    def mark(self) -> str:
        """How its rows name it in the database."""
        return f"{self.namespace}/{self.name}"

    @property
    def reference(self) -> Shape:
        """The owner reference of its objects: they go when it goes."""
        return {
            "apiVersion": API_VERSION,
            "kind": self.kind,
            "name": self.name,
            "uid": self.uid,
            "controller": True,
            "blockOwnerDeletion": True,
        }


@dataclass(frozen=True, slots=True)
class TenantSpec:
    """What is wanted of a tenant. ``cpu`` and ``memory`` are written as the API server writes them."""

    origin: Origin
    display_name: str
    sip_domain: str
    admin_email: str
    currency: str
    time_zone: str
    max_calls: int
    calls_per_second: int
    sip_users: int
    replicas: int
    image: str
    cpu: str
    memory: str
    rtp_first: int
    rtp_last: int
    exposure: str
    janus_replicas: int
    suspended: bool
    deletion_policy: str

    @classmethod
    def of(cls, resource: Shape) -> TenantSpec:
        """Read a Tenant; the API server has put in the defaults."""
        spec: dict[str, Any] = resource["spec"]
        limits, asterisk, janus = spec["limits"], spec["asterisk"], spec["janus"]
        return cls(
            origin=Origin.of(resource),
            display_name=spec["displayName"],
            sip_domain=spec["sipDomain"],
            admin_email=spec["adminEmail"],
            currency=spec["currency"],
            time_zone=spec["timeZone"],
            max_calls=limits["maxCalls"],
            calls_per_second=limits["callsPerSecond"],
            sip_users=limits["sipUsers"],
            replicas=asterisk["replicas"],
            image=asterisk["image"],
            cpu=canonical_cpu(asterisk["resources"]["cpu"]),
            memory=canonical_bytes(asterisk["resources"]["memory"]),
            rtp_first=asterisk["rtpRange"]["first"],
            rtp_last=asterisk["rtpRange"]["last"],
            exposure=asterisk["exposure"],
            janus_replicas=janus["replicas"] if janus["enabled"] else 0,
            suspended=spec["suspended"],
            deletion_policy=spec["deletionPolicy"],
        )

    @property
    def name(self) -> str:
        """The tenant's name, which is its slug in the database too."""
        return self.origin.name
