"""Serve the portal's pages."""

from __future__ import annotations

import argparse
import signal
import sys
from types import FrameType

from waitress import serve

from cellhub.app import main
from cellhub.environment import load
from cellhub.telemetry import logs, metrics

THREADS = 8
CONNECTIONS = 1_000
SILENT_SECONDS = 20
LARGEST_BODY = 25 * 1024 * 1024
"""A file of rates may have 20 MB; a form around it adds little."""


def configure(_: argparse.ArgumentParser) -> None:
    """Everything is a setting."""


def run(_: argparse.Namespace) -> int:
    """Serve until told to end; requests in progress are answered first."""
    settings = load()
    logs.configure()
    metrics.serve(settings)
    signal.signal(signal.SIGTERM, _leave)
    host = f"[{settings.listen_host}]" if ":" in settings.listen_host else settings.listen_host
    proxy = {
        "trusted_proxy": settings.trusted_proxy,
        "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto",
    }
    serve(
        main({}),
        listen=f"{host}:{settings.portal_port}",
        threads=THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=SILENT_SECONDS,
        max_request_body_size=LARGEST_BODY,
        ident=None,  # what serves the pages is nobody's business
        clear_untrusted_proxy_headers=True,
        **(proxy if settings.trusted_proxy else {}),
    )
    return 0


def _leave(_: int, __: FrameType | None) -> None:
    sys.exit(0)
