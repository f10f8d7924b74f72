"""The FastAGI server: a bounded number of threads, and a bound on whatever it waits for."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import Full, Queue
from threading import Lock, Thread

import psycopg2
import structlog

from cellhub.charging.books import UnknownTenant
from cellhub.charging.connections import DatabaseAway
from cellhub.domain.canary import Answers
from cellhub_agi.fastagi import FastAgi, Nobody, ProtocolError
from cellhub_agi.session import Session

LOOPBACK = "127.0.0.1"
THREADS = 24
WAITING = 512
"""Sessions that may wait for a thread; the next one is refused at once."""

WAIT_SECONDS = 2.0
"""For how long: who waited longer would hear its verdict when the dialplan has given it up."""

SESSION_SECONDS = 2.5
"""Less than the three seconds for which the dialplan waits."""

BACKLOG = 512
JOIN_SECONDS = 2.0

Entry = Callable[[Session], None]
SERVED, FAILED = Answers(1), Answers(1, 1)
logger = structlog.get_logger(__name__)


class FastAgiServer:
    """Serves each AGI request by the entry that its path names."""

    def __init__(
        self, port: int, entries: Mapping[str, Entry], *, threads: int = THREADS, waiting: int = WAITING
    ) -> None:
        self._entries = entries
        self._listener = socket.create_server((LOOPBACK, port), backlog=BACKLOG)
        self._sessions: Queue[tuple[socket.socket, float] | None] = Queue(waiting)
        self._workers = [Thread(target=self._work, name=f"agi-{n}", daemon=True) for n in range(threads)]
        self._acceptor = Thread(target=self._accept, name="agi-accept", daemon=True)
        self._answers, self._counting = Answers(), Lock()

    @property
    def answers(self) -> Answers:
        """How many sessions it had since it was made, and in how many of them the fault was here."""
        return self._answers

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    def start(self) -> None:
        """Begin to serve."""
        for thread in (*self._workers, self._acceptor):
            thread.start()

    def stop(self) -> None:
        """Accept no more, and wait a little for the sessions that are being served."""
        # shutdown wakes the acceptor; close alone would leave it waiting.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(JOIN_SECONDS)
        for _ in self._workers:
            self._sessions.put(None)
        for worker in self._workers:
            worker.join(JOIN_SECONDS)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # stopped
            try:
                self._sessions.put_nowait((connection, time.monotonic()))
            except Full:
                self._turn_away(connection)

    def _work(self) -> None:
        while (waiting := self._sessions.get()) is not None:
            connection, since = waiting
            if time.monotonic() - since > WAIT_SECONDS:
                self._turn_away(connection)
                continue
            with connection:
                self._count(self._serve(connection))

    def _serve(self, connection: socket.socket) -> Answers:
        """Serve one session, and say how it went: it failed if the fault was here, not its peer's."""
        try:
            session = Session.of(FastAgi(connection, SESSION_SECONDS))
            entry = self._entries.get(session.entry)
            if entry is None:
                raise ProtocolError(f"There is no entry {session.entry[:40]!r}.")
            entry(session)
        except Nobody:
            # A probe of the port asks nothing: counted, it would hide how many calls fail.
            logger.debug("agi.nobody")
            return Answers()
        except ProtocolError as error:
            logger.warning("agi.refused", reason=str(error))
        except (DatabaseAway, UnknownTenant) as error:
            logger.error("agi.no_books", reason=str(error))
            return FAILED
        except (psycopg2.Error, ValueError, KeyError):
            # A fault in one call must not take a thread from all the others.
            logger.exception("agi.failed")
            return FAILED
        return SERVED

    def _turn_away(self, connection: socket.socket) -> None:
        """Close without a verdict: the dialplan refuses the call at once."""
        self._count(FAILED)
        connection.close()
        logger.warning("agi.saturated")

    def _count(self, answers: Answers) -> None:
        with self._counting:
            self._answers += answers
