"""The operator's settings: ``CELLHUB_`` variables, each wrong one named at start."""

from __future__ import annotations

import os
import secrets
import socket
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from sqlalchemy import URL, make_url

from cellhub.environment import Settings
from cellhub_operator.objects.release import Release
from cellhub_operator.reconcile.context import POSTGRES_PORT

OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


class OperatorSettings(Settings):
    """What ``cellhub-operator run`` reads, beside the settings of every process."""

    namespaces: str = Field(
        "",
        pattern=r"^([a-z0-9-]+(,[a-z0-9-]+)*)?$",
        description="namespaces whose Tenants and Trunks are kept, with commas; empty: the operator's own",
    )
    database_admin_url: SecretStr = Field(
        description="PostgreSQL as a login that may create logins, for each softswitch its own"
    )
    agent_database_url: SecretStr = Field(
        description="PostgreSQL where the agents find it; each tenant's own login is put into it"
    )
    asterisk_image: str = Field(min_length=1, description="image of the softswitch")
    agent_image: str = Field(min_length=1, description="image of CellHub, for the agent beside it")
    janus_image: str = Field("", description="image of Janus; empty: no tenant can enable it")
    image_pull_secret: str = Field("", description="name of the Secret that images are pulled with")
    version: str = Field(version("cellhub"), description="the release, as it is told in a Tenant's status")
    storage_class: str = Field("", description="class of the spools' volumes; empty: the cluster's default")
    spool_storage: str = Field(
        "1Gi", pattern=r"^[0-9]+(Ki|Mi|Gi|Ti)$", description="size of a softswitch's spool"
    )
    pod_networks: str = Field(
        "",
        pattern=r"^([0-9./]+(,[0-9./]+)*)?$",
        description="networks of the cluster's pods, with commas, which no softswitch may reach or be "
        "reached from",
    )
    drain_seconds: int = Field(
        1800, ge=1, le=86_400, description="how long running calls may go on in a pod that is to end"
    )
    backup_folder: Path | None = Field(
        None, description="folder of the last backups of erased tenants; empty: none can be erased"
    )
    update_job: Path | None = Field(
        None, description="file with the pod that does the work of an Update's step; empty: no update is done"
    )
    lease: str = Field(
        "cellhub-operator",
        pattern=r"^[a-z0-9][a-z0-9-]{0,62}$",
        description="name of the Lease by which one operator at a time acts, in the operator's own namespace",
    )
    identity: str = Field("", description="who holds that Lease; empty: this process and no other")
    resync_seconds: int = Field(30, ge=1, le=60, description="seconds between two looks at each resource")
    operator_port: int = Field(8090, ge=1, le=65535, description="port of the operator's liveness probe")

    @field_validator("database_admin_url", "agent_database_url")
    @classmethod
    def _psycopg2_too(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith("postgresql+psycopg2://"):
            raise ValueError("start it with postgresql+psycopg2://")
        return value

    @cached_property
    def watched(self) -> tuple[str, ...]:
        """The namespaces that are kept."""
        return tuple(self.namespaces.split(",")) if self.namespaces else (OWN_NAMESPACE.read_text().strip(),)

    @property
    def own_namespace(self) -> str:
        """The operator's namespace; outside of a cluster the first that it keeps."""
        return OWN_NAMESPACE.read_text().strip() if OWN_NAMESPACE.exists() else self.watched[0]

    @cached_property
    def holder(self) -> str:
        """Who holds the Lease."""
        return self.identity or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"

    @cached_property
    def database(self) -> URL:
        """Where the agents, and so the softswitches, find PostgreSQL."""
        return make_url(self.agent_database_url.get_secret_value())

    @cached_property
    def release(self) -> Release:
        """What every tenant's objects are built with."""
        return Release(
            version=self.version,
            asterisk_image=self.asterisk_image,
            agent_image=self.agent_image,
            janus_image=self.janus_image,
            image_pull_secret=self.image_pull_secret,
            storage_class=self.storage_class,
            spool_storage=self.spool_storage,
            pod_networks=tuple(self.pod_networks.split(",")) if self.pod_networks else (),
            drain_seconds=self.drain_seconds,
            database_port=self.database.port or POSTGRES_PORT,
        )
