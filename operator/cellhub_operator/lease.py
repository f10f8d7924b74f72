"""The Lease by which one operator at a time acts, whoever else runs.

Its holder renews it; who waits takes it over once it has not been renewed for as long as it lasts,
by the waiter's own clock. A holder that cannot renew does nothing more from that time on, and one
that finds somebody else in its place ends. What is begun before goes on to its end: every action is
one request or one transaction, and each can be done twice.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, Protocol

import structlog
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ConflictError, NotFoundError
from urllib3.exceptions import HTTPError

from cellhub_operator.specs.shapes import Shape

LEASE_SECONDS = 15
RENEW_SECONDS = 4.0
LOOK_SECONDS = 2.0
PATIENCE = (1.0, 3.0)
"""Seconds for a connection and for an answer: who waited without end would renew no more."""

AWAY = (ApiException, HTTPError, OSError)
logger = structlog.get_logger(__name__)


class NotHeld(Exception):
    """Nothing may be done: the Lease is not ours now."""


class Leases(Protocol):
    """Where the one Lease is kept."""

    def read(self) -> Shape | None:
        """Return it; None if there is none."""

    def write(self, lease: Shape) -> bool:
        """Make it, or replace the version that ``lease`` was made from; say whether nobody was faster."""


class ClusterLease:
    """The Lease at the API server."""

    def __init__(self, client: DynamicClient, namespace: str, name: str) -> None:
        self._client, self._namespace, self._name = client, namespace, name

    def read(self) -> Shape | None:
        """Return it; None if there is none."""
        try:
            found = self._kind.get(name=self._name, namespace=self._namespace, _request_timeout=PATIENCE)
        except NotFoundError:
            return None
        lease: Shape = found.to_dict()
        return lease

    def write(self, lease: Shape) -> bool:
        """Make it, or replace the version that ``lease`` was made from; say whether nobody was faster."""
        named = {"name": self._name, "namespace": self._namespace, **lease.get("metadata", {})}
        body = {**lease, "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": named}
        send = self._kind.replace if "resourceVersion" in named else self._kind.create
        try:
            send(body=body, namespace=self._namespace, _request_timeout=PATIENCE)
        except ConflictError:
            return False
        return True

    @property
    def _kind(self) -> Any:
        return self._client.resources.get(api_version="coordination.k8s.io/v1", kind="Lease")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the Lease said, and since when by our clock it has said nothing else."""

    holder: str
    renewed: str
    since: float


class Guard:
    """One process's hold on the Lease; ``lost`` is called when somebody else has it, or we cannot keep it."""

    def __init__(
        self,
        leases: Leases,
        identity: str,
        lost: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._leases, self._identity, self._lost, self._clock = leases, identity, lost, clock
        self._until = 0.0
        self._seen = Seen("", "", 0.0)
        self._stopped = Event()
        self._thread = Thread(target=self._keep, name="lease", daemon=True)

    @property
    def holds(self) -> bool:
        """Whether we may act."""
        return self._clock() < self._until

    def check(self) -> None:
        """Return while we may act.

        Raises:
            NotHeld: we may not.
        """
        if not self.holds:
            raise NotHeld

    def wait(self, stopped: Event) -> bool:
        """Return True once the Lease is ours, and False if we are to stop before."""
        while not stopped.is_set():
            if self._tried():
                logger.info("lease.taken", identity=self._identity)
                self._thread.start()
                return True
            logger.info("lease.waits", holder=self._seen.holder)
            stopped.wait(LOOK_SECONDS)
        return False

    def give_up(self) -> None:
        """Let another one take it at once."""
        self._stopped.set()
        self._thread.join(timeout=RENEW_SECONDS)
        if self.holds:
            self._until = 0.0
            try:
                self._write(self._leases.read() or {}, "")
            except AWAY as error:
                logger.info("lease.not_given_up", reason=type(error).__name__)

    def take(self) -> bool:
        """Take the Lease or keep it, as far as nobody else has it."""
        # Counted from before it was asked for, so that ours never ends after it is another one's to take.
        asked = self._clock()
        lease = self._leases.read()
        free = lease is None or self._is_free(lease.get("spec") or {})
        taken = free and self._write(lease or {}, self._identity)
        self._until = asked + LEASE_SECONDS if taken else 0.0
        return taken

    def _is_free(self, spec: Shape) -> bool:
        holder, renewed = spec.get("holderIdentity") or "", str(spec.get("renewTime"))
        if (holder, renewed) != (self._seen.holder, self._seen.renewed):
            self._seen = Seen(holder, renewed, self._clock())
        lasts = spec.get("leaseDurationSeconds") or LEASE_SECONDS
        return holder in ("", self._identity) or self._clock() >= self._seen.since + lasts

    def _write(self, lease: Shape, holder: str) -> bool:
        before = lease.get("spec") or {}
        changed = before.get("holderIdentity") != holder
        now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec = {
            "holderIdentity": holder,
            "leaseDurationSeconds": LEASE_SECONDS,
            "acquireTime": now if changed else before.get("acquireTime", now),
            "renewTime": now,
            "leaseTransitions": (before.get("leaseTransitions") or 0) + changed,
        }
        return self._leases.write({**lease, "spec": spec})

    def _tried(self) -> bool:
        try:
            return self.take()
        except AWAY as error:
            logger.info("lease.unknown", reason=type(error).__name__)
            return False

    def _keep(self) -> None:
        try:
            while not self._stopped.wait(RENEW_SECONDS):
                self._renew()
        except Exception:
            # A holder that renews no more may never act again: it is to begin anew, not to stay alive idle.
            logger.exception("lease.failed")
            self._lost()

    def _renew(self) -> None:
        try:
            taken = self.take()
        except AWAY as error:
            # Ours until it ends: nobody takes it before.
            logger.warning("lease.not_renewed", reason=type(error).__name__)
            return
        if not taken:
            logger.error("lease.lost", holder=self._seen.holder)
            self._lost()
