"""Which pod of a tenant registers its trunks: the one that holds a lease in the database.

A provider expects each account from one address, so there is one registrar at a time. The others
take over when it died, and it stops by itself when it cannot renew. A pod that drains gives it up.
"""

from __future__ import annotations

import time
from pathlib import Path

import structlog

from cellhub.charging.books import Books, UnknownTenant
from cellhub.charging.connections import DatabaseAway
from cellhub.charging.statements.parts import ENTER

LEASE_SECONDS = 15.0
"""How long a lease lasts without being renewed, by the database's clock and by the holder's."""

TAKE = (
    ENTER
    + """
INSERT INTO registrar_lease AS lease (tenant_id, pod, expires_at)
VALUES (%(tenant_id)s, %(pod)s, now() + make_interval(secs => %(seconds)s))
ON CONFLICT (tenant_id) DO UPDATE SET pod = EXCLUDED.pod, expires_at = EXCLUDED.expires_at
WHERE lease.pod = EXCLUDED.pod OR lease.expires_at <= now()
RETURNING pod
"""
)
GIVE_UP = (
    ENTER
    + """
UPDATE registrar_lease SET expires_at = now() WHERE tenant_id = %(tenant_id)s AND pod = %(pod)s
"""
)
logger = structlog.get_logger(__name__)


class Registrar:
    """One pod's hold on the lease. While the file ``draining`` is there it wants none."""

    def __init__(self, books: Books, pod: str, draining: Path) -> None:
        self._books, self._pod, self._draining = books, pod, draining
        self._until = 0.0

    @property
    def holds(self) -> bool:
        """Whether this pod registers."""
        return time.monotonic() < self._until

    def renew(self) -> None:
        """Take the lease or keep it, as far as nobody else has it."""
        if self._draining.exists():
            self.give_up()
            return
        # Counted from before it was asked for, so that ours never ends after the database's.
        asked = time.monotonic()
        try:
            taken = bool(self._books.run(TAKE, {"pod": self._pod, "seconds": LEASE_SECONDS}))
        except (DatabaseAway, UnknownTenant) as error:
            logger.debug("registrar.unknown", reason=str(error))
            return
        if taken != self.holds:
            logger.info("registrar.changed", registers=taken)
        self._until = asked + LEASE_SECONDS if taken else 0.0

    def give_up(self) -> None:
        """Let another pod register at once."""
        if not self.holds:
            return
        self._until = 0.0
        try:
            self._books.run(GIVE_UP, {"pod": self._pod})
        except (DatabaseAway, UnknownTenant) as error:
            logger.debug("registrar.not_given_up", reason=str(error))
