"""What ``cellhub probe`` refuses, and how it tells."""

import http.server
import threading
from contextlib import contextmanager

import pytest

from cellhub.cli.main import main
from cellhub.db.roles import PORTAL


class Pages(http.server.BaseHTTPRequestHandler):
    """A portal that is ready at /readyz and nowhere else."""

    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 503)
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def pages():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_pages_that_answer_are_listed(monkeypatch, capsys):
    with pages() as address:
        monkeypatch.setenv("CELLHUB_PROBE_PAGES", f"{address}/readyz {address}/readyz")
        assert main(["probe", "pages"]) == 0
    assert capsys.readouterr().out == f"{address}/readyz answers\n" * 2


def test_a_page_that_fails_is_named(monkeypatch, capsys):
    with pages() as address:
        monkeypatch.setenv("CELLHUB_PROBE_PAGES", f"{address}/readyz {address}/healthz")
        assert main(["probe", "pages"]) == 2
    assert capsys.readouterr().err == f"cellhub: {address}/healthz: HTTP Error 503: Service Unavailable\n"


def test_no_page_is_a_mistake(capsys):
    assert main(["probe", "pages"]) == 2
    assert "CELLHUB_PROBE_PAGES: name the addresses" in capsys.readouterr().err


@pytest.fixture
def order(monkeypatch, own_database, tmp_path):
    """The settings of a call by a phone that is not there."""
    secret = tmp_path / "secret"
    secret.write_text("of the phone\n")
    monkeypatch.setenv("CELLHUB_DATABASE_URL", own_database.url(PORTAL.name))
    monkeypatch.setenv("CELLHUB_PROBE_HOST", "localhost")
    monkeypatch.setenv("CELLHUB_PROBE_SIP_USER", "nobody")
    monkeypatch.setenv("CELLHUB_PROBE_SECRET_FILE", str(secret))
    return monkeypatch


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PROBE_SECRET_FILE", "/nowhere", "CELLHUB_PROBE_SECRET_FILE: No such file or directory."),
        ("PROBE_HOST", "no-such-host.invalid", "CELLHUB_PROBE_HOST: 'no-such-host.invalid' has no address"),
        ("TENANT", "nobody", "CELLHUB_TENANT: the database has no tenant nobody."),
        ("PROBE_SECONDS", "0", "CELLHUB_PROBE_SECONDS: Input should be greater than 0"),
    ],
)
def test_a_call_that_lacks_something_says_what(order, capsys, name, value, sentence):
    order.setenv(f"CELLHUB_{name}", value)
    assert main(["probe", "call"]) == 2
    assert sentence in capsys.readouterr().err
