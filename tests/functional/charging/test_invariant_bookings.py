"""The invariants of charging about what is booked beside calls, and about records that are deleted."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from cellhub.accounts.audit import Actor
from cellhub.calls.models import Cdr
from cellhub.calls.services import delete
from cellhub.charging.settling import settle_call
from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.db.tenancy import Account
from cellhub.money.proof import INVARIANTS
from cellhub.money.services import BookedOtherwise, add_credit
from cellhub.routes.bundles import bundle_charges
from cellhub.routes.models import Provider
from cellhub.routes.providers import pay_provider
from tests.factories.routes import open_group, open_provider
from tests.fixtures.shop import TRUNK, at_once, talked
from tests.functional.charging.rerating import sell

TRIES, THREADS = 100, 15
FORM = "f" * 32
PAID = Decimal("5.000000")
OPENING = Decimal("50.000000")
COST = Decimal("0.028400")
MONEY = ("account", "ledger_entry", "spending", "call", "call_payer", "provider_charge", "provider_entry")


def pay(shop, form_id, amount=PAID):
    """Send a form of credit; the number of the entry that it booked."""
    scope = Scope.of_tenant(shop.company.tenant.id)
    with scoped(shop.factory, scope) as session:
        account = session.get_one(Account, (scope.tenant_id, shop.company.client.id))
        actor = Actor(scope.tenant_id, "Ada")
        return add_credit(session, actor, account, amount=amount, note="", form_id=form_id).id


def credits(shop):
    return shop.rows(
        "SELECT reason, amount FROM ledger_entry WHERE kind = 'credit' AND account_id = :id "
        "AND reason <> 'credit:opening' ORDER BY id",
        id=shop.company.client.id,
    )


def drifts(shop):
    """The broken rules of the books; of the sums of days those that the world itself brings."""
    with scoped(shop.factory, Scope.of_tenant(shop.company.tenant.id)) as session:
        return [(rule.number, drift) for rule in INVARIANTS for drift in rule.drifts(session)]


def test_invariant_12_a_payment_is_booked_once_under_100_parallel_tries(shop):
    before = drifts(shop)
    entries = at_once(lambda _: pay(shop, FORM), TRIES, THREADS)
    assert len(set(entries)) == 1
    assert credits(shop) == [(f"credit:{FORM}", PAID)]
    assert shop.money(shop.company.client.id) == (OPENING + PAID, Decimal(0))
    assert shop.one("SELECT count(*) FROM audit_entry WHERE action = 'credit'") == 1
    assert drifts(shop) == before


def test_invariant_12_a_form_that_comes_with_two_amounts_at_once_books_one_of_them(shop):
    def either(number):
        try:
            return pay(shop, FORM, PAID + number % 2)
        except BookedOtherwise:
            return None

    entries = at_once(either, TRIES, THREADS)
    assert entries.count(None) == TRIES // 2
    assert len(set(entries)) == 2
    ((_, booked),) = credits(shop)
    assert shop.money(shop.company.client.id)[0] == OPENING + booked


def test_invariant_12_payments_of_100_forms_and_calls_at_the_same_time_lose_nothing(shop):
    def deed(number):
        if number % 3:
            return pay(shop, f"{number:032x}")
        return sell(shop)

    before = [drift for drift in drifts(shop) if drift[0] != 6]
    at_once(deed, 150, THREADS)
    assert len(credits(shop)) == 100
    assert shop.money(shop.company.client.id) == (OPENING + 100 * PAID - 50 * COST, Decimal(0))
    assert [drift for drift in drifts(shop) if drift[0] != 6] == before == []


@pytest.fixture
def bought(shop):
    """Calls of two customers whose provider has charged for them; some of it is in its balance already."""
    open_provider(shop, "acme", {"905": "0.009"})
    open_group(shop, "acme", TRUNK)
    for number in range(6):
        sell(shop, ("north-101", "north-201")[number % 2])
        if number == 3:
            bundle(shop)
    return shop


def bundle(shop):
    with scoped(shop.factory, Scope.platform()) as session:
        return bundle_charges(session)


def test_invariant_12_what_calls_cost_us_comes_to_a_balance_once_under_100_parallel_tries(shop):
    provider = open_provider(shop, "acme", {"905": "0.009"})
    shop.do(
        "INSERT INTO provider_charge (tenant_id, provider_id, call_id, amount) "
        "SELECT tenant_id, id, md5(n::text), 1 FROM provider, generate_series(1, 20) n WHERE id = :id",
        id=provider,
    )
    assert sum(at_once(lambda _: bundle(shop), TRIES, THREADS)) == 1
    assert shop.rows("SELECT amount, balance_after FROM provider_entry") == [(Decimal(-20), Decimal(-20))]
    assert shop.rows("SELECT balance FROM provider") == [(Decimal(-20),)]


def test_invariant_12_a_payment_to_a_provider_is_booked_once_under_100_parallel_tries(shop):
    number = open_provider(shop, "acme", {"905": "0.009"})

    def pay_once(_):
        tenant = shop.company.tenant.id
        with scoped(shop.factory, Scope.of_tenant(tenant)) as session:
            provider = session.get_one(Provider, (tenant, number))
            actor = Actor(tenant, "Ada")
            return pay_provider(session, actor, provider, amount=PAID, note="", form_id=FORM).id

    assert len(set(at_once(pay_once, TRIES, THREADS))) == 1
    assert shop.rows("SELECT amount, balance_after FROM provider_entry") == [(PAID, PAID)]
    assert shop.rows("SELECT balance FROM provider") == [(PAID,)]


def hide_all(shop, account=None):
    """Delete every record that somebody sees: the tenant's staff, or an account; how many are gone."""
    tenant = shop.company.tenant.id
    scope = Scope.of_account(tenant, account.id) if account else Scope.of_tenant(tenant)
    with scoped(shop.factory, scope) as session:
        actor = Actor(tenant, "Ada", account_id=account.id if account else None)
        return delete(session, actor, select(Cdr), None, {})


def everything(shop):
    return {table: shop.rows(f"SELECT to_jsonb(t) FROM {table} t ORDER BY 1") for table in MONEY}


@pytest.mark.parametrize("whose", ["staff", "reseller"])
def test_invariant_16_deleting_records_hides_them_and_moves_neither_ledger_nor_sums(bought, whose):
    invoiced = bought.one("SELECT call_id FROM cdr WHERE verdict = 'ok' ORDER BY started_at LIMIT 1")
    bought.do("UPDATE cdr SET invoice_id = 7 WHERE call_id = :id", id=invoiced)
    sums = "SELECT count(*), sum(billsec), sum(buy_cost), sum((SELECT sum(c) FROM unnest(costs) c)) FROM cdr"
    before, summed, found = everything(bought), bought.rows(sums), drifts(bought)
    hidden = hide_all(bought, bought.company.reseller if whose == "reseller" else None)
    assert hidden == (4 if whose == "reseller" else 8)  # two records of each tenant are the world's own
    assert (everything(bought), bought.rows(sums), drifts(bought)) == (before, summed, found)
    assert bought.rows("SELECT call_id FROM cdr WHERE invoice_id = 7") == [(invoiced,)]
    gone = "SELECT count(*) FROM cdr WHERE hidden_at IS NOT NULL OR hidden_for IS NOT NULL"
    assert bought.one(gone) == hidden


def test_invariant_16_a_call_whose_record_is_deleted_is_settled_and_corrected_all_the_same(shop):
    running = shop.answered()
    sell(shop)
    hide_all(shop)
    assert settle_call(shop.books, running.payers, talked(running, "61.400"))
    assert shop.money(shop.company.client.id) == (OPENING - 2 * COST, Decimal(0))


@pytest.mark.parametrize("right", ["DELETE", "TRUNCATE"])
def test_invariant_16_no_role_of_a_process_can_delete_a_record(shop, right):
    rights = shop.rows(
        "SELECT rolname, has_table_privilege(rolname, 'cdr', :right) FROM pg_roles "
        "WHERE rolname LIKE 'cellhub%' AND rolname <> 'cellhub_owner' ORDER BY 1",
        right=right,
    )
    assert len(rights) > 3
    assert [role for role, may in rights if may] == []


def test_invariant_16_what_a_record_says_can_be_changed_by_nobody(shop):
    changed = shop.rows(
        "SELECT DISTINCT a.attname FROM pg_attribute a, pg_roles r WHERE a.attrelid = 'cdr'::regclass "
        "AND a.attnum > 0 AND r.rolname LIKE 'cellhub%' AND r.rolname <> 'cellhub_owner' "
        "AND has_column_privilege(r.rolname, 'cdr', a.attname, 'UPDATE') ORDER BY 1"
    )
    assert changed == [("hidden_at",), ("hidden_for",), ("invoice_id",)]
