"""What is agreed with one account: rates of its own, prefixes that are free for it, a deck to sell by."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellhub.accounts.audit import Actor, changes_of, record
from cellhub.accounts.history import with_names
from cellhub.accounts.refusal import RefusedError
from cellhub.db.tenancy import Account, AccountKind
from cellhub.domain.rating import Price
from cellhub.rates.models import CustomRate, Offer, RateDeck

RATE_TERMS = (
    "destination",
    "rate",
    "initial_block",
    "billing_block",
    "connect_charge",
    "minimum_seconds",
)
LONGEST_DAYS = 3_650
_DIGITS = re.compile(r"[0-9]{1,20}")


def agree_rate(
    session: Session, actor: Actor, account: Account, *, prefix: str, destination: str, price: Price
) -> CustomRate:
    """Let an account pay a price for a prefix from its next call on, whatever its plan says.

    Raises:
        RefusedError: the prefix is not of digits, or the price rounds otherwise than the common rules.
    """
    _check_digits(prefix)
    _check_rules(price)
    mine = CustomRate.tenant_id == actor.tenant_id, CustomRate.account_id == account.id
    rate = session.scalars(select(CustomRate).where(*mine, CustomRate.prefix == prefix)).first()
    action = "change" if rate else "create"
    rate = rate or CustomRate(tenant_id=actor.tenant_id, account_id=account.id, prefix=prefix)
    for name in RATE_TERMS:
        setattr(rate, name, destination if name == "destination" else getattr(price, name))
    changes = changes_of(rate, RATE_TERMS) if action == "change" else {}
    session.add(rate)
    session.flush()
    if changes or action == "create":
        record(session, actor, action, rate, name=prefix, account_id=account.id, changes=changes)
    return rate


def drop_rate(session: Session, actor: Actor, rate: CustomRate) -> None:
    """Let an account pay by its plan again from its next call on."""
    record(session, actor, "delete", rate, name=rate.prefix, account_id=rate.account_id)
    session.delete(rate)
    session.flush()


def give_offer(
    session: Session,
    actor: Actor,
    account: Account,
    *,
    prefix: str,
    destination: str,
    days: int,
    starts_at: dt.datetime | None = None,
) -> Offer:
    """Let an account call a prefix free of charge for so many days, from now on or from a moment.

    Raises:
        RefusedError: the prefix is not of digits, or the days are none.
    """
    _check_digits(prefix)
    if not 0 < days <= LONGEST_DAYS:
        raise RefusedError("days", f"Write 1 to {LONGEST_DAYS} days.")
    begins = starts_at or dt.datetime.now(dt.UTC)
    offer = Offer(
        tenant_id=actor.tenant_id,
        account_id=account.id,
        prefix=prefix,
        destination=destination,
        days=days,
        starts_at=begins,
        expires_at=begins + dt.timedelta(days=days),
    )
    session.add(offer)
    session.flush()
    record(session, actor, "create", offer, name=prefix, account_id=account.id)
    return offer


def end_offer(session: Session, actor: Actor, offer: Offer, at: dt.datetime | None = None) -> None:
    """End an offer before its time, now or at a moment; calls that it has made free stay so.

    Raises:
        RefusedError: it has not begun by then, or is over.
    """
    moment = at or dt.datetime.now(dt.UTC)
    if not offer.starts_at < moment <= offer.expires_at:
        raise RefusedError("expires_at", "Write a moment at which the offer holds.")
    offer.expires_at = moment
    changes = changes_of(offer, ["expires_at"])
    session.flush()
    record(session, actor, "change", offer, name=offer.prefix, account_id=offer.account_id, changes=changes)


def sell_by(session: Session, actor: Actor, reseller: Account, deck: RateDeck | None) -> None:
    """Let a reseller sell by a deck of its own from the next call on, or by its margin alone.

    Raises:
        RefusedError: the account is no reseller.
    """
    if reseller.kind is not AccountKind.RESELLER:
        raise RefusedError("sell_deck", "Only a reseller sells to others.")
    reseller.sell_deck_id = deck.id if deck else None
    changes = with_names(session, changes_of(reseller, ["sell_deck_id"]), {"sell_deck_id": RateDeck})
    session.flush()
    if changes:
        name, number = reseller.name, reseller.id
        record(session, actor, "change", reseller, name=name, account_id=number, changes=changes)


def _check_digits(prefix: str) -> None:
    if not _DIGITS.fullmatch(prefix):
        raise RefusedError("prefix", "Write 1 to 20 digits, without +.")


def _check_rules(price: Price) -> None:
    """A custom rate has no deck, and so the common rules of one."""
    common = Price(price.rate)
    rules = ("decimals", "rounding", "block_rule")
    if any(getattr(price, rule) != getattr(common, rule) for rule in rules):
        raise RefusedError("price", "A rate of one account rounds half up to 6 decimals.")
