"""What a worker does besides its jobs: it beats, and does the urgent jobs when it starts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable

import structlog
from dramatiq import Worker
from dramatiq.broker import Broker
from dramatiq.middleware import Middleware
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from cellhub.db.scope import PLATFORM_TENANT, Scope
from cellhub.db.session import scoped
from cellhub.telemetry import heartbeats
from cellhub.telemetry.health import queue_age
from cellhub.telemetry.heartbeats import EVERY, Part
from cellhub.telemetry.metrics import QUEUE_AGE
from cellhub.workers.jobs import Job

log = structlog.get_logger(__name__)


class Pulse(Middleware):
    """Beats from a thread of its own, so that long jobs do not silence the worker."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._instance = socket.gethostname()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Start to beat."""
        self._thread.start()

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Beat no more."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._beat()
            if self._stopping.wait(EVERY.total_seconds()):
                return

    def _beat(self) -> None:
        try:
            with scoped(self._sessions, Scope.platform()) as session:
                heartbeats.beat(session, PLATFORM_TENANT, Part.WORKER, self._instance)
                QUEUE_AGE.set(queue_age(session).total_seconds())
        except SQLAlchemyError as error:
            # Without a database there is nobody to tell; the next beat tries again.
            log.warning("heartbeat not written", error=type(error).__name__)


class StartUp(Middleware):
    """Sends the urgent jobs once, when the worker starts."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._names = [job.name for job in jobs if job.urgent]

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Send them."""
        for name in self._names:
            broker.get_actor(name).send()
