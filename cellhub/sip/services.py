"""Create SIP users, change them, renew their secrets, and take them away."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, changes_of, record
from cellhub.accounts.history import with_names
from cellhub.accounts.refusal import RefusedError, unless_taken
from cellhub.calls.models import Call
from cellhub.db.notify import Topic, publish, publish_expire, publish_render
from cellhub.db.scope import Scope, enter_scope
from cellhub.db.tenancy import Account, Tenant
from cellhub.domain.settlement import FINAL
from cellhub.rates.models import RateDeck
from cellhub.routes.models import Trunk, TrunkGroup
from cellhub.security import sip_secrets
from cellhub.sip.models import DYNAMIC, SipUser
from cellhub.switch import digest

SETTINGS = frozenset(
    {
        "account_id",
        "caller_id_name",
        "caller_id_number",
        "host",
        "strip_prefix",
        "add_prefix",
        "nat",
        "codecs",
        "trunk_id",
        "trunk_group_id",
        "rate_deck_id",
        "max_calls",
        "allow_list",
        "caller_id_rule",
        "caller_numbers",
    }
)
"""What a person may decide about a SIP user; its name stays, its secret is generated."""

REFERENCES = {
    "account_id": Account,
    "trunk_id": Trunk,
    "trunk_group_id": TrunkGroup,
    "rate_deck_id": RateDeck,
}
CALLER_NUMBER = re.compile(r"\+?[0-9]{2,20}")
TAKEN = "This name is taken. Write another one."


def create_sip_user(
    session: Session, actor: Actor, owner: Account, username: str, settings: Mapping[str, Any]
) -> tuple[SipUser, str]:
    """Create a SIP user of ``owner``; returns it with its secret, which nobody can read again.

    Raises:
        RefusedError: the name is taken, or the owner has as many as it may have.
    """
    _check_tenant(session, owner.tenant_id)
    _check_room(session, owner)
    _check_host(session, owner.tenant_id, settings.get("host", DYNAMIC), username)
    _check_calls(owner, settings.get("max_calls", 0))
    _check_numbers(settings.get("caller_numbers", ()))
    secret = sip_secrets.generate()
    sip_user = SipUser(tenant_id=owner.tenant_id, username=username)
    _apply(sip_user, {**settings, "account_id": owner.id})
    _set_secret(sip_user, secret)
    with unless_taken(session, "username", TAKEN):
        session.add(sip_user)
        session.flush()
    _write_down(session, actor, "create", sip_user)
    publish(session, Topic.ACCOUNTS, sip_user.tenant_id, [owner.id])
    _tell_switch(session, sip_user, fixed=sip_user.host != DYNAMIC)
    return sip_user, secret


def change_sip_user(
    session: Session, actor: Actor, sip_user: SipUser, owner: Account, settings: Mapping[str, Any]
) -> None:
    """Change settings, and the owner when ``owner`` is another account.

    Raises:
        RefusedError: as :func:`create_sip_user`; then nothing is changed.
    """
    if owner.id != sip_user.account_id:
        _check_room(session, owner)
    _check_host(session, sip_user.tenant_id, settings.get("host", sip_user.host), sip_user.username)
    _check_calls(owner, settings.get("max_calls", sip_user.max_calls))
    _check_numbers(settings.get("caller_numbers", ()))
    hosts = {sip_user.host, settings.get("host", sip_user.host)}
    _apply(sip_user, {**settings, "account_id": owner.id})
    changes = with_names(session, changes_of(sip_user, SETTINGS), REFERENCES)
    if changes:
        _write_down(session, actor, "change", sip_user, changes)
        publish(session, Topic.ACCOUNTS, sip_user.tenant_id, [owner.id])
        _tell_switch(session, sip_user, fixed=hosts != {DYNAMIC})


def renew_secret(session: Session, actor: Actor, sip_user: SipUser) -> str:
    """Give a SIP user another secret; the old one stops working at once."""
    secret = sip_secrets.generate()
    _set_secret(sip_user, secret)
    _write_down(session, actor, "secret", sip_user)
    _tell_switch(session, sip_user, fixed=False)
    return secret


def set_enabled(session: Session, actor: Actor, sip_user: SipUser, *, enabled: bool) -> None:
    """Let a SIP user register and call, or not."""
    if sip_user.enabled is enabled:
        return
    sip_user.enabled = enabled
    _write_down(session, actor, "change", sip_user, changes_of(sip_user, ["enabled"]))
    publish(session, Topic.CONTACTS, sip_user.tenant_id, [sip_user.account_id])
    _tell_switch(session, sip_user, fixed=sip_user.host != DYNAMIC)


def delete_sip_user(session: Session, actor: Actor, sip_user: SipUser) -> None:
    """Take a SIP user away; its calls' records stay.

    Raises:
        RefusedError: it has a running call, which could not be settled by its owner any more.
    """
    if running_calls(session, sip_user):
        raise RefusedError("username", f"{sip_user.username} is in a call. Disable it, and delete it after.")
    _write_down(session, actor, "delete", sip_user)
    _tell_switch(session, sip_user, fixed=sip_user.host != DYNAMIC)
    publish(session, Topic.ACCOUNTS, sip_user.tenant_id, [sip_user.account_id])
    session.delete(sip_user)
    session.flush()


def running_calls(session: Session, sip_user: SipUser) -> int:
    """How many calls of a SIP user have not ended."""
    running = select(func.count()).where(
        Call.tenant_id == sip_user.tenant_id, Call.sip_user_id == sip_user.id, Call.state.not_in(FINAL)
    )
    return session.scalar(running) or 0


def count(session: Session, query: Select[Any]) -> int:
    """How many SIP users ``query`` has."""
    return session.scalar(query.with_only_columns(func.count(), maintain_column_froms=True)) or 0


def _check_numbers(numbers: Sequence[str]) -> None:
    for number in numbers:
        if not CALLER_NUMBER.fullmatch(number):
            raise RefusedError("caller_numbers", f"{number!r} is no number: write 2 to 20 digits.")


def _apply(sip_user: SipUser, settings: Mapping[str, Any]) -> None:
    unknown = settings.keys() - SETTINGS
    if unknown:
        raise TypeError(f"not a setting of a SIP user: {', '.join(sorted(unknown))}")
    for name, value in settings.items():
        setattr(sip_user, name, value)


def _set_secret(sip_user: SipUser, secret: str) -> None:
    sip_user.digest_md5 = digest.md5_ha1(sip_user.username, secret)
    sip_user.digest_sha256 = digest.sha256_ha1(sip_user.username, secret)


def _check_tenant(session: Session, tenant_id: int) -> None:
    """Hold the tenant's limit, also against two that are created at the same moment.

    A reseller sees only its own part of the SIP users that count.
    """
    seen: Scope = session.info["scope"]
    enter_scope(session, Scope.platform())
    tenant = session.scalars(
        select(Tenant).where(Tenant.id == tenant_id).with_for_update(key_share=True)
    ).one()
    of_tenant = select(func.count()).where(SipUser.tenant_id == tenant_id)
    limit, have = tenant.sip_user_limit, session.scalar(of_tenant) or 0
    enter_scope(session, seen)
    if limit and have >= limit:
        raise RefusedError(
            "owner",
            f"{tenant.name} has all {limit} SIP users that it may have. "
            "Who keeps the platform can raise its limit.",
        )


def _check_room(session: Session, owner: Account) -> None:
    """Hold the owner's limit, also against two that are created at the same moment."""
    if not owner.sip_user_limit:
        return
    of_owner = (SipUser.tenant_id == owner.tenant_id, SipUser.account_id == owner.id)
    session.execute(
        select(Account.id)
        .where(Account.tenant_id == owner.tenant_id, Account.id == owner.id)
        .with_for_update()
    )
    if (session.scalar(select(func.count()).where(*of_owner)) or 0) >= owner.sip_user_limit:
        raise RefusedError(
            "owner",
            f"{owner.name} has all {owner.sip_user_limit} SIP users that it may have. Raise its limit first.",
        )


def _check_host(session: Session, tenant_id: int, host: str, username: str) -> None:
    """An address can tell only one peer: whoever calls from it pays by that peer's account."""
    if host == DYNAMIC:
        return
    peer = select(SipUser.username).where(
        SipUser.tenant_id == tenant_id, SipUser.host == host, SipUser.username != username
    )
    trunk = select(Trunk.name).where(Trunk.tenant_id == tenant_id, Trunk.host == host)
    holder = session.scalar(peer.limit(1)) or session.scalar(trunk.limit(1))
    if holder:
        raise RefusedError("host", f"This address is the one of {holder}. An address can be one peer's only.")


def _check_calls(owner: Account, max_calls: int) -> None:
    if owner.max_calls and max_calls > owner.max_calls:
        raise RefusedError(
            "max_calls", f"{owner.name} may have {owner.max_calls} calls at once. Write that or less."
        )


def _write_down(
    session: Session, actor: Actor, action: str, sip_user: SipUser, changes: dict[str, Any] | None = None
) -> None:
    record(
        session,
        actor,
        action,
        sip_user,
        name=sip_user.username,
        account_id=sip_user.account_id,
        changes=changes,
    )


def _tell_switch(session: Session, sip_user: SipUser, *, fixed: bool) -> None:
    """Have Asterisk read the row anew; fixed addresses are in its files."""
    publish_expire(session, sip_user.tenant_id, sip_user.username)
    if fixed:
        publish_render(session, sip_user.tenant_id)
