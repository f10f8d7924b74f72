"""An API server on a socket: Trunks and Secrets in memory, errors as the real one words them.

It adds what the API server adds (ids, versions, generations, defaults). What it refuses by itself is
what ``tests/cluster/test_portal.py`` saw the real one refuse; anything else a test puts in ``answers``.
"""

from __future__ import annotations

import copy
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.factories.resources import with_defaults

Shape = dict[str, Any]
Key = tuple[str, str, str]
"""Namespace, plural and name."""
LOWEST = {"priority": 1, "port": 1}


@dataclass(slots=True)
class FakeApiServer:
    """What it holds, what it was asked, with what it is to answer instead, and what nobody may make."""

    url: str
    objects: dict[Key, Shape] = field(default_factory=dict)
    answers: list[Shape] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set)
    version: int = 0

    def secrets(self) -> dict[str, dict[str, str]]:
        """The texts of the Secrets, by name."""
        return {key[2]: one["stringData"] for key, one in self.objects.items() if key[1] == "secrets"}

    def trunk(self, name: str, namespace: str = "cell") -> Shape:
        """A Trunk as it is held."""
        return self.objects[namespace, "trunks", name]

    def put(self, key: Key, one: Shape) -> Shape:
        """Hold an object, as a new version."""
        self.version += 1
        one["metadata"]["resourceVersion"] = str(self.version)
        self.objects[key] = one
        return one

    def answer(self, method: str, target: str, body: Shape) -> Shape:
        """Do what is asked, or say with a Status why not."""
        address = urlsplit(target)
        self.asked.append(f"{method} {address.path}")
        if self.answers:
            return self.answers.pop(0)
        namespace, plural, *names = address.path.partition("/namespaces/")[2].split("/")
        name = "".join(names)
        key = (namespace, plural, name or body.get("metadata", {}).get("name", ""))
        if method == "GET" and not name:
            return {"items": [one for held, one in self.objects.items() if held[:2] == key[:2]]}
        if method == "POST":
            return self._create(key, body)
        return self._with_one(method, key, body, only_try="dryRun" in parse_qs(address.query))

    def _with_one(self, method: str, key: Key, body: Shape, *, only_try: bool) -> Shape:
        if key not in self.objects:
            return status(404, "NotFound")
        if method == "GET":
            return self.objects[key]
        if method == "DELETE":
            return self.objects.pop(key)
        return self._patch(key, body, only_try=only_try)

    def _create(self, key: Key, body: Shape) -> Shape:
        if key[1] in self.forbidden:
            return status(403, "Forbidden")
        if key in self.objects:
            return status(409, "AlreadyExists")
        made = with_defaults(body["kind"], body) if "spec" in body else copy.deepcopy(body)
        made["metadata"] |= {"namespace": key[0], "uid": str(uuid.uuid4()), "generation": 1}
        return invalid(made) or self.put(key, made)

    def _patch(self, key: Key, body: Shape, *, only_try: bool) -> Shape:
        one = copy.deepcopy(self.objects[key])
        if body["metadata"]["resourceVersion"] != one["metadata"]["resourceVersion"]:
            return status(409, "Conflict")
        spec = one["spec"] | {name: value for name, value in body["spec"].items() if value is not None}
        gone = {name for name, value in body["spec"].items() if value is None}
        spec = {name: value for name, value in spec.items() if name not in gone}
        one["metadata"]["generation"] += spec != one["spec"]
        one["spec"] = spec
        return invalid(one) or (one if only_try else self.put(key, one))


def invalid(one: Shape) -> Shape | None:
    """Refuse numbers below their least, as the definition's schema does."""
    low = [name for name, least in LOWEST.items() if one.get("spec", {}).get(name, least) < least]
    causes = [
        {
            "reason": "FieldValueInvalid",
            "message": f"Invalid value: {one['spec'][name]}: spec.{name} in body should be greater than or "
            f"equal to {LOWEST[name]}",
            "field": f"spec.{name}",
        }
        for name in low
    ]
    return status(422, "Invalid", causes) if causes else None


def status(code: int, reason: str, causes: list[Shape] | None = None) -> Shape:
    """An answer that says no."""
    details = {"causes": causes} if causes else {}
    return {"kind": "Status", "status": "Failure", "reason": reason, "code": code, "details": details}


@contextmanager
def fake_api_server() -> Iterator[FakeApiServer]:
    """Serve until the block ends."""
    fake = FakeApiServer("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            answer = fake.answer(self.command, self.path, json.loads(self.rfile.read(length) or "{}"))
            content = json.dumps(answer).encode()
            done = 201 if self.command == "POST" else 200
            self.send_response(answer["code"] if answer.get("kind") == "Status" else done)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = serve

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
