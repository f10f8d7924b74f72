"""The FastAGI server: each request finds its entry, and nobody can take the server from the others."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import psycopg2
import pytest
from cellhub_agi import server as server_module

from cellhub.charging.books import UnknownTenant
from cellhub.charging.connections import DatabaseAway
from cellhub.domain.canary import Answers
from tests.fakes.agi import ask, environment, send
from tests.fixtures.switch import wait_for

AT_ONCE = 1.0


def say(word):
    """An entry that answers with a word of its own."""

    def entry(session):
        session.agi.set_variable("WORD", word)
        session.agi.send()

    return entry


@pytest.fixture
def impatient(monkeypatch):
    """Let sessions last a fifth of a second."""
    monkeypatch.setattr(server_module, "SESSION_SECONDS", 0.2)


def hears(server, call_id, entry="check"):
    return ask(server.port, call_id, entry=entry).variables


def counted(server):
    """What it counted, once it has finished: a peer has its answer before it is counted."""
    server.stop()
    return server.answers


def test_each_request_is_served_by_the_entry_that_it_names(serve, call_id):
    server = serve({"check": say("checked"), "hangup": say("ended")})
    assert hears(server, call_id) == {"WORD": "checked"}
    assert hears(server, call_id, "hangup") == {"WORD": "ended"}


def test_it_listens_on_the_loopback_address_only(serve):
    server = serve({})
    with socket.create_connection(("127.0.0.1", server.port)):
        pass
    assert server._listener.getsockname()[0] == "127.0.0.1"


def test_a_request_for_nothing_it_has_is_closed_without_a_word(serve, call_id):
    assert hears(serve({"check": say("checked")}), call_id, "shell") == {}


@pytest.mark.parametrize(
    "piece",
    [
        b"GET / HTTP/1.1\n\n",
        b"\0" * 100 + b"\n\n",
        b"agi_x: " + b"a" * (1 << 20) + b"\n\n",
        environment("not-a-call-id"),
        environment("0" * 32, extension="1\nagi_arg_1: " + "f" * 32),
    ],
    ids=["http", "zeros", "megabyte", "no call", "forged"],
)
def test_what_is_no_request_is_closed_at_once_and_the_next_is_served(serve, call_id, piece):
    server = serve({"check": say("checked")}, threads=1)
    began = time.monotonic()
    assert send(server.port, piece).commands == []
    assert time.monotonic() - began < AT_ONCE
    assert hears(server, call_id) == {"WORD": "checked"}


def test_who_only_looks_at_the_port_is_nobody(serve, call_id):
    server = serve({"check": say("checked")}, threads=1)
    with socket.create_connection(("127.0.0.1", server.port)) as passer_by:
        passer_by.shutdown(socket.SHUT_WR)
        assert passer_by.recv(1) == b""
    assert hears(server, call_id) == {"WORD": "checked"}
    assert counted(server) == Answers(asked=1)


@pytest.mark.parametrize(
    "error",
    [DatabaseAway("away"), UnknownTenant("nobody"), psycopg2.DataError("bad"), ValueError(), KeyError()],
)
def test_a_fault_in_one_session_gives_no_verdict_and_takes_no_thread(serve, call_id, error):
    def fail(session):
        raise error

    server = serve({"check": fail, "hangup": say("ended")}, threads=1)
    assert hears(server, call_id) == {}
    assert hears(server, call_id, "hangup") == {"WORD": "ended"}
    assert counted(server) == Answers(asked=2, failed=1)


@pytest.mark.usefixtures("impatient")
def test_a_peer_that_says_nothing_holds_a_thread_only_for_the_session(serve, call_id):
    server = serve({"check": say("checked")}, threads=1)
    with socket.create_connection(("127.0.0.1", server.port)) as silent:
        began = time.monotonic()
        assert hears(server, call_id) == {"WORD": "checked"}
        assert time.monotonic() - began < AT_ONCE
        assert silent.recv(1) == b""


@pytest.mark.usefixtures("impatient")
def test_a_peer_that_never_answers_holds_a_thread_only_for_the_session(serve, call_id):
    server = serve({"check": say("checked")}, threads=1)
    with socket.create_connection(("127.0.0.1", server.port)) as mute:
        mute.sendall(environment(call_id))
        assert hears(server, call_id) == {"WORD": "checked"}


def test_when_all_threads_and_places_are_taken_the_next_is_refused_at_once(serve, call_id):
    inside, go_on = Event(), Event()

    def wait(session):
        inside.set()
        go_on.wait(5)

    server = serve({"check": wait, "hangup": say("ended")}, threads=1, waiting=1)
    with ThreadPoolExecutor() as pool, ExitStack() as stack:
        stack.callback(go_on.set)
        pool.submit(hears, server, call_id)
        assert inside.wait(5)
        stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))  # takes the one place
        began = time.monotonic()
        assert hears(server, call_id, "hangup") == {}
        assert time.monotonic() - began < AT_ONCE
        assert server.answers == Answers(asked=1, failed=1)


def test_who_has_waited_too_long_to_be_heard_is_turned_away_unread(serve, call_id, monkeypatch):
    monkeypatch.setattr(server_module, "WAIT_SECONDS", 0.1)
    inside, go_on = Event(), Event()

    def wait(session):
        inside.set()
        go_on.wait(5)

    server = serve({"check": wait, "hangup": say("ended")}, threads=1)
    with ThreadPoolExecutor() as pool, ExitStack() as stack:
        stack.callback(go_on.set)
        pool.submit(hears, server, call_id)
        assert inside.wait(5)
        late = pool.submit(hears, server, call_id, "hangup")
        wait_for(server._sessions.qsize, "it waits")
        until = time.monotonic() + 0.2
        wait_for(lambda: time.monotonic() > until, "it has waited")
        go_on.set()
        assert late.result() == {}
    assert hears(server, call_id, "hangup") == {"WORD": "ended"}
    assert counted(server) == Answers(asked=3, failed=1)


def test_many_sessions_at_once_are_all_served(serve, call_id):
    server = serve({"check": say("checked")}, waiting=200)
    with ThreadPoolExecutor(40) as pool:
        heard = list(pool.map(lambda _: hears(server, call_id), range(200)))
    assert heard == [{"WORD": "checked"}] * 200
    assert counted(server) == Answers(asked=200)


def test_once_stopped_it_has_finished_what_it_served_and_takes_no_more(serve, call_id):
    inside, go_on = Event(), Event()

    def wait(session):
        inside.set()
        go_on.wait(5)
        say("late")(session)

    server = serve({"check": wait})
    port = server.port
    with ThreadPoolExecutor() as pool:
        served = pool.submit(hears, server, call_id)
        assert inside.wait(5)
        stopping = pool.submit(server.stop)
        go_on.set()
        stopping.result(5)
        assert served.result(5) == {"WORD": "late"}
    with pytest.raises(ConnectionRefusedError):
        ask(port, call_id)
