"""What the API server says when it does not do what it was asked, in words for a form."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

AWAY = "The cluster's API server does not answer. Nothing was saved: try again in a moment."
FORBIDDEN = (
    "The cluster does not let the portal do this: its account lacks the right. "
    "Whoever installed CellHub sets portal.manageResources."
)
CHANGED = "Somebody changed it at the same moment. Nothing was saved: try again."
GONE = "It is not in the cluster any more."
STRANGE = "The cluster answered {}. Nothing was saved."

ALREADY_EXISTS = "AlreadyExists"
_VALUE = re.compile(r'^(Invalid|Unsupported|Duplicate|Too long|Required) value: ?("(\\.|[^"\\])*"|[^:]*): ')
_PLACE = re.compile(r"^[\w.\[\]]+ in body ")
_INDEX = re.compile(r"\[[^\]]*\]")


class Refusal(Exception):
    """The API server did not do it; the text is a sentence for whoever asked."""


class Away(Refusal):
    """Nobody answered, or not in time."""


class Forbidden(Refusal):
    """The portal's account may not."""


class Taken(Refusal):
    """There is an object of this name."""


class Changed(Refusal):
    """The object is another than the one that was read."""


class Missing(Refusal):
    """There is no such object."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value; ``path`` leads to it from the manifest's root, without indexes."""

    path: str
    sentence: str


class Invalid(Refusal):
    """Values that the schema or one of its rules does not take."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(" ".join(one.sentence for one in problems))
        self.problems = problems


def refusal_of(status: int, body: str) -> Refusal:
    """Read an answer that is an error; ``body`` is a Status in JSON, or from a proxy anything."""
    said = _read(body)
    if status == HTTPStatus.CONFLICT:
        return Taken(CHANGED) if said.get("reason") == ALREADY_EXISTS else Changed(CHANGED)
    if status in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.BAD_REQUEST):
        return Invalid(_problems(said))
    if status in (HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED):
        return Forbidden(FORBIDDEN)
    if status == HTTPStatus.NOT_FOUND:
        return Missing(GONE)
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT):
        return Away(AWAY)
    return Refusal(STRANGE.format(status))


def _read(body: str) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _problems(said: dict[str, Any]) -> tuple[Problem, ...]:
    causes = (said.get("details") or {}).get("causes") or [{"message": said.get("message") or "no reason"}]
    # A rule that could not be tried because of another mistake is said as a mistake of its own.
    found = {
        Problem(_INDEX.sub("", one.get("field") or ""), sentence_of(one.get("message") or ""))
        for one in causes
        if "not checked" not in (one.get("message") or "")
    }
    return tuple(sorted(found, key=lambda one: one.path))


def sentence_of(message: str) -> str:
    """Make a sentence of a cause: without the value that was typed, which stands beside it."""
    plain = _PLACE.sub("", _VALUE.sub("", message)).strip()
    return f"The cluster refuses it: {plain.rstrip('.')}."
