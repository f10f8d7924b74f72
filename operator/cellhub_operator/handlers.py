"""What kopf calls, and when. Decorators and translation only; the work is the keeper's.

Create, update and resume share one id: after a restart with a change kopf would otherwise call
twice. Its own notes are kept in the status, so that no annotation of ours is on a resource.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import kopf
from sqlalchemy.exc import DBAPIError
from urllib3.exceptions import HTTPError

from cellhub.domain.updates import ENDS
from cellhub_operator.actions import Wait
from cellhub_operator.keeper import Ending, Keeper, Outcome
from cellhub_operator.lease import NotHeld
from cellhub_operator.measuring import Hands
from cellhub_operator.news import News
from cellhub_operator.specs import tenant, trunk, update
from cellhub_operator.specs.resource import GROUP, VERSION
from cellhub_operator.specs.shapes import Shape
from cellhub_operator.status import PODS_START
from cellhub_operator.updating.updater import Updater

TENANTS = (GROUP, VERSION, tenant.NAMES.plural)
TRUNKS = (GROUP, VERSION, trunk.NAMES.plural)
UPDATES = (GROUP, VERSION, update.NAMES.plural)
KEEP, LOOK, START, END = "keep", "look", "start", "end"
RETRY_SECONDS = 2.0
START_SECONDS = 1.0
UPDATE_SECONDS = 2.0
BACKOFF_SECONDS = 5.0
AWAY = (DBAPIError, HTTPError, NotHeld, OSError)
BACKOFFS = (1, 1, 2, 3, *([5] * 100))
"""Seconds between two tries to reach an API server that is away; once it is back it is heard soon."""

WORKERS = 10


def registry_of(keeper: Keeper, updater: Updater, resync_seconds: float) -> kopf.OperatorRegistry:
    """Register everything that is to be done."""
    registry = kopf.OperatorRegistry()
    kopf.on.login(registry=registry)(_log_in)
    _register(registry, TENANTS, keeper.keep_tenant, keeper.end_tenant, resync_seconds=resync_seconds)
    _register_start(registry, keeper)
    _register(registry, TRUNKS, keeper.keep_trunk, keeper.end_trunk, resync_seconds=resync_seconds)
    updates: Any = {"resync_seconds": UPDATE_SECONDS, "looks": _goes_on}
    _register(registry, UPDATES, updater.keep_update, updater.end_update, **updates)
    return registry


def _log_in(**kwargs: Any) -> kopf.ConnectionInfo | None:
    """As the pod's account, or as whoever runs it outside of the cluster."""
    return kopf.login_with_service_account(**kwargs) or kopf.login_with_kubeconfig(**kwargs)


def _register(
    registry: kopf.OperatorRegistry,
    resource: tuple[str, str, str],
    keep: Callable[[Shape], Outcome],
    end: Callable[[Shape], Ending],
    *,
    resync_seconds: float,
    looks: Callable[..., bool] | None = None,
) -> None:
    @kopf.on.create(*resource, id=KEEP, registry=registry, backoff=BACKOFF_SECONDS)
    @kopf.on.update(*resource, id=KEEP, registry=registry, backoff=BACKOFF_SECONDS)
    @kopf.on.resume(*resource, id=KEEP, registry=registry, backoff=BACKOFF_SECONDS)
    def on_change(body: kopf.Body, patch: kopf.Patch, **_: Any) -> None:
        outcome = _asked(keep, body)
        _tell(outcome, body, patch)
        _hold(outcome.wait)

    @kopf.timer(
        *resource, id=LOOK, registry=registry, interval=resync_seconds, initial_delay=resync_seconds,
        backoff=BACKOFF_SECONDS, when=looks,
    )  # fmt: skip
    def on_time(body: kopf.Body, patch: kopf.Patch, **_: Any) -> None:
        _tell(_asked(keep, body), body, patch)

    @kopf.on.delete(*resource, id=END, registry=registry, backoff=BACKOFF_SECONDS)
    def on_end(body: kopf.Body, **_: Any) -> None:
        ending = _asked(end, body)
        _announce(ending.told, body)
        _hold(ending.wait)


def _register_start(registry: kopf.OperatorRegistry, keeper: Keeper) -> None:
    @kopf.timer(
        *TENANTS, id=START, registry=registry, interval=START_SECONDS, initial_delay=START_SECONDS,
        backoff=BACKOFF_SECONDS, when=_starts,
    )  # fmt: skip
    def while_it_starts(body: kopf.Body, patch: kopf.Patch, **_: Any) -> None:
        if _asked(keeper.pods_changed, body):
            _tell(_asked(keeper.keep_tenant, body), body, patch)


def _starts(status: kopf.Status, **_: Any) -> bool:
    """Whether pods are waited for: nobody tells us when they are ready."""
    conditions = status.get("conditions") or ()
    return any(one["reason"] == PODS_START and one["status"] == "True" for one in conditions)


def _goes_on(status: kopf.Status, **_: Any) -> bool:
    """Whether an Update has not ended."""
    return status.get("step") not in ENDS


def _asked(deed: Callable[[Shape], Any], body: Mapping[str, Any]) -> Any:
    """Call the keeper; what is away comes back."""
    try:
        return deed(_plain(body))
    except AWAY as error:
        raise kopf.TemporaryError(f"Away: {type(error).__name__}", delay=BACKOFF_SECONDS) from error


def _tell(outcome: Outcome, body: kopf.Body, patch: kopf.Patch) -> None:
    """Write the status if it differs, and events for people."""
    status = body.get("status") or {}
    patch.status.update({key: value for key, value in outcome.status.items() if status.get(key) != value})
    _announce(outcome.told, body)


def _announce(told: News, body: kopf.Body) -> None:
    for one in told:
        kind = "Warning" if one.warning else "Normal"
        kopf.event(body, type=kind, reason=one.reason, message=one.message)


def _hold(wait: Wait | None) -> None:
    if wait is not None:
        raise kopf.TemporaryError(wait.message, delay=RETRY_SECONDS)


def _plain(value: Any) -> Any:
    """Copy kopf's views into plain values."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def settings_of() -> kopf.OperatorSettings:
    """How kopf keeps its notes, and how it is to behave."""
    settings = kopf.OperatorSettings()
    settings.persistence.finalizer = f"{GROUP}/operator"
    settings.persistence.progress_storage = kopf.StatusProgressStorage(field="status.operator")
    settings.persistence.diffbase_storage = kopf.StatusDiffBaseStorage(field="status.operator.seen")
    settings.posting.enabled = True
    settings.posting.level = 100  # events are told by name, not by every line of the log
    settings.execution.executor = Hands(WORKERS, thread_name_prefix="hand")
    settings.scanning.disabled = True  # the resources are there before us, and we may not list definitions
    settings.watching.server_timeout = 300
    settings.networking.error_backoffs = BACKOFFS
    return settings
