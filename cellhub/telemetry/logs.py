"""Logs: a static event and its fields, one line each, without secrets.

On a terminal they are for people; anywhere else each line is a JSON object. What
libraries log by :mod:`logging` takes the same way.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "(hidden)"
# A field whose name contains one of these words is never written.
SECRET_WORDS = (
    "authorization",
    "cookie",
    "credential",
    "database_url",
    "broker_url",
    "digest",
    "dsn",
    "passphrase",
    "password",
    "passwd",
    "private_key",
    "secret",
    "ticket",
    "token",
)
# These say something of every request or message, which their callers already know.
QUIET = {
    "alembic.runtime.migration": logging.WARNING,
    "waitress.queue": logging.ERROR,
    "uvicorn.access": logging.WARNING,
    "uvicorn.error": logging.WARNING,
    "dramatiq.worker": logging.WARNING,
    "periodiq": logging.WARNING,
    "psycopg.pool": logging.ERROR,
}


def configure(level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send the logs of this process to ``stream``, the standard error if none is given."""
    target = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(target)
    handler.setFormatter(_formatter(for_people=_is_terminal(target)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, at_least in QUIET.items():
        logging.getLogger(name).setLevel(at_least)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank the fields that are called like a secret, at any depth."""
    return {name: HIDDEN if _is_secret(name) else _blanked(value) for name, value in event.items()}


def _blanked(fields: Any) -> Any:
    if isinstance(fields, dict):
        return {name: HIDDEN if _is_secret(name) else _blanked(value) for name, value in fields.items()}
    if isinstance(fields, list | tuple):
        return [_blanked(value) for value in fields]
    return fields


def _is_secret(name: object) -> bool:
    lowered = str(name).lower()
    return any(word in lowered for word in SECRET_WORDS)


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]


def _formatter(*, for_people: bool) -> logging.Formatter:
    endings: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if for_people:
        # The default shows the local variables of each frame, and with them any secret.
        endings.append(structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback))
    else:
        endings += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_common(), processors=endings)


def _is_terminal(stream: TextIO) -> bool:
    # The pipe through which a worker process logs is a stream without isatty.
    return bool(getattr(stream, "isatty", bool)())
