"""Work that nobody waits for: a few threads, and a log line for whatever fails."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Thread

import structlog

logger = structlog.get_logger(__name__)


class Work:
    """Runs deeds on a few threads of its own."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="work")

    def submit(self, deed: Callable[..., object], *arguments: object) -> Future[object]:
        """Do it soon; an error is logged, since hardly anybody asks for the result."""
        future: Future[object] = self._pool.submit(deed, *arguments)
        future.add_done_callback(_log_failure)
        return future

    def finish(self) -> None:
        """Do what was submitted and take no more."""
        self._pool.shutdown()


def _log_failure(future: Future[object]) -> None:
    error = future.exception()
    if error is not None:
        logger.error("work.failed", exc_info=error)


class Ticker:
    """Repeats a deed in a thread of its own, ``every`` so many seconds, until stopped."""

    def __init__(self, name: str, every: float, deed: Callable[[], object]) -> None:
        self._every = every
        self._deed = deed
        self._stopped = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin at once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and wait for a deed that is being done."""
        self._stopped.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._deed()
            except Exception:  # whatever it is, the next tick may find what this one missed
                logger.exception("ticker.failed", ticker=self._thread.name)
            self._stopped.wait(self._every)
