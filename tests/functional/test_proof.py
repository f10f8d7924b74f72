"""The proof of the books finds every sum that was bent, and names it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import text

from cellhub.cli import doctor
from cellhub.cli.main import main
from cellhub.db.roles import PORTAL
from cellhub.money.proof import INVARIANTS, Drift


@pytest.fixture
def drifts(world):
    """Find the drifts of one invariant."""
    invariants = {one.number: one for one in INVARIANTS}
    session = world.see_everything()
    return lambda number: list(invariants[number].drifts(session))


def bend(world, assignment):
    statement = text(f"UPDATE account SET {assignment} WHERE id = :id")
    world.see_everything().execute(statement, {"id": world.north.client.id})


def test_what_was_booked_and_held_by_the_rules_proves_itself(drifts):
    assert drifts(1) == []
    assert drifts(2) == []


def test_a_balance_without_its_entry_is_found(drifts, world):
    name = world.north.client.name
    bend(world, "balance = balance + 0.000001")
    assert drifts(1) == [Drift("north", name, Decimal("50.000001"), Decimal("50.000000"))]


def test_money_held_for_no_running_call_is_found(drifts, world):
    name = world.north.client.name
    bend(world, "held = 0.25")
    (drift,) = drifts(2)
    assert drift == Drift("north", name, Decimal("0.250000"), Decimal(0))
    assert drift.amount == Decimal("0.250000")


def test_records_that_the_ledger_does_not_know_are_found_by_tenant_and_day(drifts, world):
    day = str(world.north.cdr.started_at.date())
    cost = Decimal("0.162500")  # the factory records three payments and books none
    assert drifts(6) == [Drift("north", day, cost, Decimal(0)), Drift("south", day, cost, Decimal(0))]


def test_the_doctor_says_which_rule_is_broken_where_and_by_how_much(world):
    name = world.north.client.name
    session = world.see_everything()
    assert doctor.money(session).lines[:2] == [
        "  1   OK            every balance is the sum of its entries",
        "  2   OK            what is held is the sum of the holds of running calls",
    ]
    bend(world, "balance = balance - 1, held = 2")
    report = doctor.money(session)
    assert not report.well
    assert report.lines[:4] == [
        "  1   BROKEN in 1   every balance is the sum of its entries",
        f"      north, {name}: 49.000000 kept, 50.000000 proven, -1.000000",
        "  2   BROKEN in 1   what is held is the sum of the holds of running calls",
        f"      north, {name}: 2.000000 kept, 0 proven, +2.000000",
    ]
    [first, *_] = report.document
    assert first["drifts"] == [{"tenant": "north", "place": name, "kept": "49.000000", "proven": "50.000000"}]


def test_the_doctor_looks_at_the_database_that_a_pod_is_given(own_database, monkeypatch, capsys):
    monkeypatch.setenv("CELLHUB_DATABASE_URL", own_database.url(PORTAL.name))
    assert main(["doctor", "money"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"  {one.number:<4}{'OK':<14}{one.sentence}" for one in INVARIANTS
    ]
