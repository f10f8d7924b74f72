"""Users in the tree: ``/users/<account id>``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select

from cellhub.db.tenancy import Account
from cellhub.tree import Container, Resource


class User(Resource):
    """One customer account."""

    row: Account


class Users(Container):
    """The customers of whoever asks.

    A reseller is not among its own customers: its terms and its credit are given by the
    one above it, so its own account is no object that it could open here.
    """

    name = "users"
    model = Account
    resource = User

    def query(self) -> Select[Any]:
        """Customers in scope, without the reader's own account."""
        own = self.request.identity.account_id
        query = super().query()
        return query if own is None else query.where(Account.id != own)
