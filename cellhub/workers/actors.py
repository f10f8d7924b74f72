"""Jobs as Dramatiq's actors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import dramatiq
from dramatiq.broker import Broker
from periodiq import cron
from sqlalchemy.orm import Session, sessionmaker

from cellhub.db.session import scoped
from cellhub.workers.jobs import Job

LONGEST_BACKOFF_MS = 600_000
TIME_LIMIT_MS = 300_000


def register(broker: Broker, jobs: Iterable[Job], sessions: sessionmaker[Session]) -> None:
    """Let ``broker`` know each job."""
    for job in jobs:
        dramatiq.actor(
            broker=broker,
            actor_name=job.name,
            periodic=cron(job.cron),
            max_backoff=LONGEST_BACKOFF_MS,
            time_limit=TIME_LIMIT_MS,
        )(in_scope(job, sessions))


def in_scope(job: Job, sessions: sessionmaker[Session]) -> Callable[..., None]:
    """Give the job a session in its scope, for one transaction.

    This is no middleware, because Dramatiq only logs what fails in one after the job: a
    commit that failed would be a job done.
    """

    @wraps(job.run)
    def run(*args: Any, **kwargs: Any) -> None:
        with scoped(sessions, job.scope(*args, **kwargs)) as session:
            job.run(session, *args, **kwargs)

    return run
