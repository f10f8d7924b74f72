"""What rooms share that write resources of the cluster: a refusal of the API server, said in a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

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


def _refused(problem: answers.Problem, fields: Mapping[str, str]) -> tuple[str, str]:
    field = fields.get(problem.path, "")
    place = f"{problem.path}: " if problem.path and not field else ""
    return field, f"{place}{problem.sentence}"
