"""The token that every POST carries.

For a signed-in browser it derives from the ticket, so it needs no storage, changes at
each log-in and cannot be planted. Before the log-in it is a cookie of its own.
"""

from __future__ import annotations

import hashlib
import hmac

from pyramid.csrf import CookieCSRFStoragePolicy
from pyramid.request import Request

from cellhub.security.tickets import COOKIE


class TicketCsrf:
    """A CSRF storage policy, see :class:`pyramid.interfaces.ICSRFStoragePolicy`."""

    def __init__(self, *, secure: bool) -> None:
        self._anonymous = CookieCSRFStoragePolicy(
            cookie_name="cellhub_csrf", httponly=True, samesite="Lax", secure=secure
        )

    def new_csrf_token(self, request: Request) -> str:
        """A ticket's token is renewed with the ticket."""
        return _of_ticket(request) or self._anonymous.new_csrf_token(request)

    def get_csrf_token(self, request: Request) -> str:
        """The token that the next POST must repeat."""
        return _of_ticket(request) or self._anonymous.get_csrf_token(request)

    def check_csrf_token(self, request: Request, supplied_token: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.get_csrf_token(request).encode(), supplied_token.encode())


def _of_ticket(request: Request) -> str:
    if request.identity is None:
        return ""
    return hmac.new(request.cookies[COOKIE].encode(), b"csrf", hashlib.sha256).hexdigest()
