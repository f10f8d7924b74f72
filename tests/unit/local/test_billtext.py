"""What a person reads after 'make call', and what a script does."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from cellhub.calls.models import Cdr, Disposition
from cellhub.charging.prices import as_json, steps_as_json
from cellhub.domain.rating import Price, cost, steps
from cellhub.local.bill import Balance, Bill, Entry, Share, Tried
from cellhub.local.billtext import announcement, document, text
from cellhub.local.testcall import Order, Placed
from cellhub.switch.sipp import CallOutcome

PRICE = Price(Decimal("0.024"), initial_block=30, billing_block=6, connect_charge=Decimal("0.002"))
TALKED = Decimal("31.250")
COST = cost(TALKED, PRICE)


def rate(prefix, destination, reason=""):
    told = {"deck": "Retail", "prefix": prefix, "destination": destination, "price": as_json(PRICE)}
    return told | {"chosen": not reason, "reason": reason}


RATES = [
    rate("905", "Turkey Mobile"),
    rate("90", "Turkey", "shorter than 905"),
    rate("9", "Asia", "shorter than 905"),
    rate("905", "Turkey Mobile", "default deck not reached"),
]


@pytest.fixture
def answered():
    record = Cdr(
        call_id="0123456789abcdef" * 2,
        verdict="ok",
        disposition=Disposition.ANSWERED,
        code=200,
        trunk="demo-backup",
        billsec=TALKED,
        costs=[COST],
        story={"rates": RATES},
    )
    share = Share("Harbour Office", COST, tuple(steps_as_json(steps(TALKED, PRICE))))
    entry = Entry("Harbour Office", -COST, Decimal(20) - COST)
    return Bill(record, (Tried("demo-far-end", 503), Tried("demo-backup", 200)), (entry,), (share,))


@pytest.fixture
def refused():
    story = {"rates": RATES, "refusal": {"verdict": "no_credit", "reason": "Harbour Office has 0 available."}}
    record = Cdr(
        call_id="f" * 32,
        verdict="no_credit",
        disposition=Disposition.FAILED,
        code=402,
        trunk="",
        billsec=Decimal("0.000"),
        costs=[Decimal(0)],
        story=story,
    )
    return Bill(record, (), (), ())


def balance(amount):
    return (Balance(3, "Harbour Office", Decimal(amount)),)


def placed_as_told(bill):
    outcomes = (CallOutcome(200, 212, 31.252),)
    return Placed(Order(seconds=31.25), outcomes, (bill,), balance("20.000000"), balance("19.983600"))


def test_the_bill_of_an_answered_call(answered):
    assert text(placed_as_told(answered)).splitlines() == [
        "  Phone     200, rang after 212 ms, talked 31.252 s",
        "  Verdict   ok",
        "  Rate      905 Turkey Mobile, 0.024000 a minute; 90 and 9: shorter than 905",
        "  Trunk     demo-far-end 503, then demo-backup 200",
        "  Record    ANSWERED, 31.250 s talked, 36 s billed",
        "  Price     Harbour Office: 30 + 1 × 6 = 36 s; 36 s × 0.024000 / 60 = 0.0144; "
        "connect charge 0.002; cost 0.016400",
        "  Ledger    Harbour Office -0.016400",
        "  Balance   Harbour Office 20.000000 -> 19.983600",
    ]


def test_a_refused_call_says_why_and_what_the_phone_should_have_heard(refused):
    placed = Placed(
        Order(), (CallOutcome(402, None, None),), (refused,), balance("0.000000"), balance("0.000000")
    )
    assert text(placed).splitlines() == [
        "  Phone     402",
        "  Verdict   no_credit Harbour Office has 0 available.",
        "  Rate      905 Turkey Mobile, 0.024000 a minute; 90 and 9: shorter than 905",
        "  Record    FAILED",
        "  Balance   Harbour Office 0.000000 -> 0.000000",
        "",
        "Not as told: each phone should have heard 200.",
    ]


def test_a_call_without_a_record_is_told():
    placed = Placed(Order(), (CallOutcome(None, None, None),), (), balance("1.000000"), balance("1.000000"))
    assert text(placed).splitlines() == [
        "  Phone     no answer",
        "  Balance   Harbour Office 1.000000 -> 1.000000",
        "",
        "Not as told: each phone should have heard 200.",
        "Within 10 s, 1 of 1 calls came to no record.",
    ]


def test_several_calls_have_a_line_each_and_their_sums(answered, refused):
    outcomes = (CallOutcome(200, 200, 31.2), CallOutcome(402, None, None))
    placed = Placed(
        Order(parallel=2), outcomes, (answered, refused), balance("20.000000"), balance("19.983600")
    )
    assert text(placed).splitlines()[:5] == [
        "  Call      01234567 ok, ANSWERED, 31.250 s talked, 36 s billed, "
        "demo-far-end 503, then demo-backup 200, 0.016400",
        "            ffffffff no_credit, FAILED",
        "  Sum       2 calls, 31.250 s talked, ledger -0.016400",
        "  Phones    1 × 200, 1 × 402",
        "  Balance   Harbour Office 20.000000 -> 19.983600",
    ]


def test_amounts_are_strings_for_scripts(answered):
    told = json.loads(document(placed_as_told(answered)))
    (call,) = told["calls"]
    assert told["as_told"] is True
    assert (call["seconds"], call["billed_seconds"]) == ("31.250", 36)
    assert call["attempts"] == [
        {"trunk": "demo-far-end", "code": 503},
        {"trunk": "demo-backup", "code": 200},
    ]
    assert call["ledger"] == [
        {"account": "Harbour Office", "amount": "-0.016400", "balance_after": "19.983600"}
    ]
    assert told["balances"] == [{"account": "Harbour Office", "before": "20.000000", "after": "19.983600"}]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (Order(), "harbour-1 calls 905551234567 for 5 s; the far end answers.\n"),
        (
            Order(answers=("503", "silence"), parallel=3),
            "harbour-1 calls 905551234567 for 5 s, 3 times at once; the far end refuses with 503, "
            "that of the second trunk stays silent.\n",
        ),
    ],
)
def test_what_is_about_to_happen(order, said):
    assert announcement(order) == said


def test_what_the_record_cannot_show_of_a_second_is_billed_too(answered):
    answered.record.billsec = Decimal("36.000")
    answered.record.story |= {"settlement": {"seconds": "36.000303"}}
    assert answered.billed == 42
