"""What rooms share that write resources of the cluster: who asked, and what the API server refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, record_deed
from cellhub.accounts.refusal import AwayError, ManyRefusedError, RefusedError
from cellhub.cluster import answers


@contextmanager
def refusing(fields: Mapping[str, str]) -> Iterator[None]:
    """Say at the form's fields what the API server refuses; ``fields`` are by places in the manifest."""
    try:
        yield
    except answers.Invalid as invalid:
        raise ManyRefusedError(*(_refused(problem, fields) for problem in invalid.problems)) from None
    except answers.Away as away:
        raise AwayError("", str(away)) from None
    except answers.Refusal as refusal:
        raise RefusedError("", str(refusal)) from None


@contextmanager
def noting(
    session: Session, actor: Actor, deed: str, kind: str, name: str, *, changes: dict[str, Any] | None = None
) -> Iterator[None]:
    """Write down who asked, unless it is refused; what came of it the operator writes down.

    First, so that nothing is done in the cluster that could not be written down.
    """
    with session.begin_nested():
        record_deed(session, actor, deed, kind, name, changes=changes)
        session.flush()
        yield


def _refused(problem: answers.Problem, fields: Mapping[str, str]) -> tuple[str, str]:
    field = fields.get(problem.path, "")
    place = f"{problem.path}: " if problem.path and not field else ""
    return field, f"{place}{problem.sentence}"
