"""Open, change and delete trunks; each deed has the softswitch render its files anew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, changes_of, record
from cellhub.accounts.refusal import LockedError, RefusedError, unless_taken
from cellhub.calls.models import Call
from cellhub.db.notify import publish_render
from cellhub.domain.settlement import FINAL
from cellhub.rates.models import Rate, RateDeck
from cellhub.rates.usage import named
from cellhub.routes.models import Trunk, TrunkGroup, TrunkGroupTrunk
from cellhub.security.crypto import SecretBox, SecretKeyError
from cellhub.sip.models import SipUser

TERMS = (
    "provider",
    "host",
    "port",
    "transport",
    "username",
    "register",
    "codecs",
    "max_channels",
    "calls_per_second",
    "strip_prefix",
    "add_prefix",
    "caller_id",
    "ring_seconds",
    "priority",
    "active",
)
AUDITED = (*TERMS, "secret", "managed_by")
NAME_TAKEN = "A trunk has this name already. Write another one."
MANAGED = "Kubernetes manages it, by the Trunk {}: change that one."
FORGETS_REGISTRATION = frozenset({"host", "port", "transport", "username", "secret", "register", "active"})


def open_trunk(
    session: Session,
    actor: Actor,
    *,
    name: str,
    terms: Mapping[str, Any],
    password: str,
    key_file: Path,
    managed_by: str = "",
) -> Trunk:
    """Open a trunk; its name is its place in the dialplan and stays.

    ``managed_by`` is the resource of Kubernetes that alone may change it.

    Raises:
        RefusedError: the name is taken, or a password is missing or cannot be kept.
    """
    trunk = Trunk(tenant_id=actor.tenant_id, name=name, managed_by=managed_by)
    _set(trunk, terms, password, key_file)
    with unless_taken(session, "name", NAME_TAKEN):
        session.add(trunk)
        session.flush()
    record(session, actor, "create", trunk, name=trunk.name, account_id=None)
    publish_render(session, trunk.tenant_id)
    return trunk


def change_trunk(
    session: Session,
    actor: Actor,
    trunk: Trunk,
    *,
    terms: Mapping[str, Any],
    password: str,
    key_file: Path,
    managed_by: str = "",
) -> None:
    """Change a trunk; an empty password keeps the stored one.

    Raises:
        RefusedError: somebody else manages it, or a password is missing or cannot be kept.
    """
    _check_manager(trunk, managed_by)
    _set(trunk, terms, password, key_file)
    changes = changes_of(trunk, AUDITED)
    if FORGETS_REGISTRATION & changes.keys():
        trunk.registration = ""
    session.flush()
    if changes:
        record(session, actor, "change", trunk, name=trunk.name, account_id=None, changes=changes)
        publish_render(session, trunk.tenant_id)


def _set(trunk: Trunk, terms: Mapping[str, Any], password: str, key_file: Path) -> None:
    if terms["username"] and not (password or trunk.secret):
        raise RefusedError("password", "Write the password that the provider gave you.")
    for name in terms.keys() & set(TERMS):
        setattr(trunk, name, terms[name])
    if password:
        trunk.secret = _sealed(password, key_file)
    elif not terms["username"]:
        trunk.secret = None


def _sealed(password: str, key_file: Path) -> bytes:
    try:
        return SecretBox.from_file(key_file).seal(password)
    except SecretKeyError:
        # The reason names a path of the server; it is for who runs it, and `cellhub status` tells.
        raise RefusedError(
            "password", "It cannot be encrypted: ask who runs CellHub for the secret key file."
        ) from None


def _check_manager(trunk: Trunk, managed_by: str) -> None:
    if trunk.managed_by != managed_by:
        raise LockedError("trunk", MANAGED.format(trunk.managed_by))


def why_kept(session: Session, trunk: Trunk, managed_by: str = "") -> str:
    """Say what needs a trunk; empty when it may be deleted by ``managed_by``, or by people."""
    if trunk.managed_by != managed_by:
        return MANAGED.format(trunk.managed_by)
    calls = calls_now(session, trunk)
    if calls:
        return (
            f"It carries {calls} call{'s' if calls > 1 else ''} now. Make it inactive and wait for the end."
        )
    return needed_by(session, trunk)


def needed_by(session: Session, trunk: Trunk) -> str:
    """Say what is forced to a trunk; empty when nothing is."""
    rates = [f"{rate.prefix} in {deck}" for rate, deck in _rates_of(session, trunk)]
    phones, groups = _phones_of(session, trunk), _groups_of(session, trunk)
    named_users = (named("SIP user", phones), named("rate", rates), named("trunk group", groups))
    users = " and ".join(filter(None, named_users))
    return f"It is the trunk of {users}. Choose another trunk there first." if users else ""


def delete_trunk(session: Session, actor: Actor, trunk: Trunk, managed_by: str = "") -> None:
    """Delete a trunk.

    Raises:
        RefusedError: somebody else manages it, a call runs over it, or a SIP user or a rate is forced to it.
    """
    reason = why_kept(session, trunk, managed_by)
    if reason:
        raise RefusedError("trunk", reason)
    record(session, actor, "delete", trunk, name=trunk.name, account_id=None)
    session.delete(trunk)
    session.flush()
    publish_render(session, trunk.tenant_id)


def calls_now(session: Session, trunk: Trunk) -> int:
    """Count the calls that run over a trunk."""
    live = Call.tenant_id == trunk.tenant_id, Call.trunk == trunk.name, Call.state.not_in(FINAL)
    return session.scalar(select(func.count()).select_from(Call).where(*live)) or 0


def _phones_of(session: Session, trunk: Trunk) -> list[str]:
    own = SipUser.tenant_id == trunk.tenant_id, SipUser.trunk_id == trunk.id
    return list(session.scalars(select(SipUser.username).where(*own).order_by(SipUser.username)))


def _groups_of(session: Session, trunk: Trunk) -> list[str]:
    found = (
        select(TrunkGroup.name)
        .join(
            TrunkGroupTrunk,
            (TrunkGroupTrunk.tenant_id == TrunkGroup.tenant_id) & (TrunkGroupTrunk.group_id == TrunkGroup.id),
        )
        .where(TrunkGroupTrunk.tenant_id == trunk.tenant_id, TrunkGroupTrunk.trunk_id == trunk.id)
    )
    return list(session.scalars(found.order_by(TrunkGroup.name)))


def _rates_of(session: Session, trunk: Trunk) -> list[tuple[Rate, str]]:
    found = session.execute(
        select(Rate, RateDeck.name)
        .join(RateDeck, (RateDeck.tenant_id == Rate.tenant_id) & (RateDeck.id == Rate.deck_id))
        .where(Rate.tenant_id == trunk.tenant_id, Rate.trunk_id == trunk.id)
        .order_by(Rate.prefix, RateDeck.name)
    )
    return [(row[0], row[1]) for row in found]
