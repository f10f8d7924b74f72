"""Trunk: a carrier that a tenant's calls leave by."""

from __future__ import annotations

from cellhub_operator.specs.resource import AGE, READY, Column, Names, count, custom_resource
from cellhub_operator.specs.shapes import (
    NAME,
    NAME_LENGTH,
    Shape,
    choice,
    codecs,
    flag,
    host,
    limit,
    moment,
    number,
    port,
    secret_reference,
    structure,
    text,
    unchangeable,
)

PREFIX = r"^(\+?[0-9*#]{1,20})?$"
CALLER_ID = r'^(\+?[0-9]{1,20}|("[^"\\;\[\]<>\x00-\x1f\x7f]{1,80}" )?<\+?[0-9]{1,20}>)?$'
LOWEST_PRIORITY = 1000
SIP_CODES = (100, 699)

NAMES = Names("Trunk", "trunks", "ctr")
COLUMNS = (
    READY,
    Column("Tenant", ".spec.tenantRef.name"),
    Column("Registered", ".status.registration.state"),
    Column("Calls", ".status.activeCalls", "integer"),
    AGE,
)
RULES = (
    (
        f"self.metadata.name.size() <= {NAME_LENGTH} && self.metadata.name.matches('^[a-z0-9-]+$')",
        f"a trunk's name has at most {NAME_LENGTH} of a-z, 0-9 and the dash",
    ),
)
SPEC_RULES = (
    unchangeable("tenantRef", "make another trunk for another tenant"),
    (
        "self.authentication != 'register' || has(self.credentialsSecretRef)",
        "authentication register needs credentialsSecretRef",
    ),
)


def definition() -> Shape:
    """The definition of Trunk."""
    status = {"registration": _registration(), "activeCalls": count("calls in progress")}
    return custom_resource(NAMES, _spec(), status, COLUMNS, RULES)


def _spec() -> Shape:
    return structure(
        "What is wanted of a trunk.",
        {
            "tenantRef": structure(
                "The tenant that the trunk belongs to, in the same namespace.",
                {"name": text("name of the Tenant", pattern=NAME, longest=NAME_LENGTH)},
                required=["name"],
            ),
            "host": host("the carrier's address"),
            "port": port("the carrier's SIP port", default=5060),
            "transport": choice("how SIP travels", "udp", "tcp", default="udp"),
            "authentication": choice(
                "by our address, or by registering with a name and a secret", "ip", "register", default="ip"
            ),
            "credentialsSecretRef": secret_reference("The Secret with the keys username and password."),
            "codecs": codecs("codecs offered to the carrier"),
            "maxChannels": limit("calls at a time"),
            "callsPerSecond": limit("new calls a second"),
            "stripPrefix": text("taken off the number's front", pattern=PREFIX, longest=21, default=""),
            "addPrefix": text("put before the number", pattern=PREFIX, longest=21, default=""),
            "callerId": text(
                'shown instead of the caller\'s: a number, <number>, or "name" <number>',
                pattern=CALLER_ID,
                longest=106,
                default="",
            ),
            "ringSeconds": number("seconds until a call is given up", least=5, most=180, default=60),
            "priority": number(
                "trunks with a lower number are tried first", least=1, most=LOWEST_PRIORITY, default=10
            ),
            "provider": text("the carrier's name, for reports", default=""),
            "enabled": flag("let calls leave by it", default=True),
        },
        required=["tenantRef", "host"],
        rules=SPEC_RULES,
    )


def _registration() -> Shape:
    least, most = SIP_CODES
    return structure(
        "Whether the carrier knows us; n/a where we do not register.",
        {
            "state": {"type": "string", "enum": ["OK", "NO", "n/a"]},
            "time": moment("when that was seen"),
            "code": number("the carrier's last SIP answer", least=least, most=most),
        },
        required=["state"],
    )
