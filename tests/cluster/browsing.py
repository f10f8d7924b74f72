"""The portal's pages over real HTTP: its forms, files and cookies, as a browser without scripts has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

from webtest import TestApp, TestResponse

from tests.functional.forms import form_of

SECONDS = 30.0
OF_THE_CONNECTION = {"connection", "transfer-encoding", "keep-alive"}
"""Headers that are between two ends of a connection, and not of what is sent."""

Environ = dict[str, Any]


def browser(address: str) -> TestApp:
    """Somebody who opens pages of ``address`` by their paths; nobody has signed in yet."""
    where = urlsplit(address).netloc

    def send(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        connection = HTTPConnection(where, timeout=SECONDS)
        try:
            connection.request(
                environ["REQUEST_METHOD"], _path(environ), _body(environ), _headers(environ) | {"Host": where}
            )
            answer = connection.getresponse()
            kept = [one for one in answer.getheaders() if one[0].lower() not in OF_THE_CONNECTION]
            start(f"{answer.status} {answer.reason}", kept)
            return [answer.read()]
        finally:
            connection.close()

    return TestApp(send, extra_environ={"HTTP_HOST": where})


def signed_in(address: str, email: str, password: str) -> TestApp:
    """Somebody who has signed in by the page for that."""
    one = browser(address)
    form = form_of(one.get("/login"), "/login")
    form["email"], form["password"] = email, password
    form.submit(status=303)
    return one


def said(page: TestResponse) -> str:
    """What a page says, in one line."""
    return str(page.html.select_one("main").get_text(" ", strip=True))


def _path(environ: Environ) -> str:
    path, query = quote(environ["PATH_INFO"].encode("latin-1")), environ["QUERY_STRING"]
    return f"{path}?{query}" if query else path


def _headers(environ: Environ) -> dict[str, str]:
    named = {"CONTENT_TYPE", *(name for name in environ if name.startswith("HTTP_"))}
    return {
        name.removeprefix("HTTP_").replace("_", "-").title(): environ[name]
        for name in named
        if environ.get(name)
    }


def _body(environ: Environ) -> bytes:
    content: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return content
