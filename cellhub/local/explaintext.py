"""The explanation of a call as a person reads it in the terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from cellhub.charging.explaining import Part
from cellhub.local.report import INDENT

Rows = list[tuple[str, str]]
WIDTH = 10
SOURCES = {
    "group": "the SIP user's trunk group",
    "sip_user": "the SIP user's own trunk",
    "rate": "the rate's trunk",
    "default": "the active trunks by their priority",
}
"""Why these trunks, in words; another source stands as it is."""

DONE = {
    "notify": "it was told, and the call went on",
    "block": "the account was frozen",
    "hang_up": "the account was frozen and its running calls were ended",
}
"""What the brake on fraud did, in words."""

TOLD = ("calls", "max_calls", "name", "username", "account_id", "account", "status", "margin", "purse_id")
"""What of a payer's limits has words of its own, here or elsewhere; the others are listed by their names."""


def text(told: Part) -> str:
    """Write what :mod:`cellhub.calls.telling` tells, a line for each fact."""
    rows = [
        *_verdict(told),
        *_number(told["number"]),
        *_alarm(told["alarm"]),
        *_prices(told["prices"]),
        *_limits(told["limits"]),
        *_hold(told["hold"]),
        *_trunks(told["trunks"]),
        *_attempts(told["attempts"]),
        *_course(told["call"]),
        *_review(told["review"]),
        *_charge(told["charge"]),
        *_late(told["late"]),
        *_bought(told["bought"]),
        *_running(told),
        *_ledger(told),
    ]
    return "\n".join(
        [_headline(told["call"]), *(f"{INDENT}{name:<{WIDTH}} {value}" for name, value in _once(rows))]
    )


def _headline(call: Part) -> str:
    if call["state"] == "IMAGINED":
        return f"If {call['sip_user']} dialled {call['dialled']} at {_moment(call['started_at'])}:"
    dialled = f"{call['sip_user']} dialled {call['dialled']} at {_moment(call['started_at'])}"
    return f"Call {call['call_id']}: {dialled}"


def _verdict(told: Part) -> Rows:
    verdict = told["verdict"]
    if told["emergency"] and not verdict["reason"]:
        freely = "an emergency number passes whatever stands against it and costs nobody anything"
        return [("Verdict", f"{verdict['verdict']}: {freely}")]
    if not verdict["reason"]:
        return [("Verdict", f"{verdict['verdict']}: {verdict['sentence']}")]
    heard = f"{verdict['verdict']}, the phone hears {verdict['sip_code']}: {verdict['sentence']}"
    return [("Verdict", heard), ("Verdict", verdict["reason"])]


def _number(number: Part) -> Rows:
    if not number:
        return []
    rules = [f"{word} {number[word]}" for word in ("strip", "add") if number[word]]
    how = f"by the SIP user's rule ({', then '.join(rules)})" if rules else "with no rule to change it"
    return [("Number", f"{number['dialled']} dialled, {how}: {number['number']}")]


def _alarm(alarm: Part) -> Rows:
    if not alarm:
        return []
    rule = f"the brake's rule {alarm['rule'].replace('_', ' ')}: {alarm['reason']}"
    return [("Brake", rule), ("Brake", DONE.get(alarm["action"], str(alarm["action"])))]


def _prices(prices: list[Part]) -> Rows:
    above = ["", *(payer["account"] for payer in prices)]
    return [row for payer, seller in zip(prices, above, strict=False) for row in _price(payer, seller)]


def _price(payer: Part, seller: str) -> Rows:
    won = [_winner(one) for one in payer["rates"] if one["chosen"]]
    lost = [one for one in payer["rates"] if not one["chosen"]]
    how = won[0] if won else _without_rate(payer, seller)
    return [
        ("Price", f"{payer['account']} {how}"),
        *(("Price", f"{INDENT}not {_rate(one)}: {one['reason']}") for one in lost),
    ]


def _without_rate(payer: Part, seller: str) -> str:
    if payer["margin"] is None:
        return "has no rate for this number"
    percent = f"{Decimal(payer['margin']) * 100:f}".rstrip("0").rstrip(".")
    return f"pays what {seller} pays and a margin of {percent or 0} %"


def _winner(rate: Part) -> str:
    price = rate["price"]
    blocks = f"{price['initial_block']} s first, then by {price['billing_block']} s"
    charge = Decimal(price["connect_charge"])
    parts = [_rate(rate), f"a minute {_money(price['rate'])}", blocks]
    parts += [f"connect charge {_money(charge)}"] if charge else []
    parts += [f"free below {price['minimum_seconds']} s"] if price["minimum_seconds"] else []
    return "pays " + ", ".join(parts)


def _rate(rate: Part) -> str:
    return f"{rate['prefix']} {rate['destination']} of {rate['deck']} ({rate['source'].replace('_', ' ')})"


def _limits(limits: Part) -> Rows:
    if not limits:
        return []
    caller = limits["sip_user"]
    rows = [("Limits", f"SIP user {caller['username']}: {_calls(caller)}")]
    rows += [("Limits", f"{one['name']}: {one['status']}, {_limited(one)}") for one in limits["accounts"]]
    if "tenant" in limits:
        rows.append(("Limits", f"all customers together: {_limited(limits['tenant'])}"))
    return rows


def _limited(one: Part) -> str:
    # The money that may be spent first, then what it is made of and the other bounds.
    names = sorted((name for name in one if name not in TOLD), key=lambda name: name != "available")
    return ", ".join([_calls(one), *(f"{name.replace('_', ' ')} {one[name]}" for name in names)])


def _calls(one: Part) -> str:
    if "max_calls" not in one:
        return "no limit of calls"
    return f"{one.get('calls', 0)} of {one['max_calls']} calls running"


def _hold(hold: Part) -> Rows:
    if not hold:
        return []
    end = ", where the money ends" if hold["last"] else ""
    rows = [("Hold", f"the first {hold['slice_seconds']} s{end}")]
    for one in hold["payers"]:
        rows += [("", f"{one['account']} holds {_money(one['held'])}"), *_arithmetic(one["steps"])]
    return rows


def _trunks(trunks: Part) -> Rows:
    if not trunks:
        return []
    rows = [("Trunks", SOURCES.get(trunks["source"], str(trunks["source"])) + _group(trunks.get("group")))]
    for place, one in enumerate(trunks["attempts"], start=1):
        shown = f" as {one['caller_id']}" if one["caller_id"] else ""
        rings = f"rings up to {one['ring_seconds']} s{_buy(one.get('buy'))}"
        rows.append(("", f"{place}. {one['trunk']}: {one['number']}{shown}, {rings}"))
    return [*rows, *(("", f"not {one['trunk']}: {one['reason']}") for one in trunks["skips"])]


def _group(group: Part | None) -> str:
    if not group:
        return ""
    return f" {group['name']}, by {group['strategy']}; the next one after {group['failover_codes']}"


def _buy(buy: Part | None) -> str:
    return f", bought from {buy['provider']} at {_money(buy['price']['rate'])} a minute" if buy else ""


def _attempts(attempts: list[Part]) -> Rows:
    return [("Tried", f"{one['position']}. {one['trunk']}: {_outcome(one)}") for one in attempts]


def _outcome(attempt: Part) -> str:
    parts = [str(attempt["code"] or "no answer")]
    parts += [f"cause {attempt['cause']}"] if attempt["cause"] else []
    parts += [f"after {attempt['delay']} s"] if attempt["delay"] else []
    return ", ".join(parts)


def _course(call: Part) -> Rows:
    if call["state"] == "IMAGINED":
        return []
    if "disposition" not in call:
        paid = f"{call['paid_seconds']} s are paid for, until {_moment(call['deadline_at'])}"
        return [("State", f"{call['state']}, {paid}")]
    return [("State", f"{call['state']}, {call['disposition']}, {call['billsec']} s talked")]


def _review(review: Part) -> Rows:
    if not review:
        return []
    readings = review.get("readings") or {review.get("source", "one source"): review.get("seconds", "?")}
    listed = ", ".join(f"{seconds} s by {source}" for source, seconds in readings.items())
    return [("Review", f"the sources differ: {listed}")]


def _charge(charge: Part) -> Rows:
    if not charge:
        return []
    rows = [("Charge", f"{charge['seconds']} s by the word of: {charge['source']}")]
    for one in charge["payers"]:
        rows += [("", f"{one['account']} pays {_money(one['cost'])}"), *_arithmetic(one["steps"])]
    return rows


def _late(late: Part) -> Rows:
    if not late:
        return []
    instead = f"{late['seconds']} s instead of {late['charged']} s by {late['source']}"
    return [("Late", f"evidence came after the settlement: {instead}; the rest was given back")]


def _bought(bought: Part) -> Rows:
    if not bought:
        return []
    return [
        ("Bought", f"from {bought['provider']}, prefix {bought['prefix']}, for {_money(bought['cost'])}"),
        *_arithmetic(bought["steps"]),
    ]


def _arithmetic(steps: Iterable[Part]) -> Rows:
    return [("", f"{INDENT}{step['label']:<15} {step['text']}{_result(step)}") for step in steps]


def _result(step: Part) -> str:
    return "" if step["amount"] is None else f" = {step['amount']}"


def _running(told: Part) -> Rows:
    held = [one for one in told["payers"] if Decimal(one["held"])]
    return [("Held now", f"{one['account']} {_money(one['held'])}") for one in held]


def _ledger(told: Part) -> Rows:
    rows = [("Ledger", _entry(one)) for one in told["ledger"]]
    if rows or told["call"]["state"] not in ("SETTLED", "RELEASED"):
        return rows
    return [("Ledger", "nothing was charged")]


def _entry(one: Part) -> str:
    note = f" ({one['note']})" if one["kind"] != "call" and one["note"] else ""
    booked = f"{one['account']} {Decimal(one['amount']):+.6f} {one['kind']}{note}"
    return f"{booked}, then {_money(one['balance_after'])}"


def _money(amount: Any) -> str:
    return f"{Decimal(amount):.6f}"


def _moment(text: str) -> str:
    return f"{dt.datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S %Z}".rstrip()


def _once(rows: Rows) -> Rows:
    """Leave a name out where the row above has it already."""
    names = [""] + [name for name, _ in rows]
    return [("" if name == above else name, value) for above, (name, value) in zip(names, rows, strict=False)]
