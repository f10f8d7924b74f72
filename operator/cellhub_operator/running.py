"""``cellhub-operator run``: put the parts together, and run until told to end."""

from __future__ import annotations

import kopf
from kubernetes.client import ApiClient
from kubernetes.config import ConfigException, load_incluster_config, load_kube_config
from kubernetes.dynamic import DynamicClient

from cellhub.telemetry import logs, metrics
from cellhub_operator.cluster import Cluster
from cellhub_operator.handlers import registry_of, settings_of
from cellhub_operator.keeper import Keeper
from cellhub_operator.listening import Listener
from cellhub_operator.reconcile.context import Database
from cellhub_operator.rows import Rows
from cellhub_operator.settings import OperatorSettings


def run(settings: OperatorSettings) -> None:
    """Keep the watched namespaces until a SIGTERM."""
    logs.configure()
    metrics.serve(settings)
    keeper = keeper_of(settings)
    listener = Listener(settings.database_url.get_secret_value(), keeper.files_changed)
    listener.start()
    kopf.run(
        registry=registry_of(keeper, settings.resync_seconds),
        settings=settings_of(),
        namespaces=settings.watched,
        standalone=True,  # one replica, strategy Recreate
        liveness_endpoint=f"http://{settings.listen_host}:{settings.operator_port}/healthz",
    )
    listener.stop()


def keeper_of(settings: OperatorSettings) -> Keeper:
    """Build the keeper of an installation."""
    rows = Rows(
        settings.database_url.get_secret_value(),
        admin_url=settings.database_admin_url.get_secret_value(),
        database=str(settings.database.database),
        key_file=settings.secret_key_file,
        backups=settings.backup_folder,
    )
    return Keeper(Cluster(_client()), rows, settings.release, Database(settings.database))


def _client() -> DynamicClient:
    try:
        load_incluster_config()
    except ConfigException:
        load_kube_config()
    return DynamicClient(ApiClient())
