"""What reaches the log, and what must not."""

import io
import json
import logging

import pytest
import structlog

from cellhub.telemetry import logs


@pytest.fixture
def log():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure(stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def only_line(log: io.StringIO) -> dict:
    (line,) = log.getvalue().splitlines()
    return json.loads(line)


def test_a_line_is_json_with_a_static_event_and_its_fields(log):
    structlog.get_logger("cellhub.live").info("stream opened", tenant=7)
    line = only_line(log)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "stream opened", "tenant": 7, "level": "info", "logger": "cellhub.live"}


def test_what_libraries_log_takes_the_same_way(log):
    logging.getLogger("uvicorn.error").warning("Port %d is taken", 8081)
    assert only_line(log)["event"] == "Port 8081 is taken"


@pytest.mark.parametrize("name", ["password", "sip_secret", "Authorization", "CELLHUB_DATABASE_URL", "token"])
def test_a_field_that_is_called_like_a_secret_is_blank(log, name):
    structlog.get_logger().info("settings read", **{name: "hunter2"})
    assert only_line(log)[name] == logs.HIDDEN
    assert "hunter2" not in log.getvalue()


def test_secrets_are_blank_at_any_depth(log):
    structlog.get_logger().info("trunk saved", trunks=[{"name": "carrier", "secret": "hunter2"}])
    assert only_line(log)["trunks"] == [{"name": "carrier", "secret": logs.HIDDEN}]


def test_an_exception_is_in_its_line(log):
    try:
        raise OSError("the disk is full")
    except OSError:
        structlog.get_logger().exception("spool not written")
    assert "the disk is full" in only_line(log)["exception"]


def test_requests_are_not_logged_one_by_one(log):
    logging.getLogger("uvicorn.access").info("GET /events")
    assert log.getvalue() == ""


def test_an_exception_on_a_terminal_shows_no_local_variables():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    root = logging.getLogger()
    handlers, terminal = root.handlers[:], Terminal()
    logs.configure(stream=terminal)
    try:
        opened_with = {"user": "agent", "word": "hunter2"}
        raise OSError(f"{len(opened_with)} options were refused")
    except OSError:
        structlog.get_logger().exception("database not opened")
    finally:
        root.handlers[:] = handlers
        structlog.reset_defaults()
    assert "2 options were refused" in terminal.getvalue()
    assert "hunter2" not in terminal.getvalue()
