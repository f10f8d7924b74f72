"""The check over AGI: what the dialplan hears of a verdict, and who pays when nobody heard it."""

from __future__ import annotations

import socket
from dataclasses import replace
from decimal import Decimal

import pytest
from cellhub_agi.calls import Calls
from cellhub_agi.entries.check import CheckEntry, granted_variables, refused_variables
from structlog.testing import capture_logs

from cellhub.charging.books import Books
from cellhub.charging.connections import Connections
from cellhub.charging.verdicts import Granted, Refused, Request
from cellhub.domain.admission import MEANINGS, Verdict
from cellhub.domain.rating import Price
from cellhub.domain.routing import Attempt
from cellhub.domain.settlement import Payer
from tests.factories.routes import open_group
from tests.fakes.agi import RAN, ask, environment, send
from tests.fixtures.installation import free_ports
from tests.fixtures.shop import NUMBER, POD
from tests.fixtures.switch import wait_for

FIRST_HOLD = Decimal("0.026000")


class Desk:
    """A check entry served over FastAGI, and all that it did beside answering."""

    def __init__(self, shop, serve):
        self.shop = shop
        self.calls = Calls()
        self.released, self.recorded = [], []
        entry = CheckEntry(shop.checker, self.calls, self.released.append, self.recorded.append)
        self.port = serve({"check": entry}).port

    def ask(self, call_id, dialled=NUMBER, endpoint="north-101", *more, **others):
        """Check a call as the dialplan does, and return the variables of its channel."""
        return ask(self.port, call_id, dialled, endpoint, *more, **others).variables


@pytest.fixture
def desk(shop, serve):
    return Desk(shop, serve)


def test_a_positive_verdict_tells_how_to_dial_and_repeats_the_call_id_last(desk, call_id):
    heard = desk.ask(call_id)
    assert heard == {
        "BILLINGRESULT": "ok",
        "CELLHUB_TRUNK_CSV": "north-carrier",
        "CELLHUB_NUMBER_1": NUMBER,
        "CELLHUB_CALLERID_1": "",
        "CELLHUB_RING_1": "60",
        "CELLHUB_SLICE": "60",
        "CELL_VERDICT": f"ok {call_id}",
    }
    assert list(heard)[-1] == "CELL_VERDICT"
    assert (desk.released, desk.recorded) == ([], [])


def test_a_groups_own_failover_codes_are_told(desk, call_id):
    open_group(desk.shop, "north-carrier", codes="603,5..")
    assert desk.ask(call_id)["CELLHUB_FAILOVER"] == "100|603|5.."


def test_the_call_is_then_known_to_the_agent_with_its_channel(desk, call_id):
    desk.ask(call_id)
    call = desk.calls.get(call_id)
    assert (call.paid_seconds, call.life_seconds) == (60, 122)
    assert (call.caller_channel, call.answered_at) == ("PJSIP/north-101-00000001", None)


@pytest.mark.parametrize(
    ("change", "dialled", "verdict"),
    [
        ("SELECT 1", "33123456789", Verdict.NO_RATE),
        ("SELECT 1", "12a4", Verdict.INVALID),
        ("UPDATE account SET balance = 0", NUMBER, Verdict.NO_CREDIT),
        ("UPDATE account SET status = 'suspended'", NUMBER, Verdict.SUSPENDED),
        ("UPDATE trunk SET active = false", NUMBER, Verdict.NO_TRUNK),
    ],
)
def test_a_refusal_tells_its_sip_code_and_no_way_to_dial(desk, call_id, change, dialled, verdict):
    desk.shop.do(change)
    assert desk.ask(call_id, dialled) == {
        "BILLINGRESULT": verdict.value,
        "CELLHUB_SIP_CODE": str(MEANINGS[verdict].sip_code),
    }
    (record,) = wait_for(lambda: desk.recorded, "the refusal is recorded")
    assert (record["call_id"], record["verdict"], record["dialled"]) == (call_id, verdict.value, dialled)
    assert (len(desk.calls), desk.released) == (0, [])


@pytest.mark.parametrize("endpoint", ["south-101", "", "north-101' OR 1=1 --", "NORTH-101"])
def test_an_endpoint_that_is_nobodys_here_is_refused_and_not_recorded(desk, call_id, endpoint):
    assert desk.ask(call_id, endpoint=endpoint) == {"BILLINGRESULT": "error", "CELLHUB_SIP_CODE": "500"}
    assert desk.recorded == []


def test_a_forged_tenant_account_or_identity_is_ignored(shop, desk, call_id):
    south = shop.one("SELECT max(id) FROM tenant")
    forged = {"tenant": str(south), "accountcode": "south", "callerid": "900", "calleridname": "south-101"}
    desk.ask(call_id, NUMBER, "north-101", str(south), "south-101", **forged, tenant_id=str(south))
    assert shop.rows("SELECT tenant_id, sip_user, source FROM call") == [
        (shop.company.tenant.id, "north-101", "900")
    ]
    assert shop.money(shop.company.client.id)[1] == FIRST_HOLD


def test_a_caller_that_hung_up_during_the_check_is_released(desk, call_id):
    with socket.create_connection(("127.0.0.1", desk.port)) as asterisk:
        asterisk.sendall(environment(call_id, NUMBER, "north-101"))
    assert wait_for(lambda: desk.released, "the call is released") == [call_id]


@pytest.mark.parametrize(
    "replies",
    [[RAN] * 6, [RAN] * 6 + [b"511 Command Not Permitted on a dead channel\n"], [b"HANGUP\n"], []],
    ids=["one missing", "one refused", "hung up", "none"],
)
def test_a_verdict_that_was_not_taken_whole_is_released(desk, call_id, replies):
    heard = send(desk.port, environment(call_id, NUMBER, "north-101"), replies)
    assert heard.variables["CELL_VERDICT"] == f"ok {call_id}"
    assert wait_for(lambda: desk.released, "the call is released") == [call_id]


def test_a_verdict_of_which_nobody_says_whether_it_was_taken_keeps_its_hold(desk, call_id):
    with capture_logs() as logs, socket.create_connection(("127.0.0.1", desk.port)) as asterisk:
        asterisk.sendall(environment(call_id, NUMBER, "north-101"))
        heard = b"".join(iter(lambda: asterisk.recv(4096), b""))
        assert f"ok {call_id}".encode() in heard
        wait_for(lambda: "check.no_replies" in [log["event"] for log in logs], "it was given up")
    assert (desk.released, len(desk.calls)) == ([], 1)


def test_a_refusal_that_nobody_heard_is_recorded_all_the_same(desk, call_id):
    with socket.create_connection(("127.0.0.1", desk.port)) as asterisk:
        asterisk.sendall(environment(call_id, "33123456789", "north-101"))
    (record,) = wait_for(lambda: desk.recorded, "the refusal is recorded")
    assert record["verdict"] == "no_rate"


def test_a_call_id_that_was_checked_before_gets_no_second_verdict(shop, desk, call_id):
    desk.ask(call_id)
    assert desk.ask(call_id) == {"BILLINGRESULT": "error", "CELLHUB_SIP_CODE": "500"}
    assert shop.money(shop.company.client.id)[1] == FIRST_HOLD


def test_without_a_database_the_call_is_refused_at_once(shop, serve, call_id):
    (port,) = free_ports(1)
    nowhere = Connections(f"postgresql+psycopg2://x:x@127.0.0.1:{port}/x", application="tests", size=1)
    desk = Desk(replace(shop, books=Books(nowhere, "north")), serve)
    assert desk.ask(call_id) == {"BILLINGRESULT": "error", "CELLHUB_SIP_CODE": "500"}
    assert (len(desk.calls), desk.recorded, desk.released) == (0, [], [])


def test_every_attempt_has_its_own_number_caller_id_and_ring_limit():
    attempts = (Attempt("first", "00905", "902125550164", 20), Attempt("second", "905", "", 60))
    payers = (Payer(1, Price(Decimal(1)), Decimal(1)),)
    granted = Granted(Request("a" * 32, "north-101", "905"), "905", attempts, payers, 30, True, 112)
    assert list(granted_variables(granted)) == [
        ("BILLINGRESULT", "ok"),
        ("CELLHUB_TRUNK_CSV", "first,second"),
        ("CELLHUB_NUMBER_1", "00905"),
        ("CELLHUB_CALLERID_1", "902125550164"),
        ("CELLHUB_RING_1", 20),
        ("CELLHUB_NUMBER_2", "905"),
        ("CELLHUB_CALLERID_2", ""),
        ("CELLHUB_RING_2", 60),
        ("CELLHUB_SLICE", 30),
        ("CELL_VERDICT", "ok " + "a" * 32),
    ]


@pytest.mark.parametrize(
    ("caps", "asked"), [("...", []), ("C..", [2]), (".C.", [2, 3]), ("..C", [3]), ("CCC", [2, 3])]
)
def test_a_place_is_asked_for_where_a_trunk_or_the_one_before_it_has_a_cap(caps, asked):
    attempts = tuple(Attempt(f"t{n}", "905", "", 60, capped=cap == "C") for n, cap in enumerate(caps))
    payers = (Payer(1, Price(Decimal(1)), Decimal(1)),)
    granted = Granted(Request("a" * 32, "north-101", "905"), "905", attempts, payers, 30, True, 112)
    told = [name for name, _ in granted_variables(granted) if name.startswith("CELLHUB_MOVE_")]
    assert told == [f"CELLHUB_MOVE_{place}" for place in asked]


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.OK])
def test_every_refusal_sets_its_word_and_its_code_and_nothing_else(verdict):
    refused = Refused(Request("a" * 32, "north-101", "905"), verdict, "")
    assert list(refused_variables(refused)) == [
        ("BILLINGRESULT", verdict.value),
        ("CELLHUB_SIP_CODE", MEANINGS[verdict].sip_code),
    ]


def test_the_pod_of_a_call_is_the_agents_own(shop, desk, call_id):
    desk.ask(call_id)
    assert shop.rows("SELECT pod, caller_channel FROM call") == [(POD, "PJSIP/north-101-00000001")]
