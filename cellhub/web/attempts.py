"""A request whose transaction met another is tried again; what it sent is closed at the end.

WebOb copies a large body to a temporary file and each uploaded file of it to one more, and
closes neither. Both have to last for as many attempts as there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pyramid.interfaces import IResponse
from pyramid.request import Request
from pyramid.router import Router
from pyramid_retry import RetryableExecutionPolicy

if TYPE_CHECKING:
    from pyramid.config import Configurator

ATTEMPTS = 3
PARSED = "webob._parsed_post_vars"


def includeme(config: Configurator) -> None:
    """Answer each request by up to :data:`ATTEMPTS` attempts."""
    config.set_execution_policy(answer)


def answer(environ: dict[str, Any], router: Router) -> IResponse:
    """Answer the request of ``environ``; an execution policy of Pyramid."""
    with _kept_body(environ):
        return _attempts(environ, router)


_attempts = RetryableExecutionPolicy(ATTEMPTS)


@contextmanager
def _kept_body(environ: dict[str, Any]) -> Iterator[None]:
    given = environ["wsgi.input"]
    Request(environ).make_body_seekable()
    kept = environ["wsgi.input"]
    try:
        yield
    finally:
        if kept is not given:
            kept.close()
        fields, _ = environ.get(PARSED, ({}, None))
        for field in fields.values():
            if hasattr(field, "file"):
                field.file.close()
