"""The addresses of the live process: /events, /healthz, /readyz."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cellhub.live.gate import Gate
from cellhub.live.hub import Hub
from cellhub.live.listener import Listener
from cellhub.live.origins import Origins
from cellhub.live.stream import Pace, Stream
from cellhub.security.tickets import COOKIE

log = structlog.get_logger(__name__)

BUSY = {"Retry-After": "5"}


class Live:
    """The parts of the process, wired together."""

    def __init__(self, database_url: str, origins: Origins, capacity: int, pace: Pace) -> None:
        self.origins = origins
        self.gate = Gate(database_url)
        self.hub = Hub(self.gate, capacity, pace)
        self.listener = Listener(database_url, self.hub.deliver, self.hub.end_all)

    def app(self) -> Starlette:
        """Return the ASGI application."""
        routes = [
            Route("/events", self.events),
            Route("/healthz", self.alive),
            Route("/readyz", self.ready),
        ]
        return Starlette(routes=routes, lifespan=self._running)

    async def alive(self, _: Request) -> Response:
        """The process answers."""
        return PlainTextResponse("ok\n")

    async def ready(self, _: Request) -> Response:
        """The process hears the database."""
        if self.listener.up:
            return PlainTextResponse("ok\n")
        return PlainTextResponse("not listening\n", HTTPStatus.SERVICE_UNAVAILABLE)

    async def events(self, request: Request) -> Response:
        """Open the stream of the person whose cookie the browser sends."""
        origin = request.headers.get("origin")
        if not self.origins.allows(origin, request.url):
            return _refused(HTTPStatus.FORBIDDEN, "Only the portal's own pages may listen.", {})
        headers = self.origins.headers(origin)
        if not self.listener.up or self.hub.full:
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE, "No stream can be kept now.", headers | BUSY)
        return await self._admitted(request.cookies.get(COOKIE, ""), headers)

    async def _admitted(self, token: str, headers: dict[str, str]) -> Response:
        try:
            viewer = await self.gate.admit(token)
        except SQLAlchemyError as error:
            log.warning("ticket not readable", error=type(error).__name__)
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE, "The database is away.", headers | BUSY)
        if viewer is None:
            return _refused(HTTPStatus.UNAUTHORIZED, "Sign in to the portal first.", headers)
        if not self.hub.has_room_for(token):
            return _refused(HTTPStatus.TOO_MANY_REQUESTS, "Too many tabs are open.", headers | BUSY)
        return EventStream(self.hub, Stream(token, viewer, self.hub.pace), headers)

    @asynccontextmanager
    async def _running(self, _: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self.listener.run()), asyncio.create_task(self.hub.watch_tickets())]
        for task in tasks:
            task.add_done_callback(_end_process_on_failure)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.gate.close()


class EventStream(Response):
    """The answer that does not end until the stream does, the browser leaves or stops reading."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, stream: Stream, headers: dict[str, str]) -> None:
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self._hub = hub
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write until the end."""
        leaving = asyncio.create_task(self._end_when_left(receive))
        try:
            with self._hub.joined(self._stream):
                await self._write(send)
        except TimeoutError:
            log.info("slow reader dropped")
        finally:
            leaving.cancel()

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for chunk in self._stream.chunks():
            async with asyncio.timeout(self._stream.pace.write):
                await send({"type": "http.response.body", "body": chunk.encode(), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _end_when_left(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._stream.end()


def _refused(status: HTTPStatus, reason: str, headers: dict[str, str]) -> Response:
    return PlainTextResponse(f"{reason}\n", status, headers)


def _end_process_on_failure(task: asyncio.Task[None]) -> None:
    """Without this task the process would look alive and be deaf: let it be started anew."""
    if not task.cancelled() and (error := task.exception()):
        log.critical("a part of the live process failed", exc_info=error)
        signal.raise_signal(signal.SIGTERM)
