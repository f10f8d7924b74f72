"""Look behind a page: the rows that it left."""

from __future__ import annotations

from sqlalchemy import select

from cellhub.db.tenancy import Account
from cellhub.security.models import Login
from cellhub.sip.models import SipUser
from tests.factories.world import World


def account_named(world: World, name: str) -> Account | None:
    """The account of that name, in whichever tenant."""
    return world.see_everything().scalar(select(Account).where(Account.name == name))


def login_with(world: World, email: str) -> Login | None:
    """The log-in with that address."""
    return world.see_everything().scalar(select(Login).where(Login.email == email))


def sip_user_named(world: World, username: str) -> SipUser | None:
    """The SIP user of that name, in whichever tenant."""
    return world.see_everything().scalar(select(SipUser).where(SipUser.username == username))
