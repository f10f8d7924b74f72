"""The fault tests place calls as the call tests do, with clients and phones of their own."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from tests.calls.conftest import (  # noqa: F401  fixtures
    Subscriber,
    far_ends,
    in_background,
    plan_id,
    subscribe,
    subscriber,
)
from tests.faults.storm import Crowd

PHONES = 4
TALK_SECONDS = 2.0

A_SECOND = Decimal("0.001")
RICH_FOR_A_POOR = 10
POOR_CREDIT, PAID_SECONDS = "0.005", Decimal(3)
"""Money for a connection and three seconds."""

POOR_TALK_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Clients:
    """Those who have the money for their calls, and those whose money ends during their first one."""

    rich: list[Subscriber]
    poor: list[Subscriber]

    @property
    def accounts(self) -> list[int]:
        """The accounts of all of them."""
        return [one.account_id for one in (*self.rich, *self.poor)]

    def crowds(self, count: int, seconds: float) -> tuple[Crowd, Crowd]:
        """So many calls of the rich, and meanwhile two of each who is poor."""
        tries = 2 * len(self.poor)
        return (
            Crowd([one.phone for one in self.rich], count, count / seconds, TALK_SECONDS),
            Crowd([one.phone for one in self.poor], tries, tries / seconds, POOR_TALK_SECONDS),
        )


@pytest.fixture
def clients(subscribe, call_count):  # noqa: F811  the fixture above
    """Clients whose phones call in turn."""
    poor = max(call_count // RICH_FOR_A_POOR, PHONES)
    return Clients([subscribe() for _ in range(PHONES)], [subscribe(credit=POOR_CREDIT) for _ in range(poor)])
