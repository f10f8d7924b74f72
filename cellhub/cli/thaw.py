"""Let an account call again that the brake on fraud has stopped."""

from __future__ import annotations

import argparse

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor
from cellhub.accounts.brake import thaw
from cellhub.db.tenancy import Account
from cellhub.environment import read
from cellhub.local.problem import Problem
from cellhub.local.sessions import session_here
from cellhub.local.settings import LocalSettings

ACTOR = "cellhub thaw"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare which account."""
    parser.add_argument("account", metavar="ACCOUNT", help="its name or its number")


def run(arguments: argparse.Namespace) -> int:
    """Thaw it and say what had stopped it."""
    with session_here(read(LocalSettings)) as session:
        print(thawed(session, arguments.account))
    return 0


def thawed(session: Session, words: str) -> str:
    """Let the account of a name or number call again; a sentence about it.

    Raises:
        Problem: there is no such account, or several bear the name.
    """
    account = _account(session, words)
    freeze = thaw(session, Actor(account.tenant_id, ACTOR), account)
    if freeze is None:
        return f"{account.name} was not frozen."
    return f"{account.name} may call again. It was stopped because: {freeze.reason}"


def _account(session: Session, words: str) -> Account:
    mine = Account.tenant_id == session.info["scope"].tenant_id
    named = session.scalars(select(Account).where(mine, Account.name == words).limit(2)).all()
    if not named and words.isdecimal():
        named = session.scalars(select(Account).where(mine, Account.id == int(words))).all()
    if not named:
        raise Problem(f"There is no account {words!r}.")
    if len(named) > 1:
        raise Problem(f"Several accounts are named {words!r}. Give the number of one.")
    return named[0]
