"""What the operator tells Prometheus of its work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from cellhub.telemetry.metrics import RECONCILES, RESOURCES_WAITING

DONE, WAITS, DEGRADED, FAILED = "done", "waits", "degraded", "failed"
"""How it ended for a resource: nothing is left to do; something else has to come first; its spec
cannot be brought about; and it broke off, to be tried again."""


@contextmanager
def measured(kind: str) -> Iterator[Callable[[str], None]]:
    """Measure the block; it says how it ended, or failed."""
    began, ends = time.perf_counter(), [FAILED]
    try:
        yield ends.append
    finally:
        RECONCILES.labels(kind, ends[-1]).observe(time.perf_counter() - began)


class Hands(ThreadPoolExecutor):
    """Threads that tell how much waits for them."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Let a thread do it when one is free."""

        def begun() -> Any:
            RESOURCES_WAITING.dec()
            return fn(*args, **kwargs)

        RESOURCES_WAITING.inc()
        return super().submit(begun)
