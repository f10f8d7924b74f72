"""The probes of a pod, over HTTP."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from cellhub_agi.health import HealthServer


@pytest.fixture
def answer():
    said = {"/ready": "The database does not answer.", "/live": ""}
    server = HealthServer("127.0.0.1", 0, {path: lambda path=path: said[path] for path in said})
    server.start()

    def get(path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=5) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    yield get
    server.stop()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/live", (200, "fine\n")),
        ("/ready", (503, "The database does not answer.\n")),
        ("/", (404, "There is no such probe.\n")),
        ("/../etc/passwd", (404, "There is no such probe.\n")),
    ],
)
def test_a_probe_says_what_is_wrong(answer, path, expected):
    assert answer(path) == expected
