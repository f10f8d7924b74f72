"""Jobs run in their scope, in one transaction, and come back when they fail."""

import pytest
from dramatiq import Worker
from sqlalchemy import text

from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.workers.actors import in_scope, register
from cellhub.workers.jobs import JOBS, Job

EVERY_MINUTE = "* * * * *"


def test_every_job_is_a_periodic_actor(broker, sessions):
    register(broker, JOBS, sessions)
    assert {name: str(actor.options["periodic"]) for name, actor in broker.actors.items()} == {
        job.name: job.cron for job in JOBS
    }


def test_a_job_sees_the_scope_that_its_arguments_name(sessions):
    seen = []

    def look(session, tenant_id):
        seen.append(session.execute(text("SELECT current_user, cellhub_tenant(), cellhub_account()")).one())

    in_scope(Job(look, Scope.of_tenant, EVERY_MINUTE), sessions)(7)
    assert seen == [("cellhub_app", 7, None)]


def test_a_job_that_fails_leaves_nothing_behind(sessions):
    def half(session):
        session.execute(text("INSERT INTO tenant (slug, name) VALUES ('half', 'Half')"))
        raise ValueError("the other half")

    with pytest.raises(ValueError, match="the other half"):
        in_scope(Job(half, Scope.platform, EVERY_MINUTE), sessions)()
    with scoped(sessions, Scope.platform()) as session:
        assert session.scalar(text("SELECT count(*) FROM tenant WHERE slug = 'half'")) == 0


def test_a_sent_job_is_done_and_committed(broker, sessions):
    def found(session, slug):
        session.execute(text("INSERT INTO tenant (slug, name) VALUES (:slug, 'New')"), {"slug": slug})

    register(broker, [Job(found, lambda slug: Scope.platform(), EVERY_MINUTE)], sessions)
    worker = Worker(broker, worker_timeout=100, worker_threads=1)
    worker.start()
    broker.get_actor("found").send("newcomer")
    broker.join("default", timeout=10_000)
    worker.join()
    worker.stop()
    with scoped(sessions, Scope.platform()) as session:
        assert session.scalar(text("SELECT name FROM tenant WHERE slug = 'newcomer'")) == "New"
