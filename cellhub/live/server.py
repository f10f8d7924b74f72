"""The live process itself."""

from __future__ import annotations

import resource
import socket

import structlog
import uvicorn

from cellhub.environment import Settings, SettingsError
from cellhub.live.app import Live
from cellhub.live.origins import Origins
from cellhub.live.stream import Pace
from cellhub.telemetry import logs, metrics
from cellhub.telemetry.metrics import LIVE_CAPACITY, LIVE_LISTENING, LIVE_STREAMS

log = structlog.get_logger(__name__)

STREAMS = 2000
OTHER_FILES = 100
SHUTDOWN_SECONDS = 3
BACKLOG = 512
UNREAD_MS = 30_000


class LiveServer(uvicorn.Server):
    """Uvicorn waits for answers to end before it stops; ours have to be told to."""

    def __init__(self, live: Live) -> None:
        config = uvicorn.Config(
            live.app(),
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="on",
            limit_concurrency=live.hub.capacity + OTHER_FILES // 2,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
        super().__init__(config)
        self.live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop."""
        self.live.hub.end_all()
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        SettingsError: the address cannot be listened on.
    """
    logs.configure()
    listening = listen(settings.listen_host, settings.live_port)
    origins = Origins("https" if settings.secure_cookies else "http", settings.portal_port)
    live = Live(settings.database_url.get_secret_value(), origins, capacity(), Pace())
    metrics.watch(
        {
            LIVE_STREAMS: lambda: len(live.hub.streams),
            LIVE_CAPACITY: lambda: live.hub.capacity,
            LIVE_LISTENING: lambda: live.listener.up,
        }
    )
    metrics.serve(settings)
    log.info("serving", host=settings.listen_host, port=settings.live_port, streams=live.hub.capacity)
    LiveServer(live).run([listening])


def capacity() -> int:
    """How many streams the open files of this process allow, at most what was tried."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = STREAMS + OTHER_FILES
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return allowed - OTHER_FILES


def listen(host: str, port: int) -> socket.socket:
    """Listen on ``host`` at ``port``; connections whose reader stopped reading are cut by the kernel."""
    try:
        listening = socket.create_server((host, port), family=_family(host), backlog=BACKLOG)
    except OSError as error:
        raise SettingsError(
            f"CELLHUB_LIVE_PORT: {host} port {port} cannot be listened on: {error.strerror}."
        ) from error
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
    return listening


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
