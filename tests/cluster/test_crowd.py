"""The played node says of every pod what a real one would, without running it."""

from __future__ import annotations

import json

import pytest

PODS = 200


@pytest.fixture
def place(crowd):
    """A namespace of this test alone."""
    crowd.kubectl("create", "namespace", "crowd")
    yield "--namespace=crowd"
    crowd.kubectl("delete", "namespace", "crowd")


def test_hundreds_of_pods_are_ready_with_an_address_each(crowd, place):
    crowd.kubectl("create", "deployment", "crowd", "--image=none", f"--replicas={PODS}", place)
    crowd.kubectl("rollout", "status", "deployment/crowd", "--timeout=60s", place)
    pods = json.loads(crowd.kubectl("get", "pods", "--output=json", place))["items"]
    assert len({pod["status"]["podIP"] for pod in pods}) == PODS


def test_a_job_is_done(crowd, place):
    crowd.kubectl("create", "job", "once", "--image=none", place)
    done = crowd.kubectl("wait", "--for=condition=Complete", "job/once", "--timeout=30s", place)
    assert done == "job.batch/once condition met\n"
