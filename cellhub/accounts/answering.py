"""Answer a form with what a service refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cellhub.accounts.refusal import ChangedError, RefusedError

if TYPE_CHECKING:
    from pyramid.request import Request


def refuse(request: Request, form: Any, refused: RefusedError | None = None) -> None:
    """Answer with an error, each sentence at the field that it names, or above the form.

    A form that knows of changes meanwhile has the field ``version``.
    """
    request.response.status_int = refused.status_int if refused else 400
    for field, sentence in refused.each if refused else ():
        if field in form:
            form[field].errors = [*form[field].errors, sentence]
        else:
            form.form_errors.append(sentence)
    if isinstance(refused, ChangedError):
        form.version.data = refused.version
