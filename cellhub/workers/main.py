"""What Dramatiq's and periodiq's own command lines load."""

from __future__ import annotations

import dramatiq

from cellhub.db.session import make_engine, make_session_factory
from cellhub.environment import load
from cellhub.telemetry import logs
from cellhub.workers.actors import register
from cellhub.workers.broker import make_broker
from cellhub.workers.jobs import JOBS
from cellhub.workers.lifeline import end_with_parent
from cellhub.workers.measuring import Measuring
from cellhub.workers.pulse import Pulse, StartUp

THREADS = 4


def start() -> None:
    """Set up the logs, the broker and all actors of this process."""
    end_with_parent()
    logs.configure()
    settings = load()
    engine = make_engine(
        settings.database_url.get_secret_value(), application="cellhub-worker", pool_size=THREADS + 1
    )
    sessions = make_session_factory(engine)
    broker = make_broker(settings)
    broker.add_middleware(Measuring(settings))
    broker.add_middleware(Pulse(sessions))
    broker.add_middleware(StartUp(JOBS))
    register(broker, JOBS, sessions)
    dramatiq.set_broker(broker)
