"""The link to PostgreSQL breaks: whatever was under way takes effect once, and nobody waits for long."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass, replace
from decimal import Decimal

import psycopg2
import pytest
from sqlalchemy import make_url

from cellhub.charging.books import Books
from cellhub.charging.checking import record_refusal
from cellhub.charging.connections import Connections, DatabaseAway
from cellhub.charging.running import extend_call
from cellhub.charging.settling import hold_for_review, settle_call
from cellhub.charging.verdicts import Granted
from tests.fakes.link import Cut, Link, link_to
from tests.fixtures.shop import AGENT, BEGAN, Shop, answer, at_once, talked

FIRST_HOLD = Decimal("0.026000")
COST = Decimal("0.028400")  # of 61.4 s
AT_ONCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Remote:
    """The shop's books behind a link that can be cut."""

    shop: Shop
    link: Link


def connect(url, link, size=8):
    """Connect by way of the link."""
    by_link = make_url(url).set(port=link.port).render_as_string(hide_password=False)
    return Connections(by_link, application="tests-link", size=size)


@pytest.fixture
def agent_url(own_database):
    return own_database.url(AGENT)


@pytest.fixture
def remote(shop, agent_url):
    with link_to(make_url(agent_url).port) as link:
        connections = connect(agent_url, link)
        near = replace(shop, books=Books(connections, shop.company.tenant.slug))
        assert near.books.scope  # the tenant is known before anything breaks
        yield Remote(near, link)
        assert link.cuts == 0
        connections.close()


@pytest.mark.parametrize("moment", Cut)
def test_a_check_cut_off_is_admitted_and_held_once(remote, moment):
    remote.link.cut_at("INSERT INTO call ", moment)
    granted = remote.shop.checker.check(remote.shop.request())
    assert isinstance(granted, Granted)
    assert remote.shop.rows("SELECT call_id, state FROM call") == [(granted.request.call_id, "AUTHORISED")]
    assert remote.shop.money(remote.shop.company.client.id)[1] == FIRST_HOLD


@pytest.mark.parametrize("moment", Cut)
def test_an_answer_cut_off_is_one_step(remote, moment):
    granted = remote.shop.call()
    remote.link.cut_at("SET state = 'ANSWERED'", moment)
    assert answer(remote.shop.books, granted) == 1
    assert remote.shop.rows("SELECT state, step FROM call") == [("ANSWERED", 1)]


@pytest.mark.parametrize("moment", Cut)
def test_an_extension_cut_off_holds_one_slice_more(remote, moment):
    granted = remote.shop.answered()
    remote.link.cut_at("SET state = 'EXTENDED'", moment)
    slice_ = extend_call(
        *(remote.shop.books, granted.request.call_id, granted.payers), step=1, paid_seconds=60, wanted=120
    )
    assert slice_.slice_seconds == 120
    assert remote.shop.rows("SELECT state, step, paid_seconds FROM call") == [("EXTENDED", 2, 180)]
    assert remote.shop.money(remote.shop.company.client.id)[1] == Decimal("0.074000")


@pytest.mark.parametrize("moment", Cut)
def test_a_settlement_cut_off_charges_once_and_says_that_it_did(remote, moment):
    granted = remote.shop.answered()
    remote.link.cut_at("INSERT INTO ledger_entry", moment)
    assert settle_call(remote.shop.books, granted.payers, talked(granted, "61.400"))
    assert remote.shop.rows("SELECT amount FROM ledger_entry WHERE kind = 'call'") == [(-COST,)]
    assert remote.shop.money(remote.shop.company.client.id) == (Decimal(50) - COST, Decimal(0))


@pytest.mark.parametrize("moment", Cut)
def test_a_doubt_cut_off_puts_the_call_aside_once(remote, moment):
    granted = remote.shop.answered()
    remote.link.cut_at("SET state = 'REVIEW'", moment)
    hold_for_review(remote.shop.books, granted.request.call_id, BEGAN, {"evidence": "1"})
    assert remote.shop.rows("SELECT state, step FROM call") == [("REVIEW", 2)]


@pytest.mark.parametrize("moment", Cut)
def test_a_refusal_cut_off_is_recorded_once(remote, moment):
    refused = remote.shop.checker.check(remote.shop.request(dialled="33123456789"))
    remote.link.cut_at("INSERT INTO cdr", moment)
    record_refusal(remote.shop.books, refused.record)
    call_id = refused.request.call_id
    assert remote.shop.rows("SELECT verdict FROM cdr WHERE call_id = :id", id=call_id) == [("no_rate",)]


def test_a_link_that_breaks_twice_leaves_the_deed_to_the_caller(remote):
    granted = remote.shop.answered()
    remote.link.cut_at("INSERT INTO ledger_entry", Cut.BEFORE_SERVER, times=2)
    ending = talked(granted, "61.400")
    with pytest.raises(DatabaseAway):
        settle_call(remote.shop.books, granted.payers, ending)
    assert remote.shop.money(remote.shop.company.client.id) == (Decimal(50), FIRST_HOLD)
    assert settle_call(remote.shop.books, granted.payers, ending)
    assert remote.shop.money(remote.shop.company.client.id) == (Decimal(50) - COST, Decimal(0))


def test_idle_connections_that_broke_are_replaced_unnoticed(remote):
    at_once(lambda _: remote.shop.checker.check(remote.shop.request()), times=8, threads=8)
    remote.link.cut()
    assert isinstance(remote.shop.checker.check(remote.shop.request()), Granted)
    assert remote.shop.one("SELECT count(*) FROM call") == 9


def test_without_postgresql_the_answer_is_that_it_is_away_at_once(remote):
    remote.link.close()
    began = time.monotonic()
    with pytest.raises(DatabaseAway):
        remote.shop.checker.check(remote.shop.request())
    assert time.monotonic() - began < AT_ONCE_SECONDS


def test_a_server_that_takes_no_writes_is_as_good_as_away(shop, own_database, agent_url):
    granted = shop.answered()
    with own_database.installation.postgres().superuser() as connection, connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {own_database.name} SET default_transaction_read_only = on")
    connections = Connections(agent_url, application="tests-standby", size=1)
    books = Books(connections, shop.company.tenant.slug)
    with pytest.raises(DatabaseAway, match="read-only"):
        settle_call(books, granted.payers, talked(granted, "61.400"))
    connections.close()


def test_a_statement_that_is_locked_out_ends_by_itself_and_holds_nothing(shop, monkeypatch):
    monkeypatch.setattr("cellhub.charging.connections.STATEMENT_MS", 200)
    with shop.factory.begin() as session:
        session.connection().exec_driver_sql("SET LOCAL ROLE cellhub_platform")
        session.connection().exec_driver_sql("SELECT 1 FROM account FOR UPDATE")
        with pytest.raises(DatabaseAway, match="statement timeout"):
            shop.checker.check(shop.request())
    assert shop.rows("SELECT 1 FROM call") == []
    assert isinstance(shop.checker.check(shop.request()), Granted)


def test_who_finds_every_connection_busy_is_told_so(shop, agent_url, monkeypatch):
    monkeypatch.setattr("cellhub.charging.connections.WAIT_SECONDS", 0.1)
    connections = Connections(agent_url, application="tests-busy", size=1)
    slept = at_once(lambda _: _outcome(connections, "SELECT pg_sleep(0.5)"), times=3, threads=3)
    assert sorted(slept) == ["All connections are busy.", "All connections are busy.", "done"]
    connections.close()


def _outcome(connections, statement):
    try:
        connections.run(statement, {})
    except DatabaseAway as error:
        return str(error)
    return "done"


def test_a_statement_that_is_refused_or_cannot_be_sent_costs_no_connection(shop, agent_url):
    with link_to(make_url(agent_url).port) as link:
        connections = connect(agent_url, link, size=1)
        with pytest.raises(psycopg2.ProgrammingError):
            connections.run("SELECT nonsense", {})
        with pytest.raises(ValueError, match="NUL"):
            connections.run("SELECT %(text)s", {"text": "a\0b"})
        assert connections.run("SELECT 1", {}) == [(1,)]
        assert link.connections == 1
        connections.close()


def test_a_host_that_falls_silent_is_given_up_within_seconds(agent_url):
    connections = Connections(agent_url, application="tests-silent", size=1)
    connection = connections.open()
    with socket.socket(fileno=os.dup(connection.fileno())) as link:
        assert link.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 3000
        assert link.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        seconds = [socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT]
        assert [link.getsockopt(socket.IPPROTO_TCP, option) for option in seconds] == [2, 1, 2]
    connection.close()
