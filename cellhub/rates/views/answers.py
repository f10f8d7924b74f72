"""Answers that several pages of this room give: a refused form, and the question before a deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wtforms import Form

from cellhub.accounts.refusal import RefusedError

if TYPE_CHECKING:
    from pyramid.request import Request


def refuse(request: Request, form: Form, refused: RefusedError | None = None) -> dict[str, Any]:
    """Answer 400, with the service's sentence at the field it names."""
    request.response.status_int = 400
    if refused is not None:
        form[refused.field].errors = [str(refused)]
    return {"form": form}


def removal(noun: str, name: str, href: str, consequence: str, reason: str) -> dict[str, Any]:
    """Context of the dialog before a deletion; with a ``reason`` it says why not and has no button."""
    return {"noun": noun, "name": name, "href": href, "consequence": consequence, "reason": reason}
