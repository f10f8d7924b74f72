"""Price the answered calls of some days again, as then or by a chosen deck; exit 1 if any differs."""

from __future__ import annotations

import argparse
import csv
import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor
from cellhub.charging.adjusting import Range
from cellhub.db.tenancy import Account, Tenant
from cellhub.domain.money import round_money
from cellhub.environment import read
from cellhub.local.problem import Problem
from cellhub.local.sessions import sessions_here
from cellhub.local.settings import LocalSettings
from cellhub.money.rerating import Difference, Found, Invoiced, Order, Report, Sessions, rerate, whole_days
from cellhub.rates.models import RateDeck
from cellhub.web.filters import plural
from cellhub.web.lists import harmless

DIFFERS = 1
NAMED = 20
ACTOR = "cellhub rerate"
COLUMNS = (
    "call_id", "started_at", "sip_user", "number", "seconds", "account", "old", "new", "difference"
)  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare which calls, by what, and what is done with the differences."""
    parser.add_argument("--from", dest="first", type=_day, required=True, metavar="DAY", help="as 2026-07-01")
    parser.add_argument(
        "--until", dest="last", type=_day, required=True, metavar="DAY", help="the last day, included"
    )
    parser.add_argument("--account", metavar="NAME", help="only the calls of this account and those below it")
    parser.add_argument("--deck", metavar="NAME", help="the deck to price by; default: the prices of then")
    parser.add_argument("--adjust", action="store_true", help="book the differences as adjusting entries")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the calls that differ to a new file")


def run(arguments: argparse.Namespace) -> int:
    """Print the sums, and write down the differences."""
    if arguments.last < arguments.first:
        raise Problem(f"--until: {arguments.last} is before {arguments.first}.")
    with sessions_here(read(LocalSettings)) as sessions, _written(arguments.csv, sessions) as found:
        order, report = rerated(sessions, arguments, found)
    print("\n".join(lines(order, report, arguments)))
    return DIFFERS if report.differing else 0


def rerated(sessions: Sessions, arguments: argparse.Namespace, found: Found) -> tuple[Order, Report]:
    """Price again what was asked for.

    Raises:
        Problem: an unknown name, or calls that are on an invoice.
    """
    with sessions() as session:
        order = _order(session, arguments)
        actor = Actor(session.info["scope"].tenant_id, ACTOR)
    try:
        return order, rerate(sessions, order, found=found, adjuster=actor if arguments.adjust else None)
    except Invoiced as error:
        raise Problem(_refusal(error)) from error


def lines(order: Order, report: Report, arguments: argparse.Namespace) -> Iterator[str]:
    """Write the report for people."""
    days = f"from {arguments.first} to {arguments.last}"
    yield f"{plural(report.calls, 'call')} {days}, priced again {order.by}."
    yield f"  {'':<12} {'old':>18} {'new':>18} {'difference':>18}"
    for name, sums in (("we are paid", report.top), ("all payers", report.all)):
        yield f"  {name:<12} {sums.old:>18.6f} {sums.new:>18.6f} {sums.difference:>+18.6f}"
    yield f"  {plural(report.differing, 'call')} {'differs' if report.differing == 1 else 'differ'}."
    stays = "stays as it is."
    if report.unpriced:
        yield f"  {plural(report.unpriced, 'call')} without such a price: {stays}"
    if report.kept:
        yield f"  {plural(report.kept, 'call')} by an offer or a custom rate: {stays}"
    if arguments.adjust:
        entries = plural(report.entries, "adjusting entry", "adjusting entries")
        yield f"  {entries} booked, {report.adjusted:+.6f} in all."


def _order(session: Session, arguments: argparse.Namespace) -> Order:
    tenant = session.get_one(Tenant, session.info["scope"].tenant_id)
    since, until = whole_days(arguments.first, arguments.last, ZoneInfo(tenant.time_zone))
    account_id = _named(session, Account, arguments.account, "account") if arguments.account else None
    calls = Range(since, until, account_id)
    if not arguments.deck:
        return Order(calls)
    return Order(calls, _named(session, RateDeck, arguments.deck, "rate deck"), arguments.deck)


def _named(session: Session, model: type[Account | RateDeck], name: str, what: str) -> int:
    mine = model.tenant_id == session.info["scope"].tenant_id
    found = session.scalars(select(model.id).where(mine, model.name == name)).all()
    if len(found) != 1:
        raise Problem(f"There are {len(found) or 'no'} {what}s named {name!r}; one was expected.")
    return found[0]


def _refusal(error: Invoiced) -> str:
    more = len(error.call_ids) - NAMED
    named = ", ".join(error.call_ids[:NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"Nothing is adjusted where calls are on an invoice already: {named}. Choose other days."


@contextmanager
def _written(path: Path | None, sessions: Sessions) -> Iterator[Callable[[Difference], None]]:
    """Take differences, into a file if there is a path; one that is there already is not written over."""
    if path is None:
        yield lambda _: None
        return
    with sessions() as session:
        names = {id_: name for id_, name in session.execute(select(Account.id, Account.name))}
    try:
        file = path.open("x", encoding="utf-8", newline="")
    except OSError as error:
        raise Problem(f"--csv: {path}: {error.strerror}.") from error
    with file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        yield lambda one: rows.writerow([harmless(cell) for cell in row(one, names)])


def row(one: Difference, names: dict[int, str]) -> list[str | Decimal]:
    """A difference as the file has it."""
    call, payer = one.call, one.payer
    facts = [call.call_id, call.started_at.isoformat(), call.sip_user, call.number, f"{call.seconds:f}"]
    amounts = map(round_money, (payer.old, payer.new, payer.difference))
    return [*facts, names.get(payer.account_id, str(payer.account_id)), *amounts]


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: write a day such as 2026-07-16.") from error
