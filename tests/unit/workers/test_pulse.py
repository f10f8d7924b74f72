"""What a worker does besides its jobs."""

import socket

from sqlalchemy import text
from structlog.testing import capture_logs

from cellhub.db.scope import Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.telemetry import heartbeats
from cellhub.telemetry.heartbeats import Part
from cellhub.workers.actors import register
from cellhub.workers.jobs import Job
from cellhub.workers.pulse import Pulse, StartUp


def urgent(session):
    session.execute(text("SELECT 1"))


def patient(session):
    session.execute(text("SELECT 1"))


def test_a_worker_beats_from_its_start_to_its_end(broker, sessions):
    pulse = Pulse(sessions)
    pulse.after_worker_boot(broker, worker=None)
    pulse.before_worker_shutdown(broker, worker=None)
    with scoped(sessions, Scope.platform()) as session:
        (mark,) = heartbeats.beats(session)
    assert (mark.part, mark.instance) == (Part.WORKER, socket.gethostname())


def test_a_worker_without_a_database_says_so_and_goes_on(broker):
    engine = make_engine("postgresql+psycopg2://nobody@127.0.0.1:1/none", application="tests")
    pulse = Pulse(make_session_factory(engine))
    with capture_logs() as logged:
        pulse.after_worker_boot(broker, worker=None)
        pulse.before_worker_shutdown(broker, worker=None)
    assert [line["event"] for line in logged] == ["heartbeat not written"]
    engine.dispose()


def test_urgent_jobs_are_sent_when_a_worker_starts(broker, sessions):
    jobs = [Job(urgent, Scope.platform, "0 2 * * *", urgent=True), Job(patient, Scope.platform, "0 2 * * *")]
    register(broker, jobs, sessions)
    StartUp(jobs).after_worker_boot(broker, worker=None)
    assert broker.queues["default"].qsize() == 1
