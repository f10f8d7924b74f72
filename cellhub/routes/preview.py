"""What each trunk would send for a number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cellhub.domain.numbers import CallerId, NumberError, normalise, rewrite
from cellhub.routes.models import Trunk

SAMPLE = "905551234567"


@dataclass(frozen=True, slots=True)
class Sent:
    """A number as a trunk sends it: ``added`` in front of ``rest``, or why it cannot."""

    trunk: Trunk
    added: str = ""
    rest: str = ""
    caller_id: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """A sample number as typed, and what becomes of it on each trunk."""

    number: str
    sent: tuple[Sent, ...] = ()
    problem: str = ""


def preview(typed: str, trunks: Iterable[Trunk]) -> Preview:
    """Apply strip and add of each trunk to a typed number."""
    try:
        number = normalise(typed)
    except NumberError as error:
        return Preview(typed, problem=str(error))
    return Preview(typed, tuple(_sent(number, trunk) for trunk in trunks))


def _sent(number: str, trunk: Trunk) -> Sent:
    try:
        sent = rewrite(number, trunk.strip_prefix, trunk.add_prefix)
    except NumberError as error:
        return Sent(trunk, problem=str(error))
    caller_id = CallerId.parse(trunk.caller_id).number if trunk.caller_id else ""
    return Sent(trunk, trunk.add_prefix, sent.removeprefix(trunk.add_prefix), caller_id)
