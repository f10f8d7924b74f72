"""The brake on fraud: set its profiles, and let an account call again that it has stopped."""

from __future__ import annotations

from dataclasses import fields

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, changes_of, record
from cellhub.accounts.models import AccountFreeze, FraudProfile
from cellhub.accounts.refusal import RefusedError
from cellhub.db.notify import Topic, publish
from cellhub.db.tenancy import Account
from cellhub.domain.fraud import Profile
from cellhub.domain.schedule import MINUTES_A_DAY

THAW = "thaw"
EVERYBODY = "all accounts"
TERMS = tuple(field.name for field in fields(Profile))


def profile_of(session: Session, tenant_id: int, account: Account | None) -> FraudProfile | None:
    """The profile of one account alone, or the one of all that have none of their own."""
    account_id = account.id if account else None
    whose = FraudProfile.tenant_id == tenant_id, FraudProfile.account_id.is_not_distinct_from(account_id)
    return session.scalars(select(FraudProfile).where(*whose)).first()


def set_profile(session: Session, actor: Actor, account: Account | None, profile: Profile) -> FraudProfile:
    """Set when the brake pulls for an account, or for all that have no profile of their own.

    Raises:
        RefusedError: a limit is negative, a prefix is not of digits, or a time is none of the day.
    """
    _check(profile)
    row = profile_of(session, actor.tenant_id, account)
    is_new = row is None
    row = row or FraudProfile(tenant_id=actor.tenant_id, account_id=account.id if account else None)
    for name in TERMS:
        setattr(row, name, getattr(profile, name))
    row.premium_prefixes = list(profile.premium_prefixes)
    changes = {} if is_new else changes_of(row, TERMS)
    session.add(row)
    session.flush()
    if is_new or changes:
        _write_down(session, actor, "create" if is_new else "change", row, changes)
    return row


def drop_profile(session: Session, actor: Actor, row: FraudProfile) -> None:
    """Take a profile away: an account then has the one of all, or none."""
    _write_down(session, actor, "delete", row)
    session.delete(row)
    session.flush()


def _write_down(
    session: Session, actor: Actor, action: str, row: FraudProfile, changes: dict[str, object] | None = None
) -> None:
    owner = session.get(Account, (row.tenant_id, row.account_id)) if row.account_id else None
    name = owner.name if owner else EVERYBODY
    record(session, actor, action, row, name=name, account_id=row.account_id, changes=changes)


def _check(profile: Profile) -> None:
    amounts = ("calls_per_minute", "hourly_destinations", "hourly_spend", "night_spend")
    for name in amounts:
        if getattr(profile, name) < 0:
            raise RefusedError(name, "Write 0 or more; 0 is no limit.")
    for name in ("night_from", "night_until"):
        if not 0 <= getattr(profile, name) < MINUTES_A_DAY:
            raise RefusedError(name, "Write a time from 00:00 to 23:59.")
    if not all(prefix.isascii() and prefix.isdigit() for prefix in profile.premium_prefixes):
        raise RefusedError("premium_prefixes", "Write prefixes of digits, without +.")


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
