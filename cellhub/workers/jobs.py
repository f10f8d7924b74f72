"""All jobs, in one table: what they do, when, and in which scope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from cellhub.db.scope import PLATFORM_TENANT, Scope
from cellhub.routes.bundles import bundle_charges
from cellhub.security.models import LoginFailure, LoginTicket
from cellhub.security.throttle import WINDOW
from cellhub.telemetry import heartbeats
from cellhub.telemetry.heartbeats import Part

log = structlog.get_logger(__name__)

MONTHS_AHEAD = 3
TICKETS_KEPT = dt.timedelta(days=30)
FAILURES_KEPT = 4 * WINDOW


def make_partitions(session: Session) -> None:
    """Make the coming months' partitions of the call records."""
    made = session.scalar(select(func.cellhub_make_partitions(MONTHS_AHEAD)))
    log.info("partitions made", count=made)


def purge_login_tickets(session: Session) -> None:
    """Delete tickets that ended a month ago; until then they tell who was signed in from where."""
    oldest = func.now() - TICKETS_KEPT
    _purge(session, LoginTicket, or_(LoginTicket.expires_at < oldest, LoginTicket.revoked_at < oldest))


def purge_login_failures(session: Session) -> None:
    """Delete refused log-ins that no longer slow anybody down."""
    _purge(session, LoginFailure, LoginFailure.at < func.now() - FAILURES_KEPT)


def forget_silent_parts(session: Session) -> None:
    """Delete the heartbeats of processes that have been gone for days."""
    log.info("rows purged", table="heartbeat", count=heartbeats.forget_silent(session))


def bundle_provider_charges(session: Session) -> None:
    """Take what calls cost with their providers to the providers' balances."""
    log.info("provider charges bundled", count=bundle_charges(session))


def note_scheduler(session: Session) -> None:
    """Beat for the scheduler: that this runs proves scheduler, broker and worker together."""
    heartbeats.beat(session, PLATFORM_TENANT, Part.SCHEDULER, "scheduler")


def _purge(session: Session, table: type[LoginTicket | LoginFailure], ended: ColumnElement[bool]) -> None:
    purged = session.execute(delete(table).where(ended)).rowcount  # type: ignore[attr-defined]
    log.info("rows purged", table=table.__tablename__, count=purged)


@dataclass(frozen=True, slots=True)
class Job:
    """One job. ``scope`` is called with the job's own arguments, ``cron`` is in UTC.

    A job that is ``urgent`` also runs whenever a worker starts.
    """

    run: Callable[..., None]
    scope: Callable[..., Scope]
    cron: str
    urgent: bool = False

    @property
    def name(self) -> str:
        """What the queue and the logs call it."""
        return self.run.__name__


JOBS = (
    Job(make_partitions, Scope.platform, "10 2 * * *", urgent=True),
    Job(purge_login_tickets, Scope.platform, "20 2 * * *"),
    Job(purge_login_failures, Scope.platform, "5 * * * *"),
    Job(forget_silent_parts, Scope.platform, "30 2 * * *"),
    Job(bundle_provider_charges, Scope.platform, "*/5 * * * *"),
    Job(note_scheduler, Scope.platform, "* * * * *"),
)
