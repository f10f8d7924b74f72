"""The filters of the user list."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select, tuple_

from cellhub.db.ids import read_id
from cellhub.db.tenancy import Account, AccountKind, AccountStatus
from cellhub.security.models import Login
from cellhub.web.lists import Filter

STATUSES = tuple((one.value, one.value.capitalize()) for one in AccountStatus)
KINDS = tuple((one.value, one.value.capitalize()) for one in AccountKind)


def user_filters(resellers: Sequence[tuple[int, str]]) -> tuple[Filter, ...]:
    """Filters by name or email and status; by role and reseller where the reader has resellers."""
    filters = (
        Filter("name", "Name or email", _name, show=lambda typed: f"has {typed}"),
        Filter("status", "Status", _status, choices=STATUSES, show=str.capitalize),
    )
    if not resellers:
        return filters
    names = {str(id_): name for id_, name in resellers}
    of_reseller = Filter(
        "reseller",
        "Reseller",
        _reseller,
        choices=tuple(names.items()),
        show=lambda typed: names.get(typed, typed),
    )
    return (*filters, Filter("role", "Role", _kind, choices=KINDS, show=str.capitalize), of_reseller)


def _name(typed: str) -> ColumnElement[bool]:
    with_email = select(Login.tenant_id, Login.account_id).where(
        Login.email.icontains(typed, autoescape=True)
    )
    return or_(
        Account.name.icontains(typed, autoescape=True),
        tuple_(Account.tenant_id, Account.id).in_(with_email),
    )


def _status(typed: str) -> ColumnElement[bool]:
    return Account.status == _word(AccountStatus, typed)


def _kind(typed: str) -> ColumnElement[bool]:
    return Account.kind == _word(AccountKind, typed)


def _word(words: type[AccountStatus] | type[AccountKind], typed: str) -> AccountStatus | AccountKind:
    if typed not in {str(one) for one in words}:
        raise ValueError(f"Choose one of {', '.join(words)}.")
    return words(typed)


def _reseller(typed: str) -> ColumnElement[bool]:
    """Everybody below a reseller, not the reseller itself."""
    wanted = read_id(typed)
    if wanted is None:
        raise ValueError("Choose a reseller in the list.")
    return Account.lineage.contains([wanted]) & (Account.id != wanted)
