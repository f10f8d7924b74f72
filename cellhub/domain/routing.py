"""Which trunks carry a call, and in which order they are tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from random import Random

from cellhub.domain.loss import loses, typical_cost, why_loss
from cellhub.domain.numbers import CallerId, NumberError, rewrite
from cellhub.domain.rating import Price


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
    """A way out; a cap of 0 is no cap, a lower ``priority`` goes first.

    ``caller_id`` is as :class:`CallerId` reads it; empty leaves the caller's own.
    """

    id: int
    name: str
    priority: int = 10
    strip_prefix: str = ""
    add_prefix: str = ""
    caller_id: str = ""
    max_channels: int = 0
    calls_per_second: int = 0
    active: bool = True
    ring_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Member:
    """A trunk's place in a group: a lower ``priority`` goes first, a greater ``weight`` more often."""

    trunk_id: int
    priority: int = 10
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    """Trunks that stand in for each other; ``failover_codes`` empty is the common list."""

    name: str
    members: Sequence[Member]
    strategy: Strategy = Strategy.PRIORITY
    failover_codes: str = ""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a trunk carries over all pods: calls that run, and calls begun within the last second."""

    channels: int = 0
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Buy:
    """What a provider charges us for a number, by its longest prefix."""

    provider_id: int
    provider: str
    prefix: str
    price: Price


@dataclass(frozen=True, slots=True)
class Ways:
    """The trunks of a tenant, and how they stand now: traffic and buy prices by a trunk's id.

    Of a trunk that is not in ``buys`` nobody knows what it charges.
    """

    trunks: Sequence[Trunk]
    traffic: Mapping[int, Traffic] = field(default_factory=dict)
    buys: Mapping[int, Buy] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wishes:
    """Who names trunks for a call: the first that is set decides alone, also when its trunks fail."""

    group: Group | None = None
    sip_user_trunk: int | None = None
    rate_trunk: int | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A call on its way out.

    ``sell`` is what the tenant is paid for it, None where it may be carried at a loss;
    ``caller_id`` the number to show, empty to leave the caller's own. ``turn`` is any number
    that differs between calls: what is left to chance follows from it.
    """

    number: str
    sell: Price | None = None
    caller_id: str = ""
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """What to dial on one trunk, ``capped`` or not; an empty ``caller_id`` leaves the caller's number."""

    trunk: str
    number: str
    caller_id: str
    ring_seconds: int
    buy: Buy | None = None
    capped: bool = False


class SkipCause(StrEnum):
    """Why a trunk is not tried: it is out of service, it cannot take this call, or the call would lose."""

    OUT_OF_SERVICE = "out_of_service"
    UNABLE = "unable"
    LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Skip:
    """A trunk that is not tried, and why, in words."""

    trunk: str
    reason: str
    cause: SkipCause = SkipCause.UNABLE


@dataclass(frozen=True, slots=True)
class TrunkOrder:
    """The attempts of a call in order, and the trunks left out; ``group`` is whose trunks they are."""

    source: TrunkSource
    attempts: tuple[Attempt, ...]
    skips: tuple[Skip, ...]
    group: Group | None = None

    @property
    def failover_codes(self) -> str:
        """The group's own list of codes, empty for the common one."""
        return self.group.failover_codes if self.group else ""

    @property
    def lost(self) -> bool:
        """Whether loss alone keeps the call: every trunk in service would charge more than is paid."""
        causes = {skip.cause for skip in self.skips} - {SkipCause.OUT_OF_SERVICE}
        return not self.attempts and causes == {SkipCause.LOSS}

    def without_first(self, reason: str) -> TrunkOrder:
        """Leave out the trunk that would be tried first, and say why."""
        first, *others = self.attempts
        return replace(self, attempts=tuple(others), skips=(*self.skips, Skip(first.trunk, reason)))


def trunk_order(call: Outgoing, ways: Ways, wishes: Wishes) -> TrunkOrder:
    """Order the trunks of a tenant for a call."""
    known = {trunk.id: trunk for trunk in ways.trunks}
    source, ids = _wanted(call, ways, wishes)
    tried = [_try(call, ways, one, known.get(one)) for one in ids]
    group = wishes.group
    if group and not ids:
        tried.append(Skip(group.name, "the group has no trunks", SkipCause.OUT_OF_SERVICE))
    return TrunkOrder(
        source,
        tuple(one for one in tried if isinstance(one, Attempt)),
        tuple(one for one in tried if isinstance(one, Skip)),
        group,
    )


def _wanted(call: Outgoing, ways: Ways, wishes: Wishes) -> tuple[TrunkSource, Sequence[int]]:
    if wishes.group is not None:
        members = _ORDERS[wishes.group.strategy](_by_priority(wishes.group.members), ways, call.turn)
        return TrunkSource.GROUP, [member.trunk_id for member in members]
    if wishes.sip_user_trunk is not None:
        return TrunkSource.SIP_USER, (wishes.sip_user_trunk,)
    if wishes.rate_trunk is not None:
        return TrunkSource.RATE, (wishes.rate_trunk,)
    by_priority = sorted(ways.trunks, key=lambda trunk: (trunk.priority, trunk.id))
    return TrunkSource.DEFAULT, [trunk.id for trunk in by_priority]


Members = Sequence[Member]


def _by_priority(members: Members) -> Members:
    return sorted(members, key=lambda member: (member.priority, member.trunk_id))


def _as_they_are(members: Members, ways: Ways, turn: int) -> Members:
    return members


def _cheapest_first(members: Members, ways: Ways, turn: int) -> Members:
    """Those of whom nobody knows the price come last; of equal ones the priority decides."""

    def price(member: Member) -> Decimal:
        buy = ways.buys.get(member.trunk_id)
        return typical_cost(buy.price) if buy else Decimal("Infinity")

    return sorted(members, key=price)


def _by_weight(members: Members, ways: Ways, turn: int) -> Members:
    """Draw one after the other: twice the weight comes first twice as often."""
    chance, left, drawn = _chance(turn), list(members), []
    while left:
        (one,) = chance.choices(left, [member.weight for member in left])
        left.remove(one)
        drawn.append(one)
    return drawn


def _shuffled(members: Members, ways: Ways, turn: int) -> Members:
    return _chance(turn).sample(members, len(members))


def _chance(turn: int) -> Random:
    return Random(turn)  # noqa: S311  it spreads load and keeps no secret


_ORDERS: dict[Strategy, Callable[[Members, Ways, int], Members]] = {
    Strategy.PRIORITY: _as_they_are,
    Strategy.CHEAPEST: _cheapest_first,
    Strategy.WEIGHT: _by_weight,
    Strategy.RANDOM: _shuffled,
}


def _try(call: Outgoing, ways: Ways, trunk_id: int, trunk: Trunk | None) -> Attempt | Skip:
    if trunk is None:
        return Skip(f"trunk {trunk_id}", "it no longer exists", SkipCause.OUT_OF_SERVICE)
    if not trunk.active:
        return Skip(trunk.name, "inactive", SkipCause.OUT_OF_SERVICE)
    buy = ways.buys.get(trunk_id)
    # Before the caps: what a trunk always loses is not excused by its being full now.
    if buy and call.sell and loses(buy.price, call.sell):
        return Skip(trunk.name, why_loss(buy.price, call.sell), SkipCause.LOSS)
    if reason := _why_full(trunk, ways.traffic.get(trunk_id, Traffic())):
        return Skip(trunk.name, reason)
    try:
        sent = rewrite(call.number, trunk.strip_prefix, trunk.add_prefix)
    except NumberError as error:
        return Skip(trunk.name, str(error))
    shown = CallerId.parse(trunk.caller_id).number if trunk.caller_id else call.caller_id
    capped = trunk.max_channels > 0 or trunk.calls_per_second > 0
    return Attempt(trunk.name, sent, shown, trunk.ring_seconds, buy, capped)


def _why_full(trunk: Trunk, now: Traffic) -> str:
    if 0 < trunk.max_channels <= now.channels:
        return f"full: {now.channels} of {trunk.max_channels} channels in use"
    if 0 < trunk.calls_per_second <= now.calls:
        return f"full: {now.calls} of {trunk.calls_per_second} calls begun within a second"
    return ""
