"""An API server that takes a request and never answers holds nobody for ever."""

from __future__ import annotations

import json
import socket
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from cellhub_operator.cluster import Cluster
from cellhub_operator.connecting import BoundedClient
from cellhub_operator.handlers import AWAY
from kubernetes.client import ApiClient, Configuration

WITHIN = (0.2, 0.2)
SECONDS = 5.0
FOUND = {
    "/version": {"major": "1", "minor": "34"},
    "/apis": {"kind": "APIGroupList", "groups": []},
    "/api/v1": {
        "kind": "APIResourceList",
        "resources": [{"name": "secrets", "kind": "Secret", "namespaced": True, "verbs": ["get"]}],
    },
}


@pytest.fixture(autouse=True)
def no_notes(monkeypatch, tmp_path):
    """Nothing is known of a server from an earlier one at the same port: the package keeps notes there."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def goes_on():
    """Until it is set, the server stands still at every question about an object."""
    event = Event()
    yield event
    event.set()


@pytest.fixture
def server(goes_on):
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            answer = FOUND.get(self.path)
            if answer is None:
                goes_on.wait(SECONDS)
                answer = {"kind": "Secret", "data": {"username": "bm9ydGg="}}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as http:
        http.daemon_threads = True
        http.handle_error = lambda *_: None  # who asked has gone
        Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_address[1]}"
        goes_on.set()
        http.shutdown()


def client(address):
    configuration = Configuration(host=address)
    configuration.retries = False
    return BoundedClient(ApiClient(configuration), WITHIN)


def test_a_request_without_an_answer_ends_and_the_next_is_answered(server, goes_on):
    cluster = Cluster(client(server))
    began = time.monotonic()
    with pytest.raises(AWAY):
        cluster.credentials("cell", "halyard")
    assert time.monotonic() - began < SECONDS / 2
    goes_on.set()
    assert cluster.credentials("cell", "halyard") == {"username": "north"}


def test_one_that_does_not_even_say_who_it_is_is_away():
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(AWAY):
        client(f"http://127.0.0.1:{deaf.getsockname()[1]}")
