"""Tell the live process that something changed: topics only, never what changed.

A ping travels in the caller's transaction and is heard when that commits. PostgreSQL
lets transactions that NOTIFY commit one after another, so whoever moves money for calls
sends its pings in a transaction of their own, a few times a second.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

CHANNEL = "cellhub_live"
SWITCH_CHANNEL = "cellhub_switch"
# PostgreSQL refuses a payload of 8000 bytes. A bigint has 19 digits and a separator has
# two characters, so this many accounts always fit beside the rest.
ACCOUNTS_A_PING = 350


class Topic(StrEnum):
    """What a page may show that changes by itself."""

    CALLS = "calls"
    CDR = "cdr"
    BALANCE = "balance"
    CONTACTS = "contacts"
    HEALTH = "health"
    ACCOUNTS = "accounts"
    """Accounts or SIP users came, went or moved: who hears what is asked anew."""


def publish(session: Session, topic: Topic, tenant_id: int, accounts: Iterable[int] | None = None) -> None:
    """Ping ``topic`` when the transaction of ``session`` commits.

    ``accounts`` are those concerned; a reseller hears of those below it without being
    named. None means the tenant's own staff only.
    """
    for payload in payloads(topic, tenant_id, accounts):
        session.execute(
            text("SELECT pg_notify(:channel, :payload)"), {"channel": CHANNEL, "payload": payload}
        )


def payloads(topic: Topic, tenant_id: int, accounts: Iterable[int] | None = None) -> list[str]:
    """The texts to send on the channel; more than one when the accounts do not fit in one."""
    if accounts is None:
        return [_payload(topic, tenant_id, None)]
    concerned = sorted(set(accounts))
    starts = range(0, len(concerned), ACCOUNTS_A_PING)
    return [_payload(topic, tenant_id, concerned[start : start + ACCOUNTS_A_PING]) for start in starts]


def _payload(topic: Topic, tenant_id: int, accounts: list[int] | None) -> str:
    return json.dumps({"topic": topic.value, "tenant": tenant_id, "accounts": accounts})


def publish_render(session: Session, tenant_id: int) -> None:
    """Have the tenant's softswitch write its files anew: a trunk or a fixed-address peer changed."""
    _tell_switch(session, {"tenant": tenant_id, "render": True})


def publish_expire(session: Session, tenant_id: int, username: str) -> None:
    """Have the tenant's softswitch forget what it remembers of a SIP user."""
    _tell_switch(session, {"tenant": tenant_id, "expire": username})


def publish_hang_up(session: Session, tenant_id: int, call_id: str) -> None:
    """Have the tenant's softswitch end a call."""
    _tell_switch(session, {"tenant": tenant_id, "hang_up": call_id})


def _tell_switch(session: Session, deed: dict[str, int | bool | str]) -> None:
    session.execute(
        text("SELECT pg_notify(:channel, :payload)"),
        {"channel": SWITCH_CHANNEL, "payload": json.dumps(deed)},
    )
