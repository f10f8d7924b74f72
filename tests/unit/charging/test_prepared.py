"""Strings of statements become what is prepared once and what is executed each time."""

from __future__ import annotations

from cellhub.charging import statements
from cellhub.charging.prepared import prepared

ENTER = "SELECT set_config('role', %(role)s, true)"
HOLD = "UPDATE account SET held = %(held)s WHERE id = ANY(%(ids)s::bigint[]) AND cardinality(%(ids)s) > 0"


def test_each_value_is_named_once_and_takes_the_type_of_its_cast():
    [hold] = prepared(f"{ENTER};\n{HOLD}").statements
    assert hold.prepare == (
        f"PREPARE {hold.name} (unknown, bigint[]) AS "
        "UPDATE account SET held = $1 WHERE id = ANY($2) AND cardinality($2) > 0"
    )
    assert hold.execute == f"EXECUTE {hold.name} (%(held)s, %(ids)s::bigint[])"


def test_the_scope_is_entered_each_time_and_before_anything_is_prepared():
    deed = prepared(f"{ENTER};\n{HOLD}")
    assert deed.prepare(known=()).split(";\n")[0] == ENTER
    assert deed.execute.split(";\n")[0] == ENTER


def test_a_statement_that_the_connection_knows_is_not_prepared_again():
    lock, hold = prepared(f"{ENTER};\nSELECT %(id)s;\n{HOLD}").statements
    deed = prepared(f"{ENTER};\nSELECT %(id)s;\n{HOLD}")
    assert deed.prepare(known={lock.name}) == f"{ENTER};\n{hold.prepare}"
    assert deed.prepare(known={lock.name, hold.name}) == ""


def test_deeds_that_share_a_statement_share_its_name():
    adjust, settle = prepared(statements.ADJUST), prepared(statements.settle(bought=True))
    assert adjust.statements[0] == settle.statements[0]
    assert adjust.names & settle.names == {adjust.statements[0].name}


def test_a_statement_without_values_is_sent_as_it_is():
    deed = prepared(f"{ENTER};\nTRUNCATE call")
    assert (deed.prepare(known=()), deed.execute) == ("", f"{ENTER};\nTRUNCATE call")


def test_a_single_statement_is_sent_as_it_is():
    deed = prepared("SELECT pg_notify(%(channel)s, 'x')")
    assert (deed.prepare(known=()), deed.execute) == ("", "SELECT pg_notify(%(channel)s, 'x')")
