"""The invariants of charging, each by its number in the rules.

5 is in test_invariant_deaths, 7 and 13 in test_invariant_prices, 12 and 16 in test_invariant_bookings; 7
and 8 also in tests/unit/domain/test_rating.py.
"""

from __future__ import annotations

import random
import shutil
from decimal import Decimal
from itertools import pairwise

import psycopg2
import pytest
from cellhub_agi.calls import Calls
from cellhub_agi.notify import Pings
from cellhub_agi.settlements import SETTLE, Settlements, as_values
from cellhub_agi.spool import Spool
from sqlalchemy.exc import IntegrityError, ProgrammingError

from cellhub.charging.checking import record_refusal
from cellhub.charging.records import find_call
from cellhub.charging.running import extend_call
from cellhub.charging.settling import hold_for_review, settle_call
from cellhub.charging.statements.parts import ENTER
from cellhub.charging.verdicts import Granted, Refused
from cellhub.db.scope import Scope, enter_scope
from cellhub.db.tenancy import AccountKind
from cellhub.domain.admission import Verdict
from cellhub.domain.settlement import GRACE_SECONDS, seconds_to_charge
from cellhub.money.proof import INVARIANTS
from tests.factories.world import make_account, make_sip_user
from tests.fixtures.shop import BEGAN, answer, at_once, talked, untalked

FIRST_HOLD = Decimal("0.026000")
OPENING = Decimal("50.000000")
LIVES, THREADS = 64, 8

NO_HOLD_WITHOUT_MONEY = """
CREATE FUNCTION no_hold_without_money() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.held > OLD.held AND NEW.balance - NEW.held + NEW.credit_limit < 0 THEN
        RAISE EXCEPTION 'account % holds % of %', NEW.id, NEW.held, NEW.balance;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_hold_without_money BEFORE UPDATE ON account
FOR EACH ROW EXECUTE FUNCTION no_hold_without_money()
"""


def live(shop, number):
    """Let one call live, by the dice of its number; some are left ringing, talking or doubted."""
    dice = random.Random(number)
    answered = shop.checker.check(shop.request(dice.choice(["north-101", "north-201"])))
    if isinstance(answered, Refused):
        record_refusal(shop.books, answered.record)
    elif dice.random() < 0.3:
        settle_call(shop.books, answered.payers, untalked(answered))
    elif dice.random() < 0.8:
        talk(shop, answered, dice)


def talk(shop, granted, dice):
    answer(shop.books, granted)
    call_id = granted.request.call_id
    if dice.random() < 0.5:
        extend_call(shop.books, call_id, granted.payers, step=1, paid_seconds=60, wanted=120)
    if dice.random() < 0.1:
        hold_for_review(shop.books, call_id, BEGAN, {})
    if dice.random() < 0.8:
        ending = talked(granted, f"{dice.randrange(60_000) / 1000:.3f}")
        at_once(lambda _: settle_call(shop.books, granted.payers, ending), times=2, threads=2)


def storm(shop):
    """Let many calls live at once."""
    at_once(lambda number: live(shop, number), times=LIVES, threads=THREADS)


def drifts(shop, number):
    """Find where the command that proves the books finds a rule broken."""
    (rule,) = (one for one in INVARIANTS if one.number == number)
    with shop.factory.begin() as session:
        enter_scope(session, Scope.of_tenant(shop.company.tenant.id))
        return list(rule.drifts(session))


def test_invariant_1_the_balance_is_the_sum_of_its_entries(shop):
    storm(shop)
    assert shop.one("SELECT count(*) FROM ledger_entry WHERE kind = 'call'") > 0
    assert drifts(shop, 1) == []


def test_invariant_2_what_is_held_is_the_sum_of_the_holds_of_calls_that_are_not_final(shop):
    storm(shop)
    assert shop.one("SELECT sum(held) FROM account") > 0
    assert drifts(shop, 2) == []
    final = "FROM call WHERE state IN ('SETTLED', 'RELEASED')"
    held = shop.rows(f"SELECT DISTINCT held FROM call_payer WHERE call_id IN (SELECT call_id {final})")
    assert held == [(Decimal(0),)]


def test_invariant_3_of_500_parallel_checks_on_money_for_seven_calls_seven_pass(shop):
    shop.give(shop.company.client.id, str(7 * FIRST_HOLD))
    shop.do("UPDATE rate SET initial_block = 60 WHERE prefix = '905'")
    checker = shop.checker
    answers = at_once(lambda _: checker.check(shop.request()), times=500, threads=16)
    assert sum(isinstance(answer, Granted) for answer in answers) == 7
    assert {answer.verdict for answer in answers if isinstance(answer, Refused)} == {Verdict.NO_CREDIT}
    balance, held = shop.money(shop.company.client.id)
    assert balance == held == 7 * FIRST_HOLD


def test_invariant_3_a_resellers_money_for_five_calls_lets_five_of_its_clients_pass(shop):
    shop.give(shop.company.reseller.id, str(5 * FIRST_HOLD))
    shop.do("UPDATE rate SET initial_block = 60 WHERE prefix = '905'")
    checker = shop.checker
    answers = at_once(lambda _: checker.check(shop.request("north-201")), times=60, threads=8)
    assert sum(isinstance(answer, Granted) for answer in answers) == 5
    assert shop.money(shop.company.reseller.id)[1] == 5 * FIRST_HOLD
    assert shop.money(shop.company.resold.id)[1] == 5 * Decimal("0.032500")


def test_invariant_3_no_hold_at_any_moment_takes_more_than_money_and_limit(shop, own_database):
    with own_database.installation.postgres().superuser(own_database.name) as connection:
        connection.cursor().execute(NO_HOLD_WITHOUT_MONEY)
    for account in (shop.company.client, shop.company.reseller, shop.company.resold):
        shop.give(account.id, "0.2")
    postpaid = "UPDATE account SET payment_mode = 'postpaid', credit_limit = 0.1 WHERE id = :id"
    shop.do(postpaid, id=shop.company.client.id)
    storm(shop)
    assert shop.one("SELECT count(*) FROM cdr WHERE verdict = 'no_credit'") > 0
    assert shop.one("SELECT count(*) FROM call") > 0


def test_invariant_4_threads_and_a_spool_replayed_twice_settle_a_call_once(shop, tmp_path):
    granted = shop.answered("north-201")
    ending = talked(granted, "61.400")
    Spool(tmp_path / "spool").add(SETTLE, as_values(ending))
    shutil.copytree(tmp_path / "spool", tmp_path / "copy")
    once, again = (settlements(shop, tmp_path / name) for name in ("spool", "copy"))
    deeds = [once.replay, again.replay, *[lambda: once.settle(ending)] * 48]
    at_once(lambda number: deeds[number](), times=50, threads=50)
    assert shop.rows("SELECT count(*), count(DISTINCT account_id) FROM ledger_entry WHERE kind = 'call'") == [
        (2, 2)
    ]
    assert shop.money(shop.company.resold.id) == (OPENING - Decimal("0.035500"), Decimal(0))
    assert once.replay() == again.replay() == 0


def settlements(shop, folder):
    return Settlements(shop.books, Calls(), Spool(folder), Pings(shop.books))


def test_invariant_6_the_calls_of_a_day_cost_in_the_records_what_they_cost_in_the_ledger(shop):
    unbooked = drifts(shop, 6)  # the world has two records that nobody paid for
    storm(shop)
    assert [drift.amount for drift in drifts(shop, 6)] == [drift.amount for drift in unbooked]


def test_invariant_8_a_longer_call_never_costs_less(shop):
    seconds = ("0.001", "29.999", "30.000", "30.001", "36.000", "36.001", "59.999")
    for talk_seconds in seconds:
        granted = shop.answered()
        settle_call(shop.books, granted.payers, talked(granted, talk_seconds))
    charged = shop.rows("SELECT billsec, cost FROM call_payer JOIN cdr USING (call_id) ORDER BY 1")
    assert [str(billsec) for billsec, _ in charged] == list(seconds)
    assert all(cheaper <= dearer for (_, cheaper), (_, dearer) in pairwise(charged))


def test_invariant_9_edits_of_rates_margins_and_decks_do_not_reach_a_running_call(shop):
    granted = shop.answered("north-201")
    shop.do("UPDATE rate SET rate = 9, connect_charge = 9, initial_block = 600, billing_block = 60")
    shop.do("UPDATE rate_deck SET decimals = 2, rounding = 'up', block_rule = 'from_zero'")
    shop.do("UPDATE account SET margin = 5")
    call_id = granted.request.call_id
    slice_ = extend_call(shop.books, call_id, granted.payers, step=1, paid_seconds=60, wanted=120)
    assert [payer.hold for payer in slice_.payers] == [Decimal("0.074000"), Decimal("0.092500")]
    read_back = find_call(shop.books, call_id).payers
    assert read_back == slice_.payers
    settle_call(shop.books, read_back, talked(granted, "61.400"))
    costs = shop.one("SELECT costs FROM cdr WHERE call_id = :id", id=call_id)
    assert costs == [Decimal("0.028400"), Decimal("0.035500")]


def test_invariant_10_each_account_pays_wholesale_with_the_margins_of_all_above_it(shop):
    with shop.factory.begin() as session:
        enter_scope(session, Scope.platform())
        top = shop.company.reseller
        below = make_account(
            *(session, shop.company, AccountKind.RESELLER, "below"), parent=top, margin=Decimal("0.1")
        )
        client = make_account(session, shop.company, AccountKind.CLIENT, "last", parent=below)
        make_sip_user(session, client, "north-301")
    granted = shop.answered("north-301")
    settle_call(shop.books, granted.payers, talked(granted, "61.400"))
    wholesale = Decimal("0.0284")
    debits = [OPENING - shop.money(account.id)[0] for account in (top, below, client)]
    assert debits == [wholesale, wholesale * Decimal("1.25"), wholesale * Decimal("1.375")]
    assert shop.one("SELECT costs FROM cdr WHERE call_id = :id", id=granted.request.call_id) == debits


@pytest.mark.parametrize(("grace", "overspent"), [(GRACE_SECONDS, "0.002400"), (0, "0.000000")])
def test_invariant_11_a_call_overspends_at_most_its_grace(shop, grace, overspent):
    shop.give(shop.company.client.id, str(FIRST_HOLD))
    granted = shop.answered()
    assert (
        extend_call(
            *(shop.books, granted.request.call_id, granted.payers), step=1, paid_seconds=60, wanted=120
        )
        is None
    )
    charged = seconds_to_charge([Decimal("3600.000")], granted.slice_seconds, grace).seconds
    settle_call(shop.books, granted.payers, talked(granted, f"{charged:.3f}"))
    assert shop.money(shop.company.client.id) == (-Decimal(overspent), Decimal(0))


def test_invariant_14_no_role_but_the_owner_has_a_right_to_change_entries(shop):
    rights = [
        "has_any_column_privilege(rolname, 'ledger_entry', 'UPDATE')",
        *(
            f"has_table_privilege(rolname, 'ledger_entry', '{right}')"
            for right in ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
        ),
    ]
    may = shop.rows(
        f"SELECT rolname, {' OR '.join(rights)} FROM pg_roles "
        "WHERE rolname LIKE 'cellhub%' AND rolname <> 'cellhub_owner'"
    )
    known = {"cellhub_app", "cellhub_charging", "cellhub_platform", "cellhub_agent", "cellhub_portal"}
    assert known <= {role for role, _ in may}
    assert [role for role, allowed in may if allowed] == []


@pytest.mark.parametrize(
    "change", ["UPDATE ledger_entry SET amount = 0", "DELETE FROM ledger_entry", "TRUNCATE ledger_entry"]
)
def test_invariant_14_who_tries_to_change_an_entry_is_refused(shop, change):
    before = shop.rows("SELECT * FROM ledger_entry ORDER BY id")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        shop.books.run(ENTER + change, {})
    with pytest.raises(ProgrammingError, match="permission denied"):
        shop.do(change)
    assert shop.rows("SELECT * FROM ledger_entry ORDER BY id") == before


ENTRY = (
    "INSERT INTO ledger_entry (tenant_id, account_id, kind, reason, amount, balance_after, note, actor) "
    "VALUES ({}, {}, 'call', 'call:x', -1, 0, '', 'agent')"
)


def test_invariant_15_no_entry_names_an_account_of_another_tenant(shop):
    north, south = shop.rows("SELECT DISTINCT tenant_id FROM account ORDER BY 1")
    foreign = shop.one("SELECT min(id) FROM account WHERE tenant_id = :south", south=south[0])
    with pytest.raises(IntegrityError, match="fk_ledger_entry_tenant_id_account_id_account"):
        shop.do(ENTRY.format(north[0], foreign))
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="row-level security"):
        shop.books.run(ENTER + ENTRY.format(south[0], foreign), {})
    mixed = "SELECT e.id FROM ledger_entry e JOIN account a ON a.id = e.account_id"
    assert shop.rows(f"{mixed} WHERE a.tenant_id <> e.tenant_id") == []


def test_invariant_15_the_agent_of_another_tenant_can_neither_see_nor_end_a_call(shop):
    granted = shop.answered()
    foreign = shop.neighbours
    assert find_call(foreign, granted.request.call_id) is None
    assert answer(foreign, granted) is None
    assert not settle_call(foreign, granted.payers, talked(granted, "10.000"))
    assert shop.money(shop.company.client.id) == (OPENING, FIRST_HOLD)
