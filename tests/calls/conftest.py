"""Each test has a client, a phone and prices of its own; the far ends sit at the demo's two trunks."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cellhub.accounts.services import open_account
from cellhub.calls.models import Attempt, Cdr
from cellhub.db.tenancy import Account, AccountKind
from cellhub.money.models import EntryKind, LedgerEntry
from cellhub.money.services import add_credit
from cellhub.rates.models import Plan, PlanDeck, Rate, RateDeck
from cellhub.routes.models import Trunk
from cellhub.routes.services import TERMS, change_trunk, open_trunk
from cellhub.security import sip_secrets
from cellhub.sip.services import create_sip_user
from cellhub.switch.sipp import CallOutcome, FarCall, FarEnd, Phone, call, far_end
from tests.fixtures.switch import Switch, wait_for

NUMBER = "905551234567"
DEAR_NUMBER = "442079460000"
UNPRICED_NUMBER = "77712345678"

# prefix, price a minute, price of the connection; counted by the second
RATES = (
    ("9", "6.000000", "0"),
    ("90", "3.000000", "0"),
    ("905", "0.060000", "0.002000"),
    ("44", "6.000000", "0"),
)

TRUNK = {
    "provider": "Call tests",
    "host": "127.0.0.1",
    "port": 5060,
    "username": "",
    "register": False,
    "codecs": "alaw,ulaw",
    "max_channels": 0,
    "calls_per_second": 0,
    "strip_prefix": "",
    "add_prefix": "",
    "caller_id": "",
    "ring_seconds": 60,
    "priority": 90,
    "active": True,
}


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A client of one test, with one phone."""

    switch: Switch
    account_id: int
    phone: Phone

    @property
    def money(self) -> tuple[Decimal, Decimal]:
        """Its balance and what is held of it."""
        with self.switch.books() as session:
            account = session.get_one(Account, (self.switch.tenant_id, self.account_id))
            return account.balance, account.held

    @property
    def charges(self) -> list[Decimal]:
        """The amounts of its calls in the ledger."""
        query = select(LedgerEntry.amount).where(
            LedgerEntry.account_id == self.account_id, LedgerEntry.kind == EntryKind.CALL
        )
        with self.switch.books() as session:
            return list(session.scalars(query.order_by(LedgerEntry.id)))

    @property
    def recorded(self) -> list[Cdr]:
        """The records of its calls so far."""
        query = select(Cdr).where(Cdr.account_id == self.account_id).order_by(Cdr.started_at)
        with self.switch.books() as session:
            return list(session.scalars(query))

    def records(self, count: int = 1, seconds: float = 10.0) -> list[Cdr]:
        """Wait for the records of so many calls; there must not be more."""
        wait_for(lambda: len(self.recorded) >= count, f"{count} records", seconds)
        found = self.recorded
        assert len(found) == count
        return found

    def record(self, seconds: float = 10.0) -> Cdr:
        """Wait for the record of its one call."""
        return self.records(1, seconds)[0]

    def attempts(self, record: Cdr) -> list[tuple[str, int | None]]:
        """The trunks that a call tried, with their answers."""
        query = select(Attempt.trunk, Attempt.code).where(Attempt.call_id == record.call_id)
        with self.switch.books() as session:
            return [tuple(row) for row in session.execute(query.order_by(Attempt.position))]


Subscribe = Callable[..., Subscriber]
FarEnds = Callable[..., AbstractContextManager[list[FarEnd]]]
OpenTrunk = Callable[..., Trunk]
InBackground = Callable[..., Future[CallOutcome]]


@pytest.fixture(scope="package", autouse=True)
def sound_books(switch: Switch) -> Iterator[None]:
    """After all calls nothing is held, and every balance is the sum of its entries."""
    yield
    switch.wait_until_idle(60.0)
    booked = select(func.coalesce(func.sum(LedgerEntry.amount), 0)).where(
        LedgerEntry.tenant_id == Account.tenant_id, LedgerEntry.account_id == Account.id
    )
    wrong = select(Account.name).where((Account.held != 0) | (Account.balance != booked.scalar_subquery()))
    with switch.books() as session:
        assert session.scalars(wrong).all() == []


@pytest.fixture(scope="session")
def plan_id(switch: Switch) -> int:
    """The plan that the tests' clients pay by."""
    with switch.books() as session:
        made = session.scalars(select(Plan.id).where(Plan.name == "Call tests")).one_or_none()
        if made is not None:  # by another tier of this run
            return made
        deck = RateDeck(tenant_id=switch.tenant_id, name="Call tests")
        plan = Plan(tenant_id=switch.tenant_id, name="Call tests")
        session.add_all([deck, plan])
        session.flush()
        session.add(PlanDeck(tenant_id=switch.tenant_id, plan_id=plan.id, deck_id=deck.id, position=1))
        session.add_all(_rate(deck, *row) for row in RATES)
        return plan.id


def _rate(deck: RateDeck, prefix: str, price: str, connection: str) -> Rate:
    return Rate(
        tenant_id=deck.tenant_id,
        deck_id=deck.id,
        prefix=prefix,
        destination=f"Destination {prefix}",
        rate=Decimal(price),
        connect_charge=Decimal(connection),
        initial_block=1,
        billing_block=1,
    )


@pytest.fixture
def subscribe(switch: Switch, plan_id: int) -> Subscribe:
    """Open a client with credit and a phone, as the portal does; the phone may have settings."""

    def open_client(credit: str = "10", **settings: Any) -> Subscriber:
        name = f"t-{uuid.uuid4().hex[:12]}"
        with switch.books() as session:
            account = _client(session, switch, name, plan_id, Decimal(credit))
            _, secret = create_sip_user(session, switch.actor, account, name, settings)
            return Subscriber(switch, account.id, Phone(name, secret, port=switch.settings.sip_port))

    return open_client


def _client(session: Session, switch: Switch, name: str, plan_id: int, credit: Decimal) -> Account:
    account = open_account(
        session,
        switch.actor,
        kind=AccountKind.CLIENT,
        parent=None,
        terms={"name": name, "plan_id": plan_id},
        email=f"{name}@calls.example",
        password=sip_secrets.generate(),
    )
    if credit:
        add_credit(session, switch.actor, account, amount=credit, note="for a test", form_id=name)
    return account


@pytest.fixture
def subscriber(subscribe: Subscribe) -> Subscriber:
    """A client with enough money."""
    return subscribe()


@pytest.fixture
def open_far_trunk(switch: Switch) -> Iterator[OpenTrunk]:
    """Open a trunk for one test, as the portal does; afterwards it carries nothing."""
    opened: list[Trunk] = []

    def open_one(password: str = "", **terms: Any) -> Trunk:
        key_file = switch.machine.installation.secrets.key_file("secret-key")
        name = f"t-{uuid.uuid4().hex[:12]}"
        with switch.books() as session:
            trunk = open_trunk(
                session, switch.actor, name=name, terms=TRUNK | terms, password=password, key_file=key_file
            )
        opened.append(trunk)
        wait_for(lambda: switch.knows_trunk(trunk.name, trunk.port), f"Asterisk knows {trunk.name}", 5.0)
        return trunk

    yield open_one
    with switch.books() as session:
        for trunk in opened:
            edit_trunk(session, switch, trunk.id, active=False)


def edit_trunk(session: Session, switch: Switch, trunk_id: int, **terms: Any) -> None:
    """Change a trunk as the portal does."""
    trunk = session.get_one(Trunk, (switch.tenant_id, trunk_id))
    unchanged = {name: getattr(trunk, name) for name in TERMS}
    change_trunk(session, switch.actor, trunk, terms=unchanged | terms, password="", key_file=Path())


@pytest.fixture
def far_ends(switch: Switch) -> FarEnds:
    """Answer at the demo's trunks, the first one's answer first."""

    @contextmanager
    def answer(*answers: str, ring_seconds: float = 0.2) -> Iterator[list[FarEnd]]:
        with ExitStack() as stack:
            ports = range(switch.settings.far_end_port, switch.settings.far_end_port + len(answers))
            yield [
                stack.enter_context(far_end(port, how, ring_seconds))
                for port, how in zip(ports, answers, strict=True)
            ]

    return answer


@pytest.fixture
def nobody_hears(far_ends: FarEnds) -> Iterator[None]:
    """Both trunks listen; at the end neither may have been called."""
    with far_ends("200", "200") as ends:
        yield
        assert [end.calls() for end in ends] == [[], []]


@pytest.fixture
def in_background() -> Iterator[InBackground]:
    """Place a call while the test goes on."""
    with ThreadPoolExecutor() as pool:
        yield lambda phone, number, talk_seconds: pool.submit(call, phone, number, talk_seconds)


def answered(calls: list[FarCall]) -> bool:
    """Whether somebody talks at the far end."""
    return any(one.answered for one in calls)


def ended(calls: list[FarCall]) -> bool:
    """Whether all who talked at the far end have hung up."""
    return bool(calls) and all(one.talk_seconds is not None for one in calls)


def charged_seconds(record: Cdr) -> Decimal:
    """The seconds by which an answered call was charged; its record shows them to the millisecond."""
    return Decimal(record.story["settlement"]["seconds"])


def price(seconds: Decimal, a_minute: str = "0.060000", connection: str = "0.002000") -> Decimal:
    """What seconds cost that are counted by the second."""
    whole = seconds.to_integral_value(ROUND_CEILING)
    return (Decimal(connection) + whole * Decimal(a_minute) / 60).quantize(Decimal("0.000001"))
