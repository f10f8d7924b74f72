"""``cellhub-operator run``: put the parts together, and run until told to end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from threading import Event

import kopf
from cellhub_agi.health import HealthServer
from kubernetes.dynamic import DynamicClient

from cellhub.telemetry import logs, metrics
from cellhub_operator.cluster import Cluster
from cellhub_operator.connecting import connect
from cellhub_operator.handlers import registry_of, settings_of
from cellhub_operator.keeper import Keeper
from cellhub_operator.lease import ClusterLease, Guard
from cellhub_operator.listening import Listener
from cellhub_operator.reconcile.context import Database
from cellhub_operator.rows import Rows
from cellhub_operator.settings import OperatorSettings
from cellhub_operator.updating.records import Records
from cellhub_operator.updating.site import ClusterSite, Place
from cellhub_operator.updating.updater import Updater

LOST = 3
"""The exit code of an operator whose Lease somebody else has."""


def run(settings: OperatorSettings) -> None:
    """Keep the watched namespaces until a SIGTERM, from when no other operator does."""
    logs.configure()
    metrics.serve(settings)
    client = connect()
    guard = Guard(ClusterLease(client, settings.own_namespace, settings.lease), settings.holder, _end_at_once)
    if not _is_our_turn(guard, settings):
        return
    try:
        _keep(settings, *keepers_of(settings, client, guard.check))
    finally:
        guard.give_up()


def _keep(settings: OperatorSettings, keeper: Keeper, updater: Updater) -> None:
    listener = Listener(settings.database_url.get_secret_value(), keeper.files_changed)
    listener.start()
    kopf.run(
        registry=registry_of(keeper, updater, settings.resync_seconds),
        settings=settings_of(),
        namespaces=settings.watched,
        standalone=True,  # its peers are kept off by the Lease
        liveness_endpoint=f"http://{settings.listen_host}:{settings.operator_port}/healthz",
    )
    listener.stop()


def keepers_of(
    settings: OperatorSettings, client: DynamicClient, guard: Callable[[], None]
) -> tuple[Keeper, Updater]:
    """Build those who keep an installation; ``guard`` raises when they may not act."""
    rows = Rows(
        settings.database_url.get_secret_value(),
        admin_url=settings.database_admin_url.get_secret_value(),
        database=str(settings.database.database),
        key_file=settings.secret_key_file,
        backups=settings.backup_folder,
    )
    cluster, release = Cluster(client), settings.release
    keeper = Keeper(cluster, rows, release, Database(settings.database), guard)
    place = Place(
        settings.own_namespace, settings.release_key, settings.update_job, settings.backup_folder is not None
    )
    records = Records(rows.sessions)
    site = ClusterSite(cluster, keeper, records, chart=release, place=place, guard=guard)
    return keeper, Updater(site, records, release)


def _is_our_turn(guard: Guard, settings: OperatorSettings) -> bool:
    """Wait for the Lease, alive and idle; False if we are told to end before."""
    told_to_end = Event()
    _on_end(lambda *_: told_to_end.set())
    health = HealthServer(settings.listen_host, settings.operator_port, {"/healthz": lambda: ""})
    health.start()
    try:
        ours = guard.wait(told_to_end)
    finally:
        health.stop()
    _on_end(_end)  # until kopf listens
    if ours and told_to_end.is_set():
        guard.give_up()
    return ours and not told_to_end.is_set()


def _on_end(handler: Callable[..., None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


def _end(*_: object) -> None:
    raise SystemExit


def _end_at_once() -> None:
    """Another operator acts, or soon may: whatever is under way here must not go on."""
    os._exit(LOST)
