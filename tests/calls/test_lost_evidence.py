"""Asterisk cannot write what became of a call: it is neither free nor settled by a guess unseen."""

from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal

import pytest
from sqlalchemy import select

from cellhub.calls.models import Call
from cellhub.domain.settlement import CallState
from cellhub.local import softswitch
from cellhub.money.reviewing import settle_review
from cellhub.switch.sipp import call
from tests.calls.conftest import NUMBER, ended, price
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.calls

CALLERS_SHARE = Decimal("0.25")
"""Seconds by which the caller's own channel may be up longer or shorter than the leg: its part of the way."""


@contextmanager
def no_evidence(switch):
    """For the block the folder of the legs' files is not there."""
    folder = softswitch.folders(switch.machine.installation).spool
    away = folder.with_name(f"{folder.name}-away")
    folder.rename(away)
    try:
        yield
    finally:
        away.rename(folder)


def test_an_answered_call_without_a_line_is_put_in_review_with_its_callers_seconds(
    switch, subscriber, far_ends
):
    def doubted():
        mine = select(Call).where(Call.account_id == subscriber.account_id)
        with switch.books() as session:
            return [one for one in session.scalars(mine) if one.state == CallState.REVIEW]

    with no_evidence(switch), far_ends("200") as (far,):
        assert call(subscriber.phone, NUMBER, talk_seconds=2.0).code == 200
        (seen,) = far.wait_for(ended)
        (one,) = wait_for(doubted, "the call is in review")
    readings = one.story["review"]["readings"]
    assert abs(Decimal(readings["hangup report"]) - Decimal(str(seen.talk_seconds))) <= CALLERS_SHARE
    assert subscriber.charges == []
    assert subscriber.money[1] > 0
    with switch.books() as session:
        settle_review(session, switch.actor, one.call_id, seconds=Decimal(2), note="The disk was full.")
    assert subscriber.charges == [-price(Decimal(2))]
    assert subscriber.money[1] == 0
