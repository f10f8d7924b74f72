"""Answers to the probes of a pod: whether the agent lives, and whether its pod can take calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

OK, NOT_FOUND, NOT_NOW = 200, 404, 503
Probe = Callable[[], str]
"""Says what is wrong, in a sentence; nothing is wrong when it says nothing."""


class HealthServer:
    """Serves ``probes`` by their paths."""

    def __init__(self, host: str, port: int, probes: Mapping[str, Probe]) -> None:
        self._server = ThreadingHTTPServer((host, port), partial(_Handler, probes))
        self._thread = Thread(target=self._server.serve_forever, name="health", daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, probes: Mapping[str, Probe], *arguments: Any) -> None:
        self._probes = probes
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Answer 200, or 503 with what is wrong."""
        probe = self._probes.get(self.path)
        wrong = "There is no such probe." if probe is None else probe()
        code = NOT_FOUND if probe is None else NOT_NOW if wrong else OK
        body = f"{wrong or 'fine'}\n".encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: a probe comes every two seconds."""
