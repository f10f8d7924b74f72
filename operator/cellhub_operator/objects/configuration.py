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

SECRET_FILES = ("manager.conf", "pjsip.conf", "res_odbc.conf")
AMI_SECRET, DATABASE_PASSWORD, DATABASE_URL = "ami-secret", "database-password", "database-url"


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets of one tenant's softswitch: generated once, then read from its Secret."""

    ami_secret: str = field(repr=False)
    database_password: str = field(repr=False)

    @classmethod
    def of(cls, secret: Shape | None) -> Keys | None:
        """Read them from the Secret of a tenant; None if it does not hold both."""
        data = (secret or {}).get("data", {})
        if AMI_SECRET not in data or DATABASE_PASSWORD not in data:
            return None
        return cls(plain(data[AMI_SECRET]), plain(data[DATABASE_PASSWORD]))


def config_map(tenant: TenantSpec, files: Mapping[str, str]) -> Shape:
    """Build the ConfigMap of the files that anybody may read."""
    data = {name: text for name, text in sorted(files.items()) if name not in SECRET_FILES}
    return manifest("v1", "ConfigMap", tenant.origin, switch_name(tenant.name), data=data)


def secret(tenant: TenantSpec, files: Mapping[str, str], keys: Keys, agent_database_url: str) -> Shape:
    """Build the Secret of the files that hold secrets, and of the keys themselves."""
    values = {name: files[name] for name in SECRET_FILES} | {
        AMI_SECRET: keys.ami_secret,
        DATABASE_PASSWORD: keys.database_password,
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
