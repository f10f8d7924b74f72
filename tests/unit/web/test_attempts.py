"""What a request sends lasts for all of its attempts, and no file of it stays open."""

from __future__ import annotations

import pytest
from pyramid.config import Configurator
from pyramid.events import NewRequest
from pyramid.response import Response
from pyramid_retry import RetryableException
from webtest import TestApp

CONTENT = b"90,Turkey,0.105\n" * 5_000


class Readings:
    """A view that reads an upload, and fails as often as it is told."""

    def __init__(self) -> None:
        self.bodies, self.files, self.contents, self.failures = [], [], [], 0

    def note_body(self, event: NewRequest) -> None:
        self.bodies.append(event.request.body_file_raw)

    def read(self, request) -> Response:
        upload = request.POST["file"]
        upload.file.seek(0)
        self.files.append(upload.file)
        self.contents.append(upload.file.read())
        if len(self.contents) <= self.failures:
            raise RetryableException
        return Response("read")


@pytest.fixture
def readings():
    return Readings()


@pytest.fixture
def app(readings):
    config = Configurator()
    config.include("cellhub.web.attempts")
    config.add_subscriber(readings.note_body, NewRequest)
    config.add_route("upload", "/")
    config.add_view(readings.read, route_name="upload")
    return TestApp(config.make_wsgi_app())


@pytest.mark.parametrize("failures", [0, 2])
def test_each_attempt_reads_the_same_upload_and_nothing_stays_open(app, readings, failures):
    readings.failures = failures
    assert app.post("/", upload_files=[("file", "rates.csv", CONTENT)]).text == "read"
    assert readings.contents == [CONTENT] * (failures + 1)
    assert all(file.closed for file in readings.files)
    assert readings.bodies[0].closed


def test_the_third_failure_is_the_last(app, readings):
    readings.failures = 3
    with pytest.raises(RetryableException):
        app.post("/", upload_files=[("file", "rates.csv", CONTENT)])
    assert len(readings.contents) == 3


def test_a_request_without_a_body_is_answered_too(app):
    app.get("/elsewhere", status=404)
