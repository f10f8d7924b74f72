"""Place a call through the whole installation: a phone, the softswitch, a far end, the bill.

The phone is a SIP user of the tenant; the far ends sit on the ports of the demo's trunks.
What is reported was read from the phone and from the books, never assumed.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field

from cellhub.domain.failover import goes_on
from cellhub.local import bill, demo_switch, health, softswitch
from cellhub.local.bill import Balance, Bill
from cellhub.local.database import HOST
from cellhub.local.installation import Installation
from cellhub.local.problem import Problem
from cellhub.local.sessions import Sessions, tenant_session, tenant_sessions
from cellhub.local.supervisor import Supervisor
from cellhub.switch import process as switch_process
from cellhub.switch import sipp
from cellhub.switch.console import NoConsole, ask
from cellhub.switch.sipp.far_end import EARLY, RING, SILENCE
from cellhub.switch.sipp.program import free_port

NUMBER = "905551234567"
ANSWER = "200"
NEEDED = ("postgres", "agent", "asterisk")
TRUNKS = (demo_switch.FAR_END, demo_switch.BACKUP)
DOWN = "Unavail"
QUALIFIED_SECONDS = 3.0
BOOKED_SECONDS = 10.0
POLL_SECONDS = 0.1
OK, RINGING, PROGRESS, CHALLENGES = 200, 180, 183, (401, 407)
REDIRECTS = range(300, 400)
UNAVAILABLE, NOBODY_ANSWERED = 503, 480


@dataclass(frozen=True, slots=True)
class Order:
    """What is called, by whom, and what the far ends of the two demo trunks answer.

    ``secret`` is needed for a SIP user that the demo did not make.
    """

    number: str = NUMBER
    seconds: float = 5.0
    sip_user: str = demo_switch.SIP_USER
    secret: str = field(default="", repr=False)
    answers: tuple[str, str] = (ANSWER, ANSWER)
    parallel: int = 1

    @property
    def expected_code(self) -> int:
        """What the phone must hear when every far end answers as told."""
        code: int | None = None
        for answer in self.answers:
            code = _seen(answer)
            if code == OK or not goes_on(code, rang=code in (RINGING, PROGRESS)):
                break
        return _heard(code)


@dataclass(frozen=True, slots=True)
class Placed:
    """How the calls of an order went: for the phone, in the books, and for the money."""

    order: Order
    outcomes: tuple[sipp.CallOutcome, ...]
    bills: tuple[Bill, ...]
    before: tuple[Balance, ...]
    after: tuple[Balance, ...]

    @property
    def as_told(self) -> bool:
        """Whether each call ended as the far ends were told, and is in the books."""
        codes = {outcome.code for outcome in self.outcomes}
        return codes == {self.order.expected_code} and len(self.bills) == self.order.parallel


def place(installation: Installation, order: Order) -> Placed:
    """Register, call, talk, hang up, and wait until the calls are in the books.

    Raises:
        Problem: something that the call needs is missing; the text says what.
    """
    phone = _phone(installation, order)
    with tenant_sessions(installation) as sessions:
        return place_as(phone, order, sessions, lambda: _far_ends(installation, order))


def place_as(
    phone: sipp.Phone, order: Order, sessions: Sessions, far_ends: Callable[[], AbstractContextManager[None]]
) -> Placed:
    """Call as ``phone`` while ``far_ends`` answer; ``sessions`` see the tenant's books.

    Raises:
        Problem: the phone could not register, or the call could not be placed.
    """
    with sessions() as session:
        before, since = bill.balances(session, order.sip_user), bill.clock(session)
    try:
        with registered(phone), far_ends():
            outcomes = sipp.calls(phone, order.number, order.parallel, order.seconds)
            bills = wait_for_bills(sessions, order, since)
    except (sipp.SippError, NoConsole) as error:
        raise Problem(str(error)) from error
    with sessions() as session:
        after = bill.balances(session, order.sip_user)
    return Placed(order, tuple(outcomes), tuple(bills), tuple(before), tuple(after))


def check_running(installation: Installation) -> None:
    """Refuse to call through what does not run.

    Raises:
        Problem: says what is not up, and how to get it.
    """
    supervisor = Supervisor(installation)
    if not supervisor.answers():
        raise Problem("CellHub does not run. Start it: make run")
    reports = {report.part.name: report for report in health.look_at_running(supervisor)}
    if "asterisk" not in reports:
        why = switch_process.why_not() or "It was left out at the start; end it and start it again: make run"
        raise Problem(f"CellHub runs without its softswitch. {why}")
    for name in NEEDED:
        if reports[name].trouble:
            raise Problem(f"No call can be placed: {name} {reports[name].trouble}")


def _phone(installation: Installation, order: Order) -> sipp.Phone:
    with tenant_session(installation) as session:
        known = bill.sip_user_names(session)
    if order.sip_user not in known:
        raise Problem(f"--sip-user: there is no SIP user {order.sip_user}; there are {', '.join(known)}.")
    settings = installation.settings
    secret = order.secret or _demo_secret(installation, order.sip_user)
    port = free_port(settings.sip_host)
    return sipp.Phone(
        order.sip_user, secret, settings.sip_host, settings.sip_port, settings.sip_host, local_port=port
    )


def _demo_secret(installation: Installation, username: str) -> str:
    if username not in (demo_switch.SIP_USER, demo_switch.BAKERY_SIP_USER):
        raise Problem(
            f"--secret-file: only the demo's own phones have their secrets here; name {username}'s file."
        )
    return demo_switch.sip_secret(installation.secrets, username)


@contextmanager
def registered(phone: sipp.Phone) -> Iterator[None]:
    """Keep the phone registered for the block: afterwards nobody would answer at its address."""
    code = sipp.register(phone)
    if code != OK:
        raise Problem(
            f"{phone.username} could not register: {code or 'no answer'}. Is its secret the right one?"
        )
    try:
        yield
    finally:
        sipp.register(phone, expires=0)


@contextmanager
def _far_ends(installation: Installation, order: Order) -> Iterator[None]:
    """Answer on the ports of the demo's trunks, as the order says."""
    with ExitStack() as stack:
        for rank, answer in enumerate(order.answers):
            stack.enter_context(sipp.far_end(installation.settings.far_end_port + rank, answer, host=HOST))
        qualify(installation, TRUNKS)
        yield


def qualify(installation: Installation, trunks: Iterable[str]) -> None:
    """Have the softswitch ask trunks whether they are up; it skips those that were down when last asked."""
    run = softswitch.folders(installation).run
    deadline = time.monotonic() + QUALIFIED_SECONDS
    for trunk in trunks:
        ask(run, f"pjsip qualify trunk-{trunk}")
        while DOWN in ask(run, f"pjsip show aor trunk-{trunk}") and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)


def wait_for_bills(sessions: Sessions, order: Order, since: dt.datetime) -> list[Bill]:
    """Return the bills as soon as every call has one, or what there is when it takes too long."""
    deadline = time.monotonic() + BOOKED_SECONDS
    while True:
        with sessions() as session:
            found = bill.bills(session, order.sip_user, order.number, since)
        if len(found) >= order.parallel or time.monotonic() > deadline:
            return found
        time.sleep(POLL_SECONDS)


def _seen(answer: str) -> int | None:
    """Give the last SIP code that a far end lets the softswitch see."""
    unanswered = {RING: RINGING, EARLY: PROGRESS, SILENCE: None}
    return unanswered[answer] if answer in unanswered else int(answer)


def _heard(code: int | None) -> int:
    """Give the code with which the softswitch passes the last one on to the phone."""
    if code in (RINGING, PROGRESS) or code in REDIRECTS:
        return NOBODY_ANSWERED
    # A challenge is the trunk's with us; the phone cannot answer it.
    return UNAVAILABLE if code is None or code in CHALLENGES else code
