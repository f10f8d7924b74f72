"""Which trunks carry a call, in which order, and after which answers the next one is tried."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from cellhub.domain.numbers import CallerId, NumberError, rewrite


class Strategy(StrEnum):
    """In which order the trunks of a group are tried."""

    PRIORITY = "priority"
    CHEAPEST = "cheapest"
    WEIGHT = "weight"
    RANDOM = "random"


class TrunkSource(StrEnum):
    """Why these trunks: the manual's Trunk Selection Priority."""

    GROUP = "group"
    SIP_USER = "sip_user"
    RATE = "rate"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Trunk:
    """A way out; ``max_channels`` 0 is no cap, a lower ``priority`` goes first.

    ``caller_id`` is as :class:`CallerId` reads it; empty leaves the caller's own.
    """

    id: int
    name: str
    priority: int = 10
    strip_prefix: str = ""
    add_prefix: str = ""
    caller_id: str = ""
    max_channels: int = 0
    active: bool = True
    ring_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Attempt:
    """What to dial on one trunk; an empty ``caller_id`` leaves the caller's number."""

    trunk: str
    number: str
    caller_id: str
    ring_seconds: int


@dataclass(frozen=True, slots=True)
class Skip:
    """A trunk that is not tried, and why."""

    trunk: str
    reason: str


@dataclass(frozen=True, slots=True)
class TrunkOrder:
    """The attempts of a call in order, and the trunks left out."""

    source: TrunkSource
    attempts: tuple[Attempt, ...]
    skips: tuple[Skip, ...]

    def without_first(self, reason: str) -> TrunkOrder:
        """Leave out the trunk that would be tried first, and say why."""
        first, *others = self.attempts
        return replace(self, attempts=tuple(others), skips=(*self.skips, Skip(first.trunk, reason)))


def trunk_order(
    number: str,
    trunks: Iterable[Trunk],
    *,
    group: Sequence[int] = (),
    sip_user_trunk: int | None = None,
    rate_trunk: int | None = None,
    channels: Mapping[int, int] | None = None,
) -> TrunkOrder:
    """Order the trunks of a tenant for a call.

    ``group`` holds trunk ids in the order of the SIP user's group; ``channels`` maps a
    trunk's id to its calls over all pods. The first source that is set decides alone:
    when its trunks cannot be used, no other source is asked.
    """
    known = {trunk.id: trunk for trunk in trunks}
    source, ids = _wanted(known.values(), group, sip_user_trunk, rate_trunk)
    tried = [_try(number, one, known.get(one), (channels or {}).get(one, 0)) for one in ids]
    return TrunkOrder(
        source,
        tuple(one for one in tried if isinstance(one, Attempt)),
        tuple(one for one in tried if isinstance(one, Skip)),
    )


def _wanted(
    trunks: Iterable[Trunk], group: Sequence[int], sip_user_trunk: int | None, rate_trunk: int | None
) -> tuple[TrunkSource, Sequence[int]]:
    if group:
        return TrunkSource.GROUP, group
    if sip_user_trunk is not None:
        return TrunkSource.SIP_USER, (sip_user_trunk,)
    if rate_trunk is not None:
        return TrunkSource.RATE, (rate_trunk,)
    by_priority = sorted(trunks, key=lambda trunk: (trunk.priority, trunk.id))
    return TrunkSource.DEFAULT, [trunk.id for trunk in by_priority]


def _try(number: str, trunk_id: int, trunk: Trunk | None, channels: int) -> Attempt | Skip:
    if trunk is None:
        return Skip(f"trunk {trunk_id}", "it no longer exists")
    if not trunk.active:
        return Skip(trunk.name, "inactive")
    if trunk.max_channels and channels >= trunk.max_channels:
        return Skip(trunk.name, f"full: {channels} of {trunk.max_channels} channels in use")
    try:
        sent = rewrite(number, trunk.strip_prefix, trunk.add_prefix)
    except NumberError as error:
        return Skip(trunk.name, str(error))
    caller = CallerId.parse(trunk.caller_id).number if trunk.caller_id else ""
    return Attempt(trunk.name, sent, caller, trunk.ring_seconds)


FAILOVER_CODES = {
    "100": "the ring limit passed and the trunk neither rang nor refused",
    "401": "the trunk does not accept our credentials",
    "403": "the trunk does not accept us",
    "407": "the trunk's proxy does not accept our credentials",
    "408": "the trunk did not answer in time",
    "5..": "the trunk failed",
}
"""After which last SIP code of an attempt the next trunk is tried; a point is any digit.

No code at all, when no channel was made, goes on too. Every other code stops the search.
"""

STOP_CODES = {
    "180": "it rang and nobody answered",
    "183": "it played a tone and nobody answered",
    "302": "it sent the call elsewhere, where nobody has priced it",
    "404": "the number does not exist",
    "480": "the callee cannot be reached",
    "484": "the number is incomplete",
    "486": "the callee is busy",
    "487": "the call was cancelled",
    "600": "the callee is busy everywhere",
    "603": "the callee declined",
    "604": "the number exists nowhere",
}
"""What the last SIP code of an attempt says when the search ends there."""

_FIRST_FINAL = 200


def failover_pattern() -> str:
    """Write the failover codes as a regular expression for the dialplan."""
    return f"^({'|'.join(FAILOVER_CODES)})$"


def goes_on(code: int | None, rang: bool = False) -> bool:
    """Say whether the next trunk is tried after an attempt that was not answered.

    ``code`` is the last SIP code seen, None when there was none; a phone that ``rang``
    without a final answer ends the search.
    """
    if rang and (code is None or code < _FIRST_FINAL):
        return False
    return code is None or re.fullmatch(failover_pattern(), str(code)) is not None
