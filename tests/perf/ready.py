"""The product's own deeds with ready values: all that a call leaves behind, and nothing decided.

A rung of `bench_floor`. It checks nothing, prices nothing, explains nothing, reads no evidence: each call
is held, noted and charged by the statements that the agent uses, on the product's tables, behind the wall
between tenants, with values and a story that were written before. With ``CELLHUB_PERF_LOAD`` it also has
PostgreSQL gather what a check decides by, and does not look at it.

Run as a program it is an agent by the same environment: ``python -m tests.perf.ready``.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cellhub.charging import statements
from cellhub.charging.books import Books
from cellhub.charging.connections import Connections
from cellhub.charging.statements.parts import ENTER
from cellhub.domain.numbers import prefixes_of
from tests.perf.lives import TRUNK
from tests.perf.market import SLUG
from tests.perf.protocol import THREADS, answer_requests

PROGRAM = (sys.executable, "-m", "tests.perf.ready")
LOADS = "CELLHUB_PERF_LOAD"
NUMBER = "905551234567"
HOLD, COST = Decimal("0.022"), Decimal("0.012")
PRICE = {"rate": "0.020000", "initial_block": 30, "billing_block": 6, "connect_charge": "0.002000"}
# About as long as what a check and a settlement tell.
STORY = json.dumps({"rates": [{"prefix": "905", "price": PRICE, "reason": "x" * 40}] * 8})
TOLD = json.dumps({"settlement": {"payers": [{"steps": [{"label": "x" * 12, "text": "x" * 20}] * 8}]}})
CALLERS = "SELECT username, id, account_id FROM sip_user WHERE tenant_id = %(tenant_id)s"
_NOBODY: dict[str, Any] = {"tenant_cap": 0, "tenant_pace": 0, "trunk_cap": 0, "trunk_pace": 0}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call's money is: its SIP user and its account."""

    sip_user_id: int
    account_id: int


class ReadyDeeds:
    """What is done for a call."""

    def __init__(self, url: str, *, loads: bool) -> None:
        self._books = Books(Connections(url, application="ready", size=THREADS), SLUG)
        rows = self._books.run(f"{ENTER}{CALLERS}", {})
        self._places = {username: Place(*ids) for username, *ids in rows}
        self._accounts: dict[str, int] = {}
        self._loads = loads

    def hold(self, call_id: str, username: str) -> bool:
        """Hold money of the caller's account, and make the call."""
        if self._loads:
            asked = {"endpoint": username, "source": "", "prefixes": list(prefixes_of(NUMBER)), "at": None}
            self._books.run(statements.LOAD, asked)
        place = self._places[username]
        self._accounts[call_id] = place.account_id
        [(text,)] = self._books.run(statements.reserve(frozenset()), _of_call(call_id, username, place))
        return bool(json.loads(text)["admitted"])

    def charge(self, call_id: str) -> None:
        """Note the answer, then charge."""
        now = dt.datetime.now(dt.UTC)
        self._books.run(statements.ANSWERED, _of_answer(call_id, now))
        self._books.run(statements.settle(bought=False), _of_end(call_id, self._accounts.pop(call_id), now))


def _of_call(call_id: str, username: str, place: Place) -> dict[str, Any]:
    chain = [place.account_id]
    payers = {"accounts": chain, "lineage": chain, "prices": [json.dumps(PRICE)], "holds": [HOLD]}
    numbers = {
        "source": NUMBER,
        "dialled": NUMBER,
        "number": NUMBER,
        "prefix": "905",
        "destination": "Turkey",
    }
    slice_ = {"paid_seconds": 60, "last_slice": False, "ring_seconds": 120, "emergency": False}
    told = {
        "offer_id": None,
        "buys": "{}",
        "story": STORY,
        "trunk": TRUNK,
        "channel": "PJSIP/x",
        "pod": "ready",
    }
    caller = {"account_id": place.account_id, "sip_user_id": place.sip_user_id, "sip_user": username}
    return {"call_id": call_id, **payers, **numbers, **slice_, **told, **caller, **_NOBODY}


def _of_answer(call_id: str, now: dt.datetime) -> dict[str, Any]:
    channels = {"caller_channel": "PJSIP/x", "callee_channel": "PJSIP/y"}
    return {"call_id": call_id, "answered_at": now, "trunk": TRUNK, "grace": 2, **channels}


def _of_end(call_id: str, account_id: int, now: dt.datetime) -> dict[str, Any]:
    charge = {
        "accounts": [account_id],
        "costs": [COST],
        "story": TOLD,
        "actor": "agent",
        "seconds": Decimal(1),
    }
    bought = {"provider_id": None, "provider": None, "buy_cost": None}
    end = {"state": "SETTLED", "disposition": "ANSWERED", "code": 200, "trunk": TRUNK}
    return {
        "call_id": call_id,
        **charge,
        **bought,
        **end,
        "answered_at": now,
        "ended_at": now,
        **_attempt(now),
    }


def _attempt(now: dt.datetime) -> dict[str, list[Any]]:
    values = {"starts": now, "positions": 1, "trunks": TRUNK, "codes": 200, "answers": now, "ends": now}
    return {f"attempt_{name}": [value] for name, value in {**values, "causes": 16, "delays": None}.items()}


if __name__ == "__main__":
    answer_requests(ReadyDeeds(os.environ["CELLHUB_DATABASE_URL"], loads=LOADS in os.environ))
