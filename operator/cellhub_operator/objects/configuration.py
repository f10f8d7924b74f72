"""The rendered files of a tenant: those with secrets in a Secret, the others in a ConfigMap."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from cellhub_operator.objects.names import manifest, switch_name
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.specs.shapes import Shape

SECRET_FILES = ("manager.conf", "pgbouncer.ini", "pjsip.conf")
AMI_SECRET, DATABASE_PASSWORD, DATABASE_URL = "ami-secret", "database-password", "database-url"
AGENT_PASSWORD = "agent-password"  # noqa: S105  the name of a key


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets of one tenant's softswitch: generated once, then read from its Secret."""

    ami_secret: str = field(repr=False)
    database_password: str = field(repr=False)
    agent_password: str = field(repr=False)

    @classmethod
    def of(cls, secret: Shape | None, fresh: Keys) -> Keys:
        """Read them from the Secret of a tenant; what it does not hold is taken from ``fresh``."""
        data = (secret or {}).get("data", {})
        kept = (plain(data[key]) if key in data else None for key in KEYS)
        return cls(*(old or new for old, new in zip(kept, fresh.texts, strict=True)))

    @property
    def texts(self) -> tuple[str, ...]:
        """Them, in the order of :data:`KEYS`."""
        return (self.ami_secret, self.database_password, self.agent_password)


KEYS = (AMI_SECRET, DATABASE_PASSWORD, AGENT_PASSWORD)
"""Under which names a Secret holds them."""


def config_map(tenant: TenantSpec, files: Mapping[str, str]) -> Shape:
    """Build the ConfigMap of the files that anybody may read."""
    data = {name: text for name, text in sorted(files.items()) if name not in SECRET_FILES}
    return manifest("v1", "ConfigMap", tenant.origin, switch_name(tenant.name), data=data)


def secret(tenant: TenantSpec, files: Mapping[str, str], keys: Keys, agent_database_url: str) -> Shape:
    """Build the Secret of the files that hold secrets, and of the keys themselves."""
    values = {name: files[name] for name in SECRET_FILES} | {
        **dict(zip(KEYS, keys.texts, strict=True)),
        DATABASE_URL: agent_database_url,
    }
    data = {name: encoded(text) for name, text in values.items()}
    return manifest("v1", "Secret", tenant.origin, switch_name(tenant.name), type="Opaque", data=data)


def fingerprint(files: Mapping[str, str]) -> str:
    """A short hash of all files; pods are annotated with it when it changes."""
    text = json.dumps(files, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def encoded(text: str) -> str:
    """Write a text as a Secret holds it."""
    return base64.b64encode(text.encode()).decode("ascii")


def plain(data: str) -> str:
    """Read what :func:`encoded` wrote."""
    return base64.b64decode(data).decode()
