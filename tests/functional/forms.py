"""Fill in and send the portal's forms as a browser would."""

from __future__ import annotations

from typing import Any

from webtest import TestApp, TestResponse


def form_of(page: TestResponse, action: str) -> Any:
    """The form of ``page`` that is sent to ``action``."""
    return next(
        form for form in page.forms.values() if form.action == action and form.method.upper() == "POST"
    )


def send(
    app: TestApp, address: str, action: str = "", status: int | None = None, **values: Any
) -> TestResponse:
    """Open ``address``, fill in ``values`` and send the form."""
    form = form_of(app.get(address), action or address.partition("?")[0])
    for name, value in values.items():
        form[name] = value
    return form.submit(status=status or "*")


def token(app: TestApp) -> str:
    """The CSRF token of whoever is signed in."""
    return str(app.get("/profile").html.select_one("input[name=csrf_token]")["value"])
