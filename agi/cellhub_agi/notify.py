"""Pings for the live pages, gathered and sent a few times a second.

PostgreSQL commits transactions that NOTIFY one after another, so the money's own
transactions never do.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from cellhub.charging.books import Books
from cellhub.charging.connections import DatabaseAway
from cellhub.db.notify import CHANNEL, Topic, payloads

NOTIFY = "SELECT pg_notify(%(channel)s, payload) FROM unnest(%(payloads)s::text[]) AS payload"


class Pings:
    """Which accounts' pages have something new, by topic."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._waiting: dict[Topic, set[int]] = {}
        self._lock = Lock()

    def add(self, accounts: Iterable[int], *topics: Topic) -> None:
        """Note that ``topics`` changed for ``accounts``."""
        with self._lock:
            for topic in topics:
                self._waiting.setdefault(topic, set()).update(accounts)

    def send(self) -> None:
        """Send what was gathered; without a database nobody listens, so nothing is kept."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            tenant = self._books.tenant_id
            texts = [text for topic, ids in waiting.items() for text in payloads(topic, tenant, ids)]
            self._books.connections.run(NOTIFY, {"channel": CHANNEL, "payloads": texts})
        except DatabaseAway:
            return
