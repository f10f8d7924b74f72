"""What is asked of a check, and what it answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cellhub.domain.admission import MEANINGS, Verdict
from cellhub.domain.routing import Attempt
from cellhub.domain.settlement import Payer


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody dialled: the random call id, the authenticated endpoint, and what it sent.

    ``wish`` and ``diverted`` are numbers that the phone asks to show and says to forward from:
    digits that prove nothing. ``at`` is for calls that are only imagined: the moment whose rates
    and limits count.
    """

    call_id: str
    endpoint: str
    dialled: str
    source: str = ""
    channel: str = ""
    at: dt.datetime | None = None
    wish: str = ""
    diverted: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """The call may be dialled: by these attempts, for so long, paid by these holds.

    ``failover_codes`` are those of the trunks' group, empty for the common list.
    """

    request: Request
    number: str
    attempts: tuple[Attempt, ...]
    payers: tuple[Payer, ...]
    slice_seconds: int
    last: bool
    ring_seconds: int
    failover_codes: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The call may not be dialled; ``record`` is what its CDR says, if the caller is known."""

    request: Request
    verdict: Verdict
    reason: str
    record: Mapping[str, Any] | None = None

    @property
    def sip_code(self) -> int:
        """What the phone hears."""
        return MEANINGS[self.verdict].sip_code
