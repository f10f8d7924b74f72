"""An API server on a socket: Tenants, Trunks and Secrets in memory, errors as the real one words them.

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
BORN = {"creationTimestamp": "2026-07-16T11:00:00Z"}
Key = tuple[str, str, str]
"""Namespace, plural and name."""
LEAST = {"priority": 1, "port": 1, "limits.maxCalls": 0}
MOST = {"asterisk.replicas": 50}


@dataclass(slots=True)
class FakeApiServer:
    """What it holds, what it was asked, with what it is to answer instead, and what nobody may make.

    ``gone`` is what was deleted, as it was then.
    """

    url: str
    objects: dict[Key, Shape] = field(default_factory=dict)
    answers: list[Shape] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set)
    gone: list[Shape] = field(default_factory=list)
    version: int = 0

    def secrets(self) -> dict[str, dict[str, str]]:
        """The texts of the Secrets, by name."""
        return {key[2]: one["stringData"] for key, one in self.objects.items() if key[1] == "secrets"}

    def trunk(self, name: str, namespace: str = "cell") -> Shape:
        """A Trunk as it is held."""
        return self.objects[namespace, "trunks", name]

    def tenant(self, name: str, namespace: str = "cell") -> Shape:
        """A Tenant as it is held."""
        return self.objects[namespace, "tenants", name]

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
            self.gone.append(self.objects.pop(key))
            return self.gone[-1]
        return self._patch(key, body, only_try=only_try)

    def _create(self, key: Key, body: Shape) -> Shape:
        if key[1] in self.forbidden:
            return status(403, "Forbidden")
        if key in self.objects:
            return status(409, "AlreadyExists")
        made = with_defaults(body["kind"], body) if "spec" in body else copy.deepcopy(body)
        made["metadata"] |= {"namespace": key[0], "uid": str(uuid.uuid4()), "generation": 1, **BORN}
        return invalid(made) or self.put(key, made)

    def _patch(self, key: Key, body: Shape, *, only_try: bool) -> Shape:
        one = copy.deepcopy(self.objects[key])
        if body["metadata"]["resourceVersion"] != one["metadata"]["resourceVersion"]:
            return status(409, "Conflict")
        spec = merged(one["spec"], body["spec"])
        one["metadata"]["generation"] += spec != one["spec"]
        one["spec"] = spec
        return invalid(one) or (one if only_try else self.put(key, one))


def invalid(one: Shape) -> Shape | None:
    """Refuse numbers out of their bounds, as the definition's schema does."""
    low = [(path, f"greater than or equal to {least}") for path, least in LEAST.items()
           if _at(one, path, least) < least]  # fmt: skip
    high = [(path, f"less than or equal to {most}") for path, most in MOST.items()
            if _at(one, path, most) > most]  # fmt: skip
    causes = [_wrong(one, path, bound) for path, bound in low + high]
    return status(422, "Invalid", causes) if causes else None


def _at(one: Shape, path: str, otherwise: int) -> int:
    found: Any = one.get("spec", {})
    for name in path.split("."):
        found = found.get(name, {})
    return found if isinstance(found, int) else otherwise


def _wrong(one: Shape, path: str, bound: str) -> Shape:
    message = f"Invalid value: {_at(one, path, 0)}: spec.{path} in body should be {bound}"
    return {"reason": "FieldValueInvalid", "message": message, "field": f"spec.{path}"}


def merged(old: Shape, new: Shape) -> Shape:
    """Merge as a merge patch does: objects are merged, None takes a field away, others are replaced."""
    kept = {name: value for name, value in old.items() if name not in new}
    for name, value in new.items():
        if isinstance(value, dict):
            kept[name] = merged(old.get(name) or {}, value)
        elif value is not None:
            kept[name] = value
    return kept


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
