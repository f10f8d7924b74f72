"""Calls and their bills as a person reads them in the terminal, and as scripts do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from itertools import groupby
from typing import Any

from cellhub.local.bill import Bill, Share
from cellhub.local.report import INDENT
from cellhub.local.testcall import ANSWER, BOOKED_SECONDS, Order, Placed
from cellhub.switch.sipp import CallOutcome
from cellhub.switch.sipp.far_end import EARLY, RING, SILENCE

FAR_ENDS = {
    ANSWER: "answers",
    RING: "rings without an answer",
    EARLY: "plays a tone without an answer",
    SILENCE: "stays silent",
}
# The arithmetic's first line repeats the seconds, its last one the cost.
MIDDLE = slice(1, -1)
CONNECT_CHARGE = "Connect charge"

Rows = list[tuple[str, str]]


def announcement(order: Order) -> str:
    """Say what is about to happen."""
    times = f", {order.parallel} times at once" if order.parallel > 1 else ""
    first, second = (FAR_ENDS.get(answer, f"refuses with {answer}") for answer in order.answers)
    backup = "" if order.answers[0] == ANSWER else f", that of the second trunk {second}"
    return (
        f"{order.sip_user} calls {order.number} for {order.seconds:g} s{times}; "
        f"the far end {first}{backup}.\n"
    )


def text(placed: Placed) -> str:
    """Write the bill of one call, or a line for each of several and their sums."""
    rows = _bill(placed) if placed.order.parallel == 1 else _sums(placed)
    lines = [f"{INDENT}{name:<9} {value}".rstrip() for name, value in _once(rows)]
    return "\n".join([*lines, *_complaint(placed)])


def document(placed: Placed) -> str:
    """Write everything as JSON; amounts and charged seconds are strings."""
    told = {
        "number": placed.order.number,
        "sip_user": placed.order.sip_user,
        "far_end_answers": placed.order.answers,
        "expected_code": placed.order.expected_code,
        "as_told": placed.as_told,
        "phone": [asdict(outcome) for outcome in placed.outcomes],
        "calls": [_call(bill) for bill in placed.bills],
        "balances": [
            {"account": before.account, "before": str(before.amount), "after": str(after.amount)}
            for before, after in zip(placed.before, placed.after, strict=True)
        ],
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def _bill(placed: Placed) -> Rows:
    rows = [("Phone", _heard(placed.outcomes[0]))]
    for bill in placed.bills:
        rows += [("Verdict", f"{bill.record.verdict} {bill.refusal}".rstrip()), *_rate(bill), *_trunks(bill)]
        rows += [("Record", _record(bill)), *_prices(bill.shares), *_ledger(bill)]
    return rows + _balances(placed)


def _heard(outcome: CallOutcome) -> str:
    parts = [str(outcome.code or "no answer")]
    if outcome.ring_ms is not None:
        parts.append(f"rang after {outcome.ring_ms} ms")
    if outcome.talk_seconds is not None:
        parts.append(f"talked {outcome.talk_seconds:.3f} s")
    return ", ".join(parts)


def _rate(bill: Bill) -> Rows:
    if not bill.rates or not bill.rates[0]["chosen"]:
        return []
    chosen, *losers = _distinct(bill.rates)
    name = f"{chosen['prefix']} {chosen['destination']}, {Decimal(chosen['price']['rate']):.6f} a minute"
    lost = [
        f"{_listed([rate['prefix'] for rate in rates])}: {reason}"
        for reason, rates in groupby(losers, key=lambda rate: rate["reason"])
    ]
    return [("Rate", "; ".join([name, *lost]))]


def _distinct(rates: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Name a rate once, though its deck may serve both as the plan's and as the default."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for rate in rates:
        told.setdefault((rate["deck"], rate["prefix"]), rate)
    return told.values()


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _trunks(bill: Bill) -> Rows:
    answers = [f"{one.trunk} {one.code or 'no answer'}" for one in bill.attempts]
    return [("Trunk", ", then ".join(answers))] if answers else []


def _record(bill: Bill) -> str:
    if not bill.record.billsec:
        return str(bill.record.disposition)
    return f"{bill.record.disposition}, {bill.record.billsec:.3f} s talked, {bill.billed} s billed"


def _prices(shares: Iterable[Share]) -> Rows:
    return [("Price", f"{share.account}: {_arithmetic(share)}") for share in shares if share.cost]


def _arithmetic(share: Share) -> str:
    lines = [_step(step) for step in share.steps[MIDDLE]]
    return "; ".join([*lines, f"cost {share.cost:.6f}"])


def _step(step: dict[str, Any]) -> str:
    if step["amount"] is None:
        return str(step["text"])
    amount = f"{Decimal(step['amount']).normalize():f}"
    return f"connect charge {amount}" if step["label"] == CONNECT_CHARGE else f"{step['text']} = {amount}"


def _ledger(bill: Bill) -> Rows:
    return [("Ledger", f"{entry.account} {entry.amount:+.6f}") for entry in bill.entries]


def _balances(placed: Placed) -> Rows:
    return [
        ("Balance", f"{before.account} {before.amount:.6f} -> {after.amount:.6f}")
        for before, after in zip(placed.before, placed.after, strict=True)
    ]


def _sums(placed: Placed) -> Rows:
    rows = [
        ("Call", f"{bill.record.call_id[:8]} {bill.record.verdict}, {_line(bill)}") for bill in placed.bills
    ]
    seconds = sum((bill.record.billsec for bill in placed.bills), Decimal(0))
    booked = sum((entry.amount for bill in placed.bills for entry in bill.entries), Decimal(0))
    rows.append(("Sum", f"{len(placed.bills)} calls, {seconds:.3f} s talked, ledger {booked:+.6f}"))
    return [*rows, ("Phones", _codes(placed)), *_balances(placed)]


def _line(bill: Bill) -> str:
    cost = f", {bill.record.costs[-1]:.6f}" if bill.record.billsec else ""
    return ", ".join(filter(None, [_record(bill), *(value for _, value in _trunks(bill))])) + cost


def _codes(placed: Placed) -> str:
    codes = sorted(str(outcome.code or "no answer") for outcome in placed.outcomes)
    return ", ".join(f"{len(list(same))} × {code}" for code, same in groupby(codes))


def _once(rows: Rows) -> Rows:
    """Leave a name out where the row above has it already."""
    names = [""] + [name for name, _ in rows]
    return [("" if name == above else name, value) for above, (name, value) in zip(names, rows, strict=False)]


def _complaint(placed: Placed) -> list[str]:
    if placed.as_told:
        return []
    lines = ["", f"Not as told: each phone should have heard {placed.order.expected_code}."]
    missing = placed.order.parallel - len(placed.bills)
    if missing:
        lines.append(
            f"Within {BOOKED_SECONDS:.0f} s, {missing} of {placed.order.parallel} calls came to no record."
        )
    return lines


def _call(bill: Bill) -> dict[str, Any]:
    record = bill.record
    return {
        "call_id": record.call_id,
        "verdict": record.verdict,
        "refusal": bill.refusal,
        "rates": bill.rates,
        "attempts": [asdict(one) for one in bill.attempts],
        "trunk": record.trunk,
        "disposition": str(record.disposition),
        "code": record.code,
        "seconds": str(record.billsec),
        "billed_seconds": bill.billed,
        "prices": [asdict(share) | {"cost": str(share.cost)} for share in bill.shares],
        "ledger": [_entry(entry.account, entry.amount, entry.balance_after) for entry in bill.entries],
    }


def _entry(account: str, amount: Decimal, balance_after: Decimal) -> dict[str, str]:
    return {"account": account, "amount": str(amount), "balance_after": str(balance_after)}
