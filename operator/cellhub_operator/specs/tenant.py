"""Tenant: one company with its softswitch."""

from __future__ import annotations

from cellhub_operator.specs.resource import AGE, READY, Column, Names, count, custom_resource
from cellhub_operator.specs.shapes import (
    NAME_LENGTH,
    Shape,
    choice,
    flag,
    host,
    limit,
    number,
    port,
    structure,
    text,
)

CPU = r"^([0-9]+m|[0-9]+(\.[0-9]{1,3})?)$"
BYTES = r"^[0-9]+(Ki|Mi|Gi|Ti)$"
MOST_REPLICAS = 50

NAMES = Names("Tenant", "tenants", "ct")
COLUMNS = (
    READY,
    Column("Version", ".status.version"),
    Column("Calls", ".status.activeCalls", "integer"),
    AGE,
)
RULES = (
    (
        f"self.metadata.name.size() <= {NAME_LENGTH} && self.metadata.name.matches('^[a-z0-9-]+$')",
        f"a tenant's name has at most {NAME_LENGTH} of a-z, 0-9 and the dash",
    ),
)


def definition() -> Shape:
    """The definition of Tenant."""
    status = {
        "version": text("the release that all pods run", longest=14),
        "readyPods": count("softswitch pods that take calls"),
        "activeCalls": count("calls in progress"),
    }
    return custom_resource(NAMES, _spec(), status, COLUMNS, RULES)


def _spec() -> Shape:
    return structure(
        "What is wanted of a tenant.",
        {
            "displayName": text("the company's name", minLength=1),
            "sipDomain": host("the domain that phones register to"),
            "adminEmail": text("log-in of the first admin", pattern=r"^[^@\s]+@[^@\s]+$"),
            "currency": text("ISO 4217 code", pattern="^[A-Z]{3}$", longest=3, default="USD"),
            "timeZone": text(
                "IANA time zone", pattern="^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$", longest=64, default="UTC"
            ),
            "limits": _limits(),
            "asterisk": _asterisk(),
            "janus": _janus(),
            "suspended": flag("refuse new calls and log-ins; running calls end by themselves", default=False),
            "deletionPolicy": choice(
                "what becomes of the rows of a deleted tenant",
                "Retain",
                "Delete",
                default="Retain",
            ),
        },
        required=["displayName", "sipDomain", "adminEmail"],
    )


def _limits() -> Shape:
    return structure(
        "The most that the tenant may use.",
        {
            "maxCalls": limit("calls at a time"),
            "callsPerSecond": limit("new calls a second"),
            "sipUsers": limit("SIP users"),
        },
    )


def _asterisk() -> Shape:
    return structure(
        "The softswitch.",
        {
            "replicas": number("pods", most=MOST_REPLICAS, default=1),
            "image": text("image of the softswitch; empty means the release's", longest=512, default=""),
            "resources": _resources(),
            "rtpRange": _rtp_range(),
            "exposure": choice(
                "how phones reach the pods",
                "ClusterIP",
                "NodePort",
                "LoadBalancer",
                "Edge",
                default="ClusterIP",
            ),
        },
    )


def _resources() -> Shape:
    return structure(
        "Requested and at the same time the limit, so that no pod takes another one's voice.",
        {
            "cpu": text("such as 500m or 2", pattern=CPU, longest=10, default="500m"),
            "memory": text("such as 512Mi", pattern=BYTES, longest=10, default="512Mi"),
        },
    )


def _rtp_range() -> Shape:
    return structure(
        "UDP ports of the voice; each leg of a call takes two.",
        {"first": port("the first", default=10000), "last": port("the last", default=10999)},
        rules=(
            ("self.first >= 1024", "rtpRange.first must be 1024 or more"),
            ("self.first % 2 == 0", "rtpRange.first must be even"),
            ("self.last > self.first", "rtpRange.last must be greater than rtpRange.first"),
        ),
    )


def _janus() -> Shape:
    return structure(
        "The gateway of the web phone.",
        {
            "enabled": flag("run it", default=False),
            "replicas": number("pods", most=MOST_REPLICAS, default=1),
        },
    )
