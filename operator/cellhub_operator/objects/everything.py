"""All objects of a tenant, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Mapping

from cellhub_operator.objects.configuration import Keys, config_map, secret
from cellhub_operator.objects.disruption_budget import disruption_budget
from cellhub_operator.objects.janus import janus_deployment
from cellhub_operator.objects.network_policy import network_policy
from cellhub_operator.objects.release import Release
from cellhub_operator.objects.service_account import service_account
from cellhub_operator.objects.services import janus_service, pods_service, sip_service
from cellhub_operator.objects.stateful_set import stateful_set
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.specs.shapes import Shape


def objects_of(
    tenant: TenantSpec, release: Release, files: Mapping[str, str], keys: Keys, agent_database_url: str
) -> list[Shape]:
    """Build everything that a tenant's pods need, and the pods last."""
    objects = [
        service_account(tenant),
        network_policy(tenant, release),
        secret(tenant, files, keys, agent_database_url),
        config_map(tenant, files),
        pods_service(tenant),
        sip_service(tenant),
        disruption_budget(tenant),
        stateful_set(tenant, release),
    ]
    if tenant.janus_replicas:
        objects += [janus_service(tenant), janus_deployment(tenant, release)]
    return objects
