"""Let an account call again that the brake on fraud has stopped."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, record
from cellhub.accounts.models import AccountFreeze
from cellhub.db.notify import Topic, publish
from cellhub.db.tenancy import Account

THAW = "thaw"


def standing_freeze(session: Session, account: Account) -> AccountFreeze | None:
    """What stops an account now, with the sentence why."""
    stands = (
        AccountFreeze.tenant_id == account.tenant_id,
        AccountFreeze.account_id == account.id,
        AccountFreeze.thawed_at.is_(None),
    )
    return session.scalars(select(AccountFreeze).where(*stands).with_for_update()).first()


def thaw(session: Session, actor: Actor, account: Account) -> AccountFreeze | None:
    """Let an account call again and return what had stopped it; None, with nothing changed, when nothing had.

    What the account did before counts no more; a country that it was stopped for is known from now on.
    """
    freeze = standing_freeze(session, account)
    if freeze is None:
        return None
    freeze.thawed_at, freeze.thawed_by = func.now(), actor.name
    changes = {"rule": [freeze.rule, None], "reason": [freeze.reason, None]}
    record(session, actor, THAW, account, name=account.name, account_id=account.id, changes=changes)
    publish(session, Topic.BALANCE, account.tenant_id, [account.id])
    return freeze
