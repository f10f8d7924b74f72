"""A tenant of an installation as those see it who call through it: phones, far ends, bills."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cache, partial
from typing import Any

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

from cellhub.accounts.audit import Actor
from cellhub.accounts.services import open_account
from cellhub.calls.models import Attempt, Call, Cdr
from cellhub.db.scope import Scope
from cellhub.db.session import make_session_factory, scoped
from cellhub.db.tenancy import Account, AccountKind, Tenant
from cellhub.domain.settlement import FINAL
from cellhub.local.demo_switch import DECK
from cellhub.money.models import EntryKind, LedgerEntry
from cellhub.money.services import add_credit
from cellhub.rates.services import decks
from cellhub.rates.services.plans import open_plan
from cellhub.rates.services.tariffs import add_rate
from cellhub.security import sip_secrets
from cellhub.sip.services import create_sip_user
from cellhub.switch import sipp
from cellhub.switch.sipp import FarEnd, Phone
from cellhub.switch.sipp.program import free_port
from tests.cluster.installing import Installed
from tests.fixtures.switch import wait_for

Manifest = dict[str, Any]
API_VERSION = "cellhub.io/v1alpha1"
NUMBER = "905551234567"
A_SECOND = Decimal("0.001")
CREDIT = Decimal(100)
OK = 200
SECONDS = 60.0


def tenant(name: str, **asterisk: Any) -> Manifest:
    """A Tenant with the least that must be said; ``asterisk`` is about its softswitch."""
    spec = {
        "displayName": f"{name.title()} Telecom",
        "sipDomain": f"sip.{name}.example",
        "adminEmail": f"admin@{name}.example",
        **({"asterisk": asterisk} if asterisk else {}),
    }
    return {"apiVersion": API_VERSION, "kind": "Tenant", "metadata": {"name": name}, "spec": spec}


def trunk(name: str, tenant: str, host: str, port: int, **more: Any) -> Manifest:
    """A Trunk to a far end."""
    spec = {"tenantRef": {"name": tenant}, "host": host, "port": port, **more}
    return {"apiVersion": API_VERSION, "kind": "Trunk", "metadata": {"name": name}, "spec": spec}


@dataclass(frozen=True)
class Exchange:
    """An installation with a way to its books."""

    installed: Installed

    @property
    def factory(self) -> sessionmaker[Session]:
        """Sessions as the portal has them; a release that was installed again has another address."""
        return _factory(self.installed.database_url("portal"))

    @property
    def machine(self) -> str:
        """This machine, as the pods see it."""
        return str(self.installed.cluster.plan.block.machine)

    def kubectl(self, *words: str) -> str:
        """Run kubectl in the installation's namespace."""
        return self.installed.cluster.kubectl("--namespace", self.installed.namespace, *words)

    def apply(self, *manifests: Manifest) -> None:
        """``kubectl apply`` them, as people do."""
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"apiVersion": "v1", "kind": "List", "items": manifests}, file)
            file.flush()
            self.kubectl("apply", "--filename", file.name)

    def books(self, tenant_id: int) -> AbstractContextManager[Session]:
        """A transaction in a tenant's scope."""
        return scoped(self.factory, Scope.of_tenant(tenant_id))

    def tenant_id(self, name: str) -> int | None:
        """The row of a Tenant, if it has one."""
        with scoped(self.factory, Scope.platform()) as session:
            return session.scalar(select(Tenant.id).where(Tenant.slug == name))

    def open(self, name: str) -> Office:
        """Open a client with a plan, credit and a phone in a Tenant that was applied, as its admin does."""
        tenant_id = wait_for(lambda: self.tenant_id(name), f"{name} has its row", SECONDS)
        with self.books(tenant_id) as session:
            actor = Actor(tenant_id, "cluster tests")
            account, secret = _customer(session, actor, name)
        address = (
            "get",
            "service",
            f"{name}-sip",
            "--ignore-not-found",
            "--output=jsonpath={.spec.clusterIP}",
        )
        host = wait_for(lambda: self.kubectl(*address), f"{name} has its Service", SECONDS)
        return Office(
            self, name, tenant_id, account.id, Phone(f"{name}-1", secret, host, local_host=self.machine)
        )

    @contextmanager
    def far_end(self, answer: str = "200") -> Iterator[FarEnd]:
        """A carrier on this machine."""
        with sipp.far_end(free_port(self.machine), answer, host=self.machine) as one:
            yield one

    def doctor(self) -> str:
        """What ``cellhub doctor money`` says in a pod of the installation; it fails if a sum is wrong."""
        return self.installed.run("cellhub", "doctor", "money")


def _customer(session: Session, actor: Actor, name: str) -> tuple[Account, str]:
    """A client that pays a tenth of a cent for each second, and the secret of its phone."""
    deck = decks.open_deck(session, actor, DECK)
    rate = {"destination": "Turkey", "rate": A_SECOND * 60, "connect_charge": Decimal(0), "trunk_id": None}
    add_rate(
        session, actor, {**rate, "deck_id": deck.id, "prefix": "90", "initial_block": 1, "billing_block": 1}
    )
    account = open_account(
        session,
        actor,
        kind=AccountKind.CLIENT,
        parent=None,
        terms={"name": f"{name} client", "plan_id": open_plan(session, actor, "Standard", [deck.id]).id},
        email=f"client@{name}.example",
        password=sip_secrets.generate(),
    )
    add_credit(session, actor, account, amount=CREDIT, note="for tests", form_id=name)
    _, secret = create_sip_user(session, actor, account, f"{name}-1", {"caller_id_number": "902125550100"})
    return account, secret


@dataclass(frozen=True)
class Office:
    """A tenant's client, its phone and its bills."""

    exchange: Exchange
    name: str
    tenant_id: int
    account_id: int
    phone: Phone

    def books(self) -> AbstractContextManager[Session]:
        """A transaction in the tenant's scope."""
        return self.exchange.books(self.tenant_id)

    def account(self, session: Session) -> Account:
        """The client that pays for its calls."""
        return session.get_one(Account, (self.tenant_id, self.account_id))

    def register(self) -> int | None:
        """Register the phone; the final SIP code."""
        return sipp.register(self.phone)

    def call(self, seconds: float = 1.0) -> sipp.CallOutcome:
        """Call, talk, hang up."""
        return sipp.call(self.phone, NUMBER, seconds)

    def records(self, since: int = 0) -> list[Cdr]:
        """The records of its calls, oldest first, without the first ones."""
        query = select(Cdr).where(Cdr.account_id == self.account_id).order_by(Cdr.started_at, Cdr.call_id)
        with self.books() as session:
            return list(session.scalars(query))[since:]

    def new_records(self, since: int, count: int = 1, seconds: float = 15.0) -> list[Cdr]:
        """Wait until so many more calls than ``since`` have their record; there must not be more."""
        wait_for(lambda: len(self.records(since)) >= count, f"{count} records", seconds)
        found = self.records(since)
        assert len(found) == count
        return found

    def charges(self) -> list[Decimal]:
        """What its calls cost, in the ledger, oldest first."""
        return [amount for _, amount in self.entries()]

    def entries(self) -> list[tuple[str, Decimal]]:
        """What the ledger says each of its calls costs, by the call's id, oldest first."""
        query = select(LedgerEntry.reason, LedgerEntry.amount).where(
            LedgerEntry.account_id == self.account_id, LedgerEntry.kind == EntryKind.CALL
        )
        with self.books() as session:
            found = session.execute(query.order_by(LedgerEntry.id))
            return [(reason.removeprefix("call:"), -amount) for reason, amount in found]

    def attempts(self, record: Cdr) -> list[tuple[str, int | None]]:
        """The trunks that a call tried, with their answers."""
        query = select(Attempt.trunk, Attempt.code).where(Attempt.call_id == record.call_id)
        with self.books() as session:
            return [(one.trunk, one.code) for one in session.execute(query.order_by(Attempt.position))]

    def wait_for_trunk(self, name: str) -> None:
        """Wait until each softswitch has a trunk."""
        for pod in self.pods():
            command = partial(self.console, pod["metadata"]["name"], f"pjsip show aor trunk-{name}")
            wait_for(lambda command=command: "sip:" in command(), f"{name} is known")

    def console(self, pod: str, command: str) -> str:
        """What the Asterisk of a pod answers on its console."""
        return self.exchange.kubectl("exec", pod, "--container=asterisk", "--", "asterisk", "-rx", command)

    def running(self) -> list[str]:
        """Its calls that are not final."""
        with self.books() as session:
            return list(session.scalars(select(Call.call_id).where(Call.state.not_in(FINAL))))

    def busy(self) -> set[str]:
        """Its softswitches that have calls."""
        with self.books() as session:
            return set(session.scalars(select(Call.pod).where(Call.state.not_in(FINAL))))

    def pods(self) -> list[Manifest]:
        """Its softswitches."""
        labels = f"cellhub.io/tenant={self.name},app.kubernetes.io/component=switch"
        found = json.loads(self.exchange.kubectl("get", "pods", "--selector", labels, "--output", "json"))
        pods: list[Manifest] = sorted(found["items"], key=lambda pod: str(pod["metadata"]["name"]))
        return pods

    def wait_until_ready(self, pods: int = 1, seconds: float = SECONDS) -> None:
        """Wait until so many softswitches take calls and none is on its way out."""

        def all_ready() -> bool:
            states = [is_ready(pod) for pod in self.pods()]
            return states == [True] * pods

        wait_for(all_ready, f"{pods} softswitches of {self.name} are ready", seconds)


def is_ready(pod: Manifest) -> bool:
    """Whether a pod takes calls, and is not ending."""
    conditions = pod["status"].get("conditions", ())
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def starts(pods: list[Manifest]) -> dict[str, int]:
    """How often the containers of pods were started again; a pod that was replaced has another key."""
    return {
        f"{pod['metadata']['uid']} {container['name']}": container["restartCount"]
        for pod in pods
        for container in pod["status"]["containerStatuses"]
    }


def seconds_of(record: Cdr) -> Decimal:
    """The seconds that a call is charged, to the microsecond."""
    return Decimal(record.story["settlement"]["seconds"])


def cost_of(record: Cdr) -> Decimal:
    """What they cost: each second that was begun."""
    return seconds_of(record).to_integral_value(ROUND_CEILING) * A_SECOND


@cache
def _factory(url: str) -> sessionmaker[Session]:
    return make_session_factory(create_engine(url, poolclass=NullPool))
