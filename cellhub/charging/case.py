"""A check on its way."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

from cellhub.charging import story
from cellhub.charging.situation import Situation
from cellhub.charging.story import Story
from cellhub.charging.verdicts import Refused, Request
from cellhub.domain.admission import MEANINGS, Verdict
from cellhub.domain.callerid import Caller
from cellhub.domain.fraud import Alarm
from cellhub.domain.pricing import Quotes
from cellhub.domain.rating import Price
from cellhub.domain.routing import TrunkOrder
from cellhub.domain.selection import Candidate

EMERGENCY = "Emergency"
NOBODY_PAYS = Quotes(None, ())


@dataclass(slots=True)
class Case:
    """A check on its way: what has been found so far, and the story of it."""

    request: Request
    situation: Situation
    number: str = ""
    emergency: bool = False
    quotes: Quotes = NOBODY_PAYS
    rate: Candidate | None = None
    order: TrunkOrder | None = None
    alarm: Alarm | None = None
    story: Story = field(default_factory=dict)

    def refuse(self, verdict: Verdict, reason: str) -> Refused:
        """End the check with a record of why."""
        self.story |= story.of_refusal(verdict.value, reason)
        caller = self.situation.sip_user
        record = {
            "call_id": self.request.call_id,
            "started_at": dt.datetime.now(dt.UTC).isoformat(),
            "account_id": caller.account_id,
            "lineage": self.situation.lineage,
            "sip_user_id": caller.id,
            "verdict": verdict.value,
            "disposition": MEANINGS[verdict].disposition,
            "code": MEANINGS[verdict].sip_code,
            **self.facts(),
        }
        return Refused(self.request, verdict, reason, record)

    def facts(self) -> dict[str, Any]:
        """What a call and its CDR have in common."""
        caller = self.situation.sip_user
        return {
            "sip_user": caller.username,
            "source": self.shown,
            "dialled": self.request.dialled,
            "number": self.number,
            "prefix": self.rate.prefix if self.rate else "",
            "destination": self.destination,
            "offer_id": self.offer_id,
            "story": json.dumps(self.story),
        }

    def take(self, order: TrunkOrder) -> TrunkOrder:
        """Take trunks in their order into the case."""
        self.order = order
        self.story |= story.of_trunks(order)
        return order

    @property
    def shown(self) -> str:
        """The number that the caller shows, by its rule; a trunk may put its own in its place.

        Who helps must be able to call back the very phone.
        """
        if self.emergency:
            return self.source
        sip_user, request = self.situation.sip_user, self.request
        caller = Caller(
            self.source,
            sip_user.caller_id_rule,
            sip_user.caller_numbers,
            request.wish,
            request.diverted,
        )
        return caller.shown(self.turn)

    @property
    def destination(self) -> str:
        """What the number is called."""
        if self.emergency:
            return EMERGENCY
        return self.rate.destination if self.rate else ""

    @property
    def least_paid(self) -> Price | None:
        """What a trunk may charge at most: what the tenant is paid; None where a loss is wanted or allowed.

        An offer of the tenant's is a gift, and is carried though it pays nothing, as an emergency is.
        """
        if self.emergency or self.situation.allow_loss:
            return None
        top = self.quotes.payers[0]
        return None if top.offer_id else top.price

    @property
    def source(self) -> str:
        """The caller's number, as the softswitch knows it."""
        return self.request.source or self.situation.sip_user.caller_id

    @property
    def turn(self) -> int:
        """A number that differs between calls: what is left to chance in a call follows from its id."""
        return int(self.request.call_id, 16)

    @property
    def offer_id(self) -> int | None:
        """The offer by which the caller's own account calls free of charge."""
        return self.quotes.payers[-1].offer_id if self.rate else None

    @property
    def certain_order(self) -> TrunkOrder:
        """The trunks, once the steps have been passed."""
        assert self.order is not None
        return self.order
