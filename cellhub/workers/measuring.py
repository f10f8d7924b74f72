"""Measures the jobs of a worker, and serves what is measured."""

from __future__ import annotations

import time

from dramatiq import MessageProxy, Worker
from dramatiq.broker import Broker
from dramatiq.middleware import Middleware

from cellhub.environment import Settings
from cellhub.telemetry import metrics
from cellhub.telemetry.metrics import JOBS

DONE, FAILED = "done", "failed"


class Measuring(Middleware):
    """Notes how long each job took and whether it was done."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._began: dict[str, float] = {}

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Serve: only now is this the process that works."""
        metrics.serve(self._settings)

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Look at the clock."""
        self._began[message.message_id] = time.monotonic()

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: object = None,
        exception: BaseException | None = None,
    ) -> None:
        """Look again."""
        began = self._began.pop(message.message_id, None)
        if began is not None:
            JOBS.labels(message.actor_name, FAILED if exception else DONE).observe(time.monotonic() - began)

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """Forget it."""
        self._began.pop(message.message_id, None)
