"""Each job is measured with its end."""

import dramatiq
import pytest
from dramatiq import Worker
from prometheus_client import REGISTRY

from cellhub.environment import Settings
from cellhub.workers.measuring import Measuring


def count(job: str, end: str) -> float:
    return REGISTRY.get_sample_value("cellhub_job_seconds_count", {"job": job, "end": end}) or 0


@pytest.fixture
def worker(broker, tmp_path):
    settings = Settings(database_url="postgresql+psycopg2://", secret_key_file=tmp_path)
    broker.add_middleware(Measuring(settings))
    worker = Worker(broker, worker_timeout=10)
    worker.start()
    yield worker
    worker.stop()


def test_a_job_that_is_done_and_one_that_fails_are_told_apart(broker, worker):
    @dramatiq.actor(broker=broker, actor_name="measured", max_retries=0)
    def job(fails):
        if fails:
            raise ValueError("it fails")

    before = count("measured", "done"), count("measured", "failed")
    for fails in (False, True, False):
        job.send(fails)
    broker.join(job.queue_name, timeout=10_000, fail_fast=False)
    worker.join()
    assert (count("measured", "done"), count("measured", "failed")) == (before[0] + 2, before[1] + 1)
