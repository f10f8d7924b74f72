"""One operator at a time: who holds the Lease acts, and nobody else does."""

from __future__ import annotations

import copy
import socket
import time
from threading import Event

import pytest
from cellhub_operator.lease import LEASE_SECONDS, ClusterLease, Guard, NotHeld
from kubernetes.client import ApiClient, Configuration
from kubernetes.dynamic import DynamicClient, Resource
from urllib3.exceptions import HTTPError


class Known:
    """What the API server serves, without asking it."""

    def __init__(self, client, _):
        self._client = client

    def get(self, api_version, kind):
        group, _, version = api_version.partition("/")
        return Resource(
            client=self._client, prefix="apis", group=group, api_version=version, kind=kind, name="leases",
            namespaced=True, verbs=["get"],
        )  # fmt: skip


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Server:
    """One Lease that is replaced only from its newest version, as the API server does."""

    def __init__(self):
        self.lease = None
        self.before_write = None

    def read(self):
        return copy.deepcopy(self.lease)

    def write(self, lease):
        if self.before_write:
            deed, self.before_write = self.before_write, None
            deed()
        version = lease.get("metadata", {}).get("resourceVersion")
        current = self.lease["metadata"]["resourceVersion"] if self.lease else None
        if version != current:
            return False
        self.lease = {**lease, "metadata": {"resourceVersion": str(int(current or 0) + 1)}}
        return True


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def guards(server, clock):
    def made(identity):
        return Guard(server, identity, lambda: None, clock)

    return made("first"), made("second")


def test_the_first_takes_it_and_the_second_may_do_nothing(guards):
    first, second = guards
    assert [first.take(), second.take()] == [True, False]
    first.check()
    with pytest.raises(NotHeld):
        second.check()


def test_one_that_is_renewed_is_never_taken_over(guards, clock):
    first, second = guards
    for _ in range(10):
        assert first.take()
        clock.now += LEASE_SECONDS - 1
        assert not second.take()


def test_one_that_is_not_renewed_is_taken_over_after_its_time_and_not_before(guards, clock, server):
    first, second = guards
    first.take()
    assert not second.take()
    clock.now += LEASE_SECONDS - 0.1
    assert not second.take()
    clock.now += 0.1
    assert not first.holds
    assert second.take()
    assert server.lease["spec"]["leaseTransitions"] == 2
    assert not first.take()


def test_the_time_counts_from_when_it_was_first_seen_whatever_the_holders_clock_says(guards, clock, server):
    first, second = guards
    first.take()
    server.lease["spec"]["renewTime"] = "1970-01-01T00:00:00.000000Z"
    assert not second.take()


def test_of_two_that_find_it_free_at_once_one_has_it(guards, server):
    first, second = guards
    server.before_write = second.take
    assert [first.take(), second.holds, first.holds] == [False, True, False]


def test_a_holder_that_starts_anew_under_its_name_has_it_at_once(guards, server, clock):
    first, _ = guards
    first.take()
    assert Guard(server, "first", lambda: None, clock).take()


@pytest.mark.parametrize("found", [{}, {"spec": {}}, {"spec": {"holderIdentity": "first"}}])
def test_one_that_somebody_made_by_hand_is_taken_and_kept(guards, server, found):
    server.lease = {"metadata": {"resourceVersion": "1"}, **found}
    first, _ = guards
    assert [first.take(), first.take()] == [True, True]
    assert server.lease["spec"]["holderIdentity"] == "first"


def test_a_holder_that_cannot_keep_it_for_a_reason_that_nobody_foresaw_ends(server, monkeypatch):
    monkeypatch.setattr("cellhub_operator.lease.RENEW_SECONDS", 0.01)
    ended, told_to_end = Event(), Event()
    guard = Guard(server, "first", ended.set)
    assert guard.wait(told_to_end)
    server.lease["spec"]["leaseTransitions"] = "many"
    assert ended.wait(5)


def test_one_that_is_given_up_is_free_at_once(guards):
    first, second = guards
    first.take()
    first._thread.start()
    first.give_up()
    assert not first.holds
    assert second.take()


def test_an_api_server_that_does_not_answer_is_not_waited_for_without_end():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configuration = Configuration()
        configuration.host = f"http://127.0.0.1:{silent.getsockname()[1]}"
        configuration.retries = False
        client = DynamicClient(ApiClient(configuration), discoverer=Known)
        began = time.monotonic()
        with pytest.raises(HTTPError):
            ClusterLease(client, "cell", "cellhub-operator").read()
        assert time.monotonic() - began < LEASE_SECONDS
