"""Explain a call: why it was priced, carried, refused or charged as it was, or as it would be."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.calls.telling import NotFound, find_call_id, imagine, tell
from cellhub.charging.explaining import Part
from cellhub.db.tenancy import Tenant
from cellhub.environment import read
from cellhub.local.explaintext import text
from cellhub.local.problem import Problem
from cellhub.local.sessions import session_here
from cellhub.local.settings import LocalSettings


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare which call, and how it is told."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--call", metavar="ID", help="a call that was made: its id, or the beginning of it")
    which.add_argument("--number", metavar="N", help="a call that is only imagined: what is dialled")
    parser.add_argument("--sip-user", metavar="U", help="who dials it")
    parser.add_argument(
        "--at",
        type=_moment,
        metavar="T",
        help="when, such as 2026-07-16T14:30, in the tenant's zone unless one is given; default: now",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")


def run(arguments: argparse.Namespace) -> int:
    """Print the explanation."""
    if arguments.number is not None and not arguments.sip_user:
        raise Problem("--number needs --sip-user: the price depends on who dials.")
    if arguments.call is not None and (arguments.sip_user or arguments.at):
        raise Problem("--sip-user and --at belong to an imagined call (--number), not to --call.")
    with session_here(read(LocalSettings)) as session:
        told = explanation(session, arguments)
    print(json.dumps(told, indent=2, ensure_ascii=False) if arguments.json else text(told))
    return 0


def explanation(session: Session, arguments: argparse.Namespace) -> Part:
    """Tell the call that was asked for.

    Raises:
        Problem: there is no such call or SIP user.
    """
    try:
        if arguments.call is not None:
            return tell(session, find_call_id(session, arguments.call))
        return imagine(session, arguments.sip_user, arguments.number, _in_zone(session, arguments.at))
    except NotFound as error:
        raise Problem(str(error)) from error


def _moment(words: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(words)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{words!r}: write a moment such as 2026-07-16T14:30 or 2026-07-16T14:30+03:00."
        ) from error


def _in_zone(session: Session, at: dt.datetime | None) -> dt.datetime | None:
    """Take a moment without a zone for one on the tenant's clock."""
    if at is None or at.tzinfo is not None:
        return at
    zone = session.scalars(select(Tenant.time_zone).where(Tenant.id == session.info["scope"].tenant_id)).one()
    return at.replace(tzinfo=ZoneInfo(zone))
