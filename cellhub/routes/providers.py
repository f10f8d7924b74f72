"""Open, change and delete providers, and note what was paid to them."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, changes_of, record
from cellhub.accounts.refusal import RefusedError, unless_taken
from cellhub.rates.models import RateDeck
from cellhub.rates.usage import named
from cellhub.routes.models import Provider, ProviderCharge, ProviderEntry, ProviderEntryKind, Trunk

NAME_TAKEN = "A provider has this name already. Write another one."
HAS_ENTRIES = "Its balance has entries, which stay for ever. Take the deck from it instead."
TERMS = ("name", "deck_id")


def open_provider(session: Session, actor: Actor, name: str, deck_id: int | None) -> Provider:
    """Open a provider; the trunks that carry its name are its own from then on.

    Raises:
        RefusedError: the name is taken or empty, or there is no such deck.
    """
    provider = Provider(tenant_id=actor.tenant_id)
    _check(session, actor.tenant_id, name, deck_id)
    with unless_taken(session, "name", NAME_TAKEN):
        provider.name, provider.deck_id = name, deck_id
        session.add(provider)
        session.flush()
    record(session, actor, "create", provider, name=provider.name, account_id=None)
    return provider


def change_provider(
    session: Session, actor: Actor, provider: Provider, name: str, deck_id: int | None
) -> None:
    """Change name and deck; its trunks go with the name, running calls keep their prices.

    Raises:
        RefusedError: as :func:`open_provider`.
    """
    _check(session, provider.tenant_id, name, deck_id)
    before = provider.name
    with unless_taken(session, "name", NAME_TAKEN):
        provider.name, provider.deck_id = name, deck_id
        changes = changes_of(provider, TERMS)
        session.flush()
    if before != name:
        own = Trunk.tenant_id == provider.tenant_id, Trunk.provider == before
        session.execute(update(Trunk).where(*own).values(provider=name))
    if changes:
        record(session, actor, "change", provider, name=name, account_id=None, changes=changes)


def why_kept(session: Session, provider: Provider) -> str:
    """Say what needs a provider; empty when it may be deleted."""
    own = Trunk.tenant_id == provider.tenant_id, Trunk.provider == provider.name
    trunks = named("trunk", session.scalars(select(Trunk.name).where(*own).order_by(Trunk.name)).all())
    if trunks:
        return f"It is the provider of {trunks}. Choose another one there first."
    booked = any(_has(session, provider, table) for table in (ProviderEntry, ProviderCharge))
    return HAS_ENTRIES if booked else ""


def delete_provider(session: Session, actor: Actor, provider: Provider) -> None:
    """Delete a provider that nothing refers to.

    Raises:
        RefusedError: a trunk is its own, or its balance has entries.
    """
    reason = why_kept(session, provider)
    if reason:
        raise RefusedError("provider", reason)
    record(session, actor, "delete", provider, name=provider.name, account_id=None)
    session.delete(provider)
    session.flush()


def pay_provider(
    session: Session, actor: Actor, provider: Provider, *, amount: Decimal, note: str, form_id: str
) -> ProviderEntry:
    """Note money that was paid to a provider, or below zero given back by it, once for each ``form_id``.

    Returns:
        The entry; for a form that was booked before, the one of then.

    Raises:
        RefusedError: the amount is nothing, or more than a balance holds, or another than the
            form's first.
    """
    if not amount.is_finite() or amount == 0 or abs(amount) >= Decimal(10) ** 12:
        raise RefusedError("amount", "Write an amount that is not 0 and below a million millions.")
    mine = select(Provider).where(Provider.tenant_id == provider.tenant_id, Provider.id == provider.id)
    provider = session.scalars(mine.with_for_update().execution_options(populate_existing=True)).one()
    reason = f"credit:{form_id}"
    booked = _booked(session, provider, reason)
    if booked is not None and booked.amount != amount:
        raise RefusedError("amount", f"This form has booked {booked.amount:f} already.")
    if booked is not None:
        return booked
    before = provider.balance
    provider.balance = before + amount
    entry = ProviderEntry(
        tenant_id=provider.tenant_id,
        provider_id=provider.id,
        kind=ProviderEntryKind.CREDIT,
        amount=amount,
        balance_after=provider.balance,
        note=note,
        actor=actor.name,
        reason=reason,
    )
    session.add(entry)
    session.flush()
    changes = {"balance": [str(before), str(entry.balance_after)], "note": [None, note]}
    record(session, actor, "credit", provider, name=provider.name, account_id=None, changes=changes)
    return entry


def _booked(session: Session, provider: Provider, reason: str) -> ProviderEntry | None:
    own = ProviderEntry.tenant_id == provider.tenant_id, ProviderEntry.provider_id == provider.id
    return session.scalar(select(ProviderEntry).where(*own, ProviderEntry.reason == reason))


def _check(session: Session, tenant_id: int, name: str, deck_id: int | None) -> None:
    if not name.strip():
        raise RefusedError("name", "Write the name that its trunks carry.")
    if deck_id is not None and session.get(RateDeck, (tenant_id, deck_id)) is None:
        raise RefusedError("deck_id", "Choose a deck that exists.")


def _has(session: Session, provider: Provider, table: type[ProviderEntry | ProviderCharge]) -> bool:
    own = table.tenant_id == provider.tenant_id, table.provider_id == provider.id
    return bool(session.scalar(select(exists().where(*own))))
