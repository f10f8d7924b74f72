"""List the calls whose sources contradict each other, or settle one of them by a person's word."""

from __future__ import annotations

import argparse
import getpass
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from decimal import Decimal

from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor
from cellhub.calls.telling import NotFound, find_call_id
from cellhub.charging.books import SessionBooks
from cellhub.charging.reviewing import Doubted, NotInReview, TooLong, doubted_calls
from cellhub.domain.money import AmountError, parse_amount
from cellhub.environment import read
from cellhub.local.problem import Problem
from cellhub.local.sessions import session_here
from cellhub.local.settings import LocalSettings
from cellhub.money.reviewing import settle_review

A_DAY = 86_400
LONGEST_NOTE = 500


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare which call, and what is said of it."""
    parser.add_argument("call", nargs="?", help="id of a call, or the beginning of it; default: list all")
    parser.add_argument("--settle", type=_seconds, metavar="SECONDS", help="charge so many seconds")
    parser.add_argument("--note", type=_note, metavar="TEXT", help="why; it is kept with the call")
    parser.add_argument("--json", action="store_true", help="print the list as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the list, or settle a call."""
    given = {arguments.call is not None, arguments.settle is not None, arguments.note is not None}
    if len(given) > 1:
        raise Problem("To settle a call write its id, --settle SECONDS and --note TEXT; to list all, none.")
    with session_here(read(LocalSettings)) as session:
        if arguments.call:
            said = settled(session, arguments.call, arguments.settle, arguments.note)
        else:
            said = listed(doubted_calls(SessionBooks(session)), as_json=arguments.json)
    print(said)
    return 0


def listed(calls: Iterable[Doubted], *, as_json: bool) -> str:
    """Write the list for people, or for programs."""
    found = list(calls)
    if as_json:
        return json.dumps([asdict(one) | {"held": f"{one.held:f}"} for one in found], indent=2)
    return "\n".join(_lines(found)) if found else "No call is in review."


def settled(session: Session, start: str, seconds: Decimal, note: str) -> str:
    """Settle one call and say so.

    Raises:
        Problem: there is no such call, or it cannot be settled so.
    """
    actor = Actor(session.info["scope"].tenant_id, f"{getpass.getuser()} (cellhub review)")
    try:
        call_id = find_call_id(session, start)
        settle_review(session, actor, call_id, seconds=seconds, note=note)
    except (NotFound, NotInReview, TooLong) as error:
        raise Problem(str(error)) from error
    return f"Call {call_id} is settled by {seconds:f} s. See it: cellhub explain --call {call_id}"


def _lines(calls: Iterable[Doubted]) -> Iterator[str]:
    for one in calls:
        readings = ", ".join(f"{seconds} s by {source}" for source, seconds in one.readings.items())
        yield f"Call {one.call_id}: {one.sip_user} to {one.number} {one.destination}"
        yield f"  ended {one.age} s ago, holds {one.held:.6f} of all its payers"
        yield f"  {readings or 'one source only'}"
        yield f"  without a word of yours {one.seconds} s by {one.source} count"


def _seconds(text: str) -> Decimal:
    try:
        return parse_amount(text, field="SECONDS", minimum=0, maximum=A_DAY, decimals=3)
    except AmountError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _note(text: str) -> str:
    note = " ".join(text.split())
    if not 0 < len(note) <= LONGEST_NOTE:
        raise argparse.ArgumentTypeError(f"write why, in 1 to {LONGEST_NOTE} characters.")
    return note
