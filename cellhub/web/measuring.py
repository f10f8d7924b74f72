"""Measures how long each request took, for Prometheus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pyramid.tweens import INGRESS

from cellhub.telemetry.metrics import HTTP_REQUESTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyramid.config import Configurator
    from pyramid.registry import Registry
    from pyramid.request import Request
    from pyramid.response import Response

    Handler = Callable[[Request], Response]

PROBES = {"/healthz", "/readyz"}
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
OTHER, FAILED = "other", "5xx"


def includeme(config: Configurator) -> None:
    """Measure around everything else."""
    config.add_tween("cellhub.web.measuring.measured", under=INGRESS)


def measured(handler: Handler, registry: Registry) -> Handler:
    """Note each answer's time; probes, which nobody waits for, are left out."""

    def tween(request: Request) -> Response:
        began, status = time.perf_counter(), FAILED
        try:
            response = handler(request)
            status = f"{response.status_int // 100}xx"
            return response
        finally:
            if request.environ["PATH_INFO"] not in PROBES:
                # A label's words are ours: strangers could make up methods without end.
                method = request.method if request.method in METHODS else OTHER
                HTTP_REQUESTS.labels(method, status).observe(time.perf_counter() - began)

    return tween
