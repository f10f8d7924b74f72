"""Who hears which ping."""

from __future__ import annotations

import json
from dataclasses import dataclass

from cellhub.db.notify import Topic


class WrongPing(Exception):
    """A payload on the channel that is not a ping; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Ping:
    """Something changed: of these accounts, or of this SIP user; of the tenant if both are None."""

    topic: Topic
    tenant_id: int
    accounts: frozenset[int] | None = None
    sip_user: str | None = None

    @classmethod
    def read(cls, payload: str) -> Ping:
        """Read the JSON of a notification.

        Raises:
            WrongPing: it is not JSON, has a topic that this release does not know, or
                lacks the tenant.
        """
        try:
            fields = json.loads(payload)
            accounts = fields.get("accounts")
            return cls(
                Topic(fields["topic"]),
                int(fields["tenant"]),
                None if accounts is None else frozenset(map(int, accounts)),
                fields.get("sip_user"),
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise WrongPing(str(error)) from error


@dataclass(frozen=True, slots=True)
class Viewer:
    """What the person behind a stream may hear of; None means all there are."""

    tenant_id: int | None = None
    accounts: frozenset[int] | None = None
    sip_users: frozenset[str] = frozenset()

    def hears(self, ping: Ping) -> bool:
        """Tell whether ``ping`` concerns what this viewer may see."""
        if self.tenant_id is not None and ping.tenant_id != self.tenant_id:
            return False
        if self.accounts is None:
            return True
        return bool(self.accounts & (ping.accounts or frozenset())) or ping.sip_user in self.sip_users
