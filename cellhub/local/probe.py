"""Look at an installation from outside, as ``helm test`` does: are its pages there, is a call billed.

Nothing of this machine's own is needed: an address for everything, a SIP user, and the portal's
login to read the books.
"""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import Field, SecretStr

from cellhub.environment import Port, Settings
from cellhub.local.bill import sip_user_names
from cellhub.local.problem import Problem
from cellhub.local.sessions import sessions_of
from cellhub.local.testcall import Order, Placed, place_as
from cellhub.switch import sipp
from cellhub.switch.sipp.program import free_port

SECONDS = 10


class ProbeSettings(Settings):
    """What ``cellhub probe`` reads beside ``CELLHUB_TENANT`` and ``CELLHUB_DATABASE_URL``."""

    database_url: SecretStr = Field(
        SecretStr("postgresql+psycopg2://"), description="PostgreSQL as the portal's login, to read the bill"
    )
    secret_key_file: Path = Field(Path(), description="not used here")
    probe_pages: str = Field("", description="addresses that must answer, with spaces between them")
    probe_host: str = Field("", description="address at which the softswitch speaks SIP")
    probe_port: Port = Field(5060, ge=1, le=65535, description="its SIP port")
    probe_own_host: str = Field("127.0.0.1", description="our own address, which the softswitch can reach")
    probe_sip_user: str = Field("", description="SIP user that calls")
    probe_secret_file: Path | None = Field(None, description="file with that SIP user's secret")
    probe_number: str = Field("905551234567", description="number that is called")
    probe_seconds: float = Field(3.0, gt=0, le=60, description="how long the call is")
    probe_far_end_port: int = Field(
        0, ge=0, le=65535, description="be the provider too, at this port; 0: a real one answers"
    )


def look_at_pages(settings: ProbeSettings) -> list[str]:
    """Ask for each page and return those that answered.

    Raises:
        Problem: one did not; the text says which, and what it said.
    """
    pages = settings.probe_pages.split()
    if not pages:
        raise Problem("CELLHUB_PROBE_PAGES: name the addresses that are to answer.")
    for page in pages:
        try:
            with urllib.request.urlopen(page, timeout=SECONDS):  # noqa: S310  the chart's own addresses
                continue
        except (urllib.error.URLError, OSError, ValueError) as error:
            raise Problem(f"{page}: {error}") from error
    return pages


def place(settings: ProbeSettings) -> Placed:
    """Register, call, talk, hang up, and read the bill.

    Raises:
        Problem: something that the call needs is missing; the text says what.
    """
    order = Order(settings.probe_number, settings.probe_seconds, settings.probe_sip_user)
    phone = _phone(settings)
    with sessions_of(settings.database_url.get_secret_value(), settings.tenant) as sessions:
        with sessions() as session:
            known = sip_user_names(session)
        if order.sip_user not in known:
            raise Problem(f"CELLHUB_PROBE_SIP_USER: {settings.tenant} has no SIP user {order.sip_user!r}.")
        return place_as(phone, order, sessions, lambda: _far_end(settings))


def _phone(settings: ProbeSettings) -> sipp.Phone:
    own = settings.probe_own_host
    return sipp.Phone(
        settings.probe_sip_user,
        _secret(settings),
        _address(settings.probe_host),
        settings.probe_port,
        own,
        local_port=free_port(own),
    )


def _secret(settings: ProbeSettings) -> str:
    if settings.probe_secret_file is None:
        raise Problem("CELLHUB_PROBE_SECRET_FILE: name the file with the SIP user's secret.")
    try:
        return settings.probe_secret_file.read_text().strip()
    except OSError as error:
        raise Problem(f"CELLHUB_PROBE_SECRET_FILE: {error.strerror}.") from error


def _address(host: str) -> str:
    """Resolve it once, so that register and call meet one softswitch."""
    try:
        return str(socket.getaddrinfo(host, None, socket.AF_INET)[0][4][0])
    except OSError as error:
        raise Problem(f"CELLHUB_PROBE_HOST: {host!r} has no address: {error.strerror}.") from error


@contextmanager
def far_end(settings: ProbeSettings) -> Iterator[sipp.FarEnd]:
    """Be a provider that answers every call.

    Raises:
        Problem: it cannot be one; the text says why.
    """
    if not settings.probe_far_end_port:
        raise Problem("CELLHUB_PROBE_FAR_END_PORT: choose the port at which it answers.")
    try:
        with sipp.far_end(settings.probe_far_end_port, host=settings.probe_own_host) as one:
            yield one
    except sipp.SippError as error:
        raise Problem(str(error)) from error


@contextmanager
def _far_end(settings: ProbeSettings) -> Iterator[None]:
    if not settings.probe_far_end_port:
        yield
        return
    with far_end(settings):
        yield
