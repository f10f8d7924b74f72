"""The pod's sign of life: that the agent runs, and what it lacks."""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Callable

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from cellhub.charging.books import Books, UnknownTenant
from cellhub.charging.connections import DatabaseAway
from cellhub.db.notify import Topic, publish
from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.domain.canary import Answers
from cellhub.telemetry.heartbeats import ASKED, FAILED, PROBLEM, SINCE, Part, beat
from cellhub_agi.calls import Calls
from cellhub_agi.link import SwitchLink
from cellhub_agi.spool import Spool


class Pulse:
    """Beats for one pod."""

    def __init__(
        self,
        factory: sessionmaker[Session],
        books: Books,
        pod: str,
        *,
        calls: Calls,
        link: SwitchLink,
        spool: Spool,
        answers: Callable[[], Answers] = Answers,
    ) -> None:
        self._factory = factory
        self._books = books
        self._pod = pod
        self._calls = calls
        self._link = link
        self._spool = spool
        self._answers = answers
        self._since = dt.datetime.now(dt.UTC).isoformat()
        self._last = ""
        self.last_beat = -math.inf
        """When the database last took a beat, in monotonic seconds."""

    def beat(self) -> None:
        """Beat once; without a database the silence itself is the sign."""
        try:
            tenant_id = self._books.tenant_id
            with scoped(self._factory, Scope.of_tenant(tenant_id)) as session:
                beat(session, tenant_id, Part.ASTERISK, self._pod, self._detail())
                if self._link.problem != self._last:
                    publish(session, Topic.HEALTH, tenant_id)
        except (OperationalError, DatabaseAway, UnknownTenant):
            return
        self._last = self._link.problem
        self.last_beat = time.monotonic()

    def _detail(self) -> dict[str, object]:
        answers = self._answers()
        return {
            PROBLEM: self._link.problem,
            "asterisk_up": self._link.up,
            "calls": len(self._calls),
            "spooled": len(self._spool),
            SINCE: self._since,
            ASKED: answers.asked,
            FAILED: answers.failed,
        }
