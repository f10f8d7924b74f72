"""The strip of figures under the head, by role."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from cellhub.calls.models import Call
from cellhub.dashboard.figures import Day, day_totals, ringing
from cellhub.db.tenancy import Account
from cellhub.security.identity import Identity
from cellhub.security.roles import Role
from cellhub.web.filters import MINUS, balance, count, minutes, percent

Figure = dict[str, str]


def strip(session: Session, identity: Identity, day: Day, live: Sequence[Call]) -> list[Figure]:
    """Today so far against the same hours yesterday; a client sees its money first."""
    today = day_totals(session, identity, day)
    yesterday = day_totals(session, identity, day.before(1))
    figures = [
        _figure("Calls now", count(len(live)), _live_context(live)),
        _figure("Calls", count(today.calls), change(today.calls, yesterday.calls)),
        _figure("Minutes", minutes(today.billsec), change(today.billsec, yesterday.billsec)),
        _figure(
            _money_word(identity), balance(today.cost, identity.currency), change(today.cost, yesterday.cost)
        ),
        _figure(
            "Answer rate", percent(today.answered, today.calls) or "none", f"{count(today.answered)} answered"
        ),
    ]
    return [*_own_money(session, identity), *figures]


def _own_money(session: Session, identity: Identity) -> list[Figure]:
    if identity.account_id is None:
        return []
    account = session.get_one(Account, (identity.tenant_id, identity.account_id))
    if account.is_low:
        context, tone = f"below {balance(account.low_credit, identity.currency)}", "warn"
    else:
        context, tone = _held(account, identity), ""
    return [_figure("Balance", balance(account.balance, identity.currency), context, tone)]


def _held(account: Account, identity: Identity) -> str:
    return f"{balance(account.held, identity.currency)} held by calls" if account.held else "nothing held"


def _money_word(identity: Identity) -> str:
    return "Spent today" if identity.role is Role.CLIENT else "Revenue"


def _live_context(live: Sequence[Call]) -> str:
    waiting = ringing(live)
    return f"{len(live) - waiting} up, {waiting} ringing" if live else "nobody talks"


def _figure(label: str, figure: str, context: str, tone: str = "") -> Figure:
    return {"label": label, "figure": figure, "context": context, "tone": tone}


def change(now: Decimal | int, before: Decimal | int) -> str:
    """How far ``now`` is from ``before``, in per cent; words where there is nothing to compare."""
    if not before:
        return "none yesterday" if now else ""
    moved = 100 * (Decimal(now) - Decimal(before)) / Decimal(before)
    return f"{'+' if moved >= 0 else MINUS}{abs(moved):,.1f} %"
