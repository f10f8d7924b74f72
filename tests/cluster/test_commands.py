"""Commands that look after calls and accounts, run beside the portal in its pod, on a call that was made."""

from __future__ import annotations

import json

import pytest

from cellhub.accounts.models import AccountFreeze
from cellhub.charging.books import SessionBooks
from cellhub.charging.reviewing import doubted_calls
from tests.cluster.voice import NUMBER, OK

pytestmark = pytest.mark.timeout(300)

WHY = "The tests say so."


@pytest.fixture
def command(north, exchange):
    """Run a command for the tenant north."""
    return lambda *words: exchange.installed.run("env", "CELLHUB_TENANT=north", "cellhub", *words)


def test_a_call_is_explained_priced_again_and_looked_for_among_those_in_review(north, command):
    office, before = north.office, len(north.office.records())
    assert office.call(0.5).code == OK
    (record,) = office.new_records(before)
    explained = command("explain", "--call", record.call_id)
    assert (record.call_id in explained, NUMBER in explained) == (True, True)
    day = record.started_at.date().isoformat()
    priced = command("rerate", "--from", day, "--until", day, "--account", "north client").splitlines()
    assert priced[-1] == "  0 calls differ."
    with office.books() as session:
        doubted = [one.call_id for one in doubted_calls(SessionBooks(session))]
    assert [one["call_id"] for one in json.loads(command("review", "--json"))] == doubted


def test_an_account_that_was_stopped_calls_again_after_the_command(north, command):
    office = north.office
    with office.books() as session:
        freeze = {"tenant_id": office.tenant_id, "account_id": office.account_id, "rule": "calls_per_minute"}
        session.add(AccountFreeze(**freeze, reason=WHY))
    refused = office.call(0.1).code
    told = command("thaw", "north client")
    assert told == f"north client may call again. It was stopped because: {WHY}\n"
    assert (refused, office.call(0.1).code) == (403, OK)
