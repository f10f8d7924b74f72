"""SIP users in the tree: ``/sip-users/<id>``."""

from __future__ import annotations

from cellhub.sip.models import SipUser
from cellhub.tree import Container, Resource


class SipUserResource(Resource):
    """One SIP user."""

    row: SipUser


class SipUsers(Container):
    """The SIP users of whoever asks, and of those below."""

    name = "sip-users"
    model = SipUser
    resource = SipUserResource
