"""Pyramid's view of an identity."""

from __future__ import annotations

from typing import Any

from pyramid.authorization import ACLHelper, Authenticated
from pyramid.request import Request, RequestLocalCache

from cellhub.db.scope import enter_scope
from cellhub.security.identity import Identity
from cellhub.security.tickets import COOKIE, identity_of


class TicketPolicy:
    """Identity from the ticket cookie, permission from the tree's access list."""

    def __init__(self) -> None:
        self._identities = RequestLocalCache(_read)
        self._acl = ACLHelper()

    def identity(self, request: Request) -> Identity | None:
        """Who is asking; the request's database session is in their scope from then on."""
        found: Identity | None = self._identities.get_or_create(request)
        return found

    def authenticated_userid(self, request: Request) -> str | None:
        """The log-in's address, for logs."""
        identity = self.identity(request)
        return identity.email if identity else None

    def permits(self, request: Request, context: Any, permission: str) -> Any:
        """Ask the access lists from ``context`` up to the root."""
        identity = self.identity(request)
        principals = [Authenticated, identity.role] if identity else []
        return self._acl.permits(context, principals, permission)

    def remember(self, request: Request, userid: str, **kw: Any) -> list[tuple[str, str]]:
        """Send the ticket's token; ``max_age`` in seconds."""
        return _cookie(request, userid, max_age=kw["max_age"])

    def forget(self, request: Request, **kw: Any) -> list[tuple[str, str]]:
        """Take the cookie back."""
        return _cookie(request, "", max_age=0)


def _read(request: Request) -> Identity | None:
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    identity = identity_of(request.dbsession, token)
    if identity is not None:
        enter_scope(request.dbsession, identity.scope)
    return identity


def _cookie(request: Request, value: str, *, max_age: int) -> list[tuple[str, str]]:
    response = request.response.__class__()
    response.set_cookie(
        COOKIE,
        value,
        max_age=max_age,
        httponly=True,
        samesite="Lax",
        secure=request.registry.cellhub.secure_cookies,
    )
    return [("Set-Cookie", response.headers["Set-Cookie"])]
