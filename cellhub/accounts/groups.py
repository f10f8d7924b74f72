"""Groups of accounts that share a balance or a quota: open, change, join, leave and delete them."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, changes_of, record
from cellhub.accounts.models import AccountGroup, GroupKind
from cellhub.accounts.refusal import RefusedError, unless_taken
from cellhub.db.notify import Topic, publish
from cellhub.db.tenancy import Account

TERMS = ("name", "purse_id", "quota")
LISTED = 5
NAME_TAKEN = "A group has this name already. Write another one."


def open_group(
    session: Session,
    actor: Actor,
    *,
    kind: GroupKind,
    name: str,
    purse: Account | None = None,
    quota: Decimal = Decimal(0),
) -> AccountGroup:
    """Open a group without members.

    Raises:
        RefusedError: the name is taken, or purse and quota do not fit the kind.
    """
    _check(kind, purse, quota)
    group = AccountGroup(tenant_id=actor.tenant_id, kind=kind, name=name, quota=quota)
    group.purse_id = purse.id if purse else None
    with unless_taken(session, "name", NAME_TAKEN):
        session.add(group)
        session.flush()
    record(session, actor, "create", group, name=group.name, account_id=None)
    return group


def change_group(
    session: Session, actor: Actor, group: AccountGroup, *, name: str, purse: Account | None, quota: Decimal
) -> None:
    """Change what is shared; a running call is paid for by the purse of its check.

    Raises:
        RefusedError: as :func:`open_group`.
    """
    _check(group.kind, purse, quota)
    with unless_taken(session, "name", NAME_TAKEN):
        group.name, group.purse_id, group.quota = name, purse.id if purse else None, quota
        changes = changes_of(group, TERMS)
        session.flush()
    if changes:
        record(session, actor, "change", group, name=group.name, account_id=None, changes=changes)


def set_group(session: Session, actor: Actor, account: Account, group: AccountGroup | None) -> None:
    """Let an account share with a group from its next call on, or with nobody.

    Raises:
        RefusedError: the group shares a quota, and one above or below the account is in it.
    """
    if group is not None and group.kind is GroupKind.QUOTA:
        _refuse_relatives(session, account, group)
    account.group_id = group.id if group else None
    changes = changes_of(account, ["group_id"])
    if changes:
        record(session, actor, "change", account, name=account.name, account_id=account.id, changes=changes)
        publish(session, Topic.BALANCE, account.tenant_id, [account.id])
    session.flush()


def _refuse_relatives(session: Session, account: Account, group: AccountGroup) -> None:
    """One call of a customer would count twice, for it and for its reseller."""
    related = Account.id.in_(account.lineage) | Account.lineage.contains([account.id])
    members = Account.tenant_id == group.tenant_id, Account.group_id == group.id, Account.id != account.id
    name = session.scalars(select(Account.name).where(*members, related).order_by(Account.name)).first()
    if name is not None:
        raise RefusedError(
            "group", f"{name} is in it: a reseller and its customers cannot share a quota. Choose another."
        )


def why_kept(session: Session, group: AccountGroup) -> str:
    """Say who is in a group; empty when it may be deleted."""
    members = Account.tenant_id == group.tenant_id, Account.group_id == group.id
    names = session.scalars(select(Account.name).where(*members).order_by(Account.name).limit(LISTED)).all()
    return f"It has members: {', '.join(names)}. Take them out first." if names else ""


def delete_group(session: Session, actor: Actor, group: AccountGroup) -> None:
    """Delete a group.

    Raises:
        RefusedError: it has members.
    """
    reason = why_kept(session, group)
    if reason:
        raise RefusedError("group", reason)
    record(session, actor, "delete", group, name=group.name, account_id=None)
    session.delete(group)
    session.flush()


def _check(kind: GroupKind, purse: Account | None, quota: Decimal) -> None:
    if kind is GroupKind.BALANCE and purse is None:
        raise RefusedError("purse", "Choose the account whose balance the group shares.")
    if kind is GroupKind.QUOTA and purse is not None:
        raise RefusedError("purse", "In a group that shares a quota each account pays itself. Choose none.")
    if quota < 0 or (quota and kind is GroupKind.BALANCE):
        raise RefusedError("quota", "Write the quota of a month, 0 for none, where a quota is shared.")
