"""What bounds a call: only that is counted, and only that is looked at again under the locks."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cellhub.charging.situation import Situation
    from cellhub.domain.routing import Trunk

Bounds = frozenset["Bound"]


class Bound(StrEnum):
    """A kind of limit whose use changes from call to call."""

    SIP_USER = "sip_user"
    """calls at once of the SIP user"""

    ACCOUNTS = "accounts"
    """calls at once or a second of an account of the payer chain"""

    HOUSE = "house"
    """calls at once or a second of the tenant"""

    SPENDING = "spending"
    """a daily cap, or a group's quota"""

    TRUNKS = "trunks"
    """calls at once or a second of a trunk"""

    BRAKE = "brake"
    """a profile of the brake on fraud"""


_IS_SET: dict[Bound, Callable[[Situation], bool]] = {
    Bound.SIP_USER: lambda found: found.sip_user.max_calls > 0,
    Bound.ACCOUNTS: lambda found: any(one.max_calls or one.calls_per_second for one in found.chain),
    Bound.HOUSE: lambda found: bool(found.house.max_calls or found.house.calls_per_second),
    Bound.SPENDING: lambda found: any(one.spend_cap or one.shares_quota for one in found.chain),
    Bound.TRUNKS: lambda found: any(one.max_channels or one.calls_per_second for one in found.ways.trunks),
    Bound.BRAKE: lambda found: found.brake is not None,
}


def bounds_of(situation: Situation) -> Bounds:
    """Tell what bounds a call of this caller."""
    return frozenset(bound for bound, is_set in _IS_SET.items() if is_set(situation))


def bounds_of_the_hold(situation: Situation, trunk: Trunk, *, emergency: bool) -> Bounds:
    """Tell what must be looked at again under the locks when a call takes ``trunk``.

    Only the trunk can keep an emergency call.
    """
    bounds = frozenset() if emergency else bounds_of(situation) - {Bound.TRUNKS}
    if not (situation.brake and situation.brake.profile.counts):
        bounds -= {Bound.BRAKE}
    capped = trunk.max_channels or trunk.calls_per_second
    return bounds | {Bound.TRUNKS} if capped else bounds
