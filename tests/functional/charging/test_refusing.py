"""Each refusal over the agent's own socket: its BILLINGRESULT, its SIP code, and its row in Failed Calls."""

from __future__ import annotations

from decimal import Decimal

import pytest
from cellhub_agi.calls import Calls
from cellhub_agi.entries.check import CheckEntry
from cellhub_agi.server import FastAgiServer

from cellhub.charging.checking import record_refusal
from cellhub.domain.admission import Verdict
from tests.factories.routes import open_group, open_provider
from tests.fakes.agi import ask
from tests.fixtures.shop import NUMBER
from tests.fixtures.switch import wait_for

CALL_ID = "0123456789abcdef" * 2
FREEZE = (
    "INSERT INTO account_freeze (tenant_id, account_id, rule, reason) "
    "SELECT tenant_id, id, 'spend', 'Too much.' FROM account"
)
BLACK = "INSERT INTO caller_number (tenant_id, kind, number) SELECT id, 'black', '902125550100' FROM tenant"
RESTRICTED = "INSERT INTO restricted_number (tenant_id, prefix) SELECT id, '9055' FROM tenant"
# However slow the machine: the running call has begun within the last second.
JUST_NOW = "UPDATE call SET authorised_at = now() + interval '1 minute'; "
QUOTA = (
    "WITH made AS (INSERT INTO account_group (tenant_id, name, kind, quota) "
    "SELECT id, 'together', 'quota', 0.001 FROM tenant WHERE slug = 'north' RETURNING id) "
    "UPDATE account SET group_id = made.id FROM made WHERE name = 'north client'"
)

REFUSALS = [
    # what is changed once a call is running, what is dialled, and the verdict, its SIP code and disposition
    ("UPDATE account SET balance = 0", NUMBER, (Verdict.NO_CREDIT, 402, "FAILED")),
    ("SELECT 1", "33123456789", (Verdict.NO_RATE, 503, "CONGESTION")),
    ("UPDATE trunk SET active = false", NUMBER, (Verdict.NO_TRUNK, 502, "CONGESTION")),
    ("UPDATE trunk SET max_channels = 1", NUMBER, (Verdict.NO_TRUNK, 502, "CONGESTION")),
    (JUST_NOW + "UPDATE trunk SET calls_per_second = 1", NUMBER, (Verdict.NO_TRUNK, 502, "CONGESTION")),
    (RESTRICTED, NUMBER, (Verdict.BLOCKED, 603, "FAILED")),
    ("UPDATE sip_user SET allow_list = true", NUMBER, (Verdict.BLOCKED, 603, "FAILED")),
    (BLACK, NUMBER, (Verdict.CALLERID, 606, "FAILED")),
    (BLACK.replace("black", "white").replace("2", "1"), NUMBER, (Verdict.CALLERID, 606, "FAILED")),
    ("UPDATE account SET max_calls = 1", NUMBER, (Verdict.MAX_CALLS, 486, "BUSY")),
    (JUST_NOW + "UPDATE account SET calls_per_second = 1", NUMBER, (Verdict.MAX_CALLS, 486, "BUSY")),
    ("UPDATE sip_user SET max_calls = 1", NUMBER, (Verdict.MAX_CALLS, 486, "BUSY")),
    ("UPDATE tenant SET max_calls = 1", NUMBER, (Verdict.MAX_CALLS, 486, "BUSY")),
    ("UPDATE account SET status = 'suspended'", NUMBER, (Verdict.SUSPENDED, 403, "FAILED")),
    ("UPDATE account SET status = 'blocked'", NUMBER, (Verdict.SUSPENDED, 403, "FAILED")),
    ("UPDATE account SET expires_at = now()", NUMBER, (Verdict.SUSPENDED, 403, "FAILED")),
    ("UPDATE sip_user SET enabled = false", NUMBER, (Verdict.SUSPENDED, 403, "FAILED")),
    (FREEZE, NUMBER, (Verdict.SUSPENDED, 403, "FAILED")),
    ("UPDATE account SET spend_cap = 0.001", NUMBER, (Verdict.SPEND_CAP, 480, "FAILED")),
    (QUOTA, NUMBER, (Verdict.SPEND_CAP, 480, "FAILED")),
    ("UPDATE rate SET rate = 9 WHERE destination = '905'", NUMBER, (Verdict.LOSS, 488, "FAILED")),
    ("SELECT 1", "+", (Verdict.INVALID, 484, "FAILED")),
]


@pytest.fixture
def desk(shop):
    """The check of the agent on a socket of its own; the refusals are recorded as they come."""
    recorded = []

    def record(refusal):
        record_refusal(shop.books, refusal)
        record_refusal(shop.books, refusal)  # told twice it is recorded once
        recorded.append(refusal["call_id"])

    entry = CheckEntry(shop.checker, Calls(), lambda call_id: None, record)
    server = FastAgiServer(0, {"check": entry})
    server.start()
    yield server.port, recorded
    server.stop()


@pytest.mark.parametrize(("change", "dialled", "meaning"), REFUSALS)
def test_each_refusal_tells_its_word_and_its_code_and_is_recorded_once(shop, desk, change, dialled, meaning):
    open_provider(shop, "carrier", {"905": "0.001"})
    open_group(shop, "carrier")
    shop.call()
    shop.do(change)
    held = shop.money(shop.company.client.id)[1]
    port, recorded = desk
    verdict, code, disposition = meaning
    heard = ask(port, CALL_ID, dialled, "north-101").variables
    assert heard == {"BILLINGRESULT": verdict.value, "CELLHUB_SIP_CODE": str(code)}
    wait_for(lambda: recorded == [CALL_ID], "the refusal is recorded")
    [(*written, story)] = shop.rows(
        "SELECT verdict, disposition, code, costs, sip_user, dialled, billsec, answered_at, story "
        "FROM cdr WHERE call_id = :id",
        id=CALL_ID,
    )
    assert written == [verdict.value, disposition, code, [Decimal(0)], "north-101", dialled, Decimal(0), None]
    assert story["refusal"]["verdict"] == verdict.value
    assert story["refusal"]["reason"]
    assert shop.rows("SELECT 1 FROM call WHERE call_id = :id", id=CALL_ID) == []
    assert shop.money(shop.company.client.id)[1] == held


def test_no_verdict_is_left_out():
    assert {verdict for _, _, (verdict, _, _) in REFUSALS} == set(Verdict) - {Verdict.OK, Verdict.ERROR}
