"""What is agreed with an account, and when rates hold: what a service sets, the next check finds."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from cellhub.accounts.refusal import RefusedError
from cellhub.charging.verdicts import Granted
from cellhub.domain.rating import BlockRule, Price
from cellhub.domain.schedule import EVERY_DAY, Holidays, Window
from cellhub.rates.models import Plan, Rate, RateDeck
from cellhub.rates.services.agreed import agree_rate, drop_rate, end_offer, give_offer, sell_by
from cellhub.rates.services.windows import add_holiday, allow_loss, drop_holiday, set_window
from tests.factories.routes import open_group, open_provider

PLAN, AGREED = Decimal("0.024"), Decimal("0.5")
AGREEMENT = {"prefix": "90", "destination": "Agreed"}
DAY = dt.timedelta(days=1)
NOON = dt.datetime(2026, 7, 16, 12, tzinfo=ZoneInfo("Europe/Istanbul"))  # a Thursday
HISTORY = "SELECT object_kind, action, object_name, actor FROM audit_entry ORDER BY id"


def row_of(session, row):
    return session.get_one(type(row), (row.tenant_id, row.id))


def pays(shop, at=None, endpoint=""):
    """What the caller pays a minute."""
    answer = shop.checker.check(replace(shop.request(endpoint), at=at))
    assert isinstance(answer, Granted)
    return answer.payers[-1].price.rate


def refuses(field, deed, *arguments, **named):
    with pytest.raises(RefusedError) as refused:
        deed(*arguments, **named)
    assert refused.value.field == field


def test_an_agreed_rate_holds_from_the_next_call_on_until_it_is_dropped(shop):
    client = shop.company.client
    with shop.acting() as (session, actor):
        rate = agree_rate(session, actor, client, **AGREEMENT, price=Price(AGREED))
    assert (pays(shop), pays(shop, endpoint="north-201")) == (AGREED, Decimal("0.030"))
    with shop.acting() as (session, actor):
        same = agree_rate(session, actor, client, **AGREEMENT, price=Price(2 * AGREED, 30, 6))
        assert same.id == rate.id
    assert pays(shop) == 2 * AGREED
    with shop.acting() as (session, actor):
        drop_rate(session, actor, row_of(session, rate))
    assert pays(shop) == PLAN
    assert shop.rows(HISTORY) == [
        ("custom_rate", deed, "90", "Ada") for deed in ("create", "change", "delete")
    ]


def test_a_rate_that_cannot_be_agreed_is_refused_at_its_field(shop):
    from_zero = Price(AGREED, block_rule=BlockRule.FROM_ZERO)
    with shop.acting() as (session, actor):
        for field, prefix, price in (("prefix", "+90", Price(AGREED)), ("price", "90", from_zero)):
            terms = {"prefix": prefix, "destination": "", "price": price}
            refuses(field, agree_rate, session, actor, shop.company.client, **terms)


def test_an_offer_is_free_for_its_days_and_can_be_ended_before(shop):
    client = shop.company.client
    terms = {"prefix": "90", "destination": "Turkey", "days": 3, "starts_at": NOON}
    with shop.acting() as (session, actor):
        offer = give_offer(session, actor, client, **terms)
    free = [pays(shop, at) == 0 for at in (NOON - DAY, NOON, NOON + 2.9 * DAY, NOON + 3 * DAY)]
    assert free == [False, True, True, False]
    with shop.acting() as (session, actor):
        end_offer(session, actor, row_of(session, offer), NOON + DAY)
        refuses("expires_at", end_offer, session, actor, row_of(session, offer), NOON + 2 * DAY)
        refuses("days", give_offer, session, actor, client, **terms | {"days": 0})
    assert [pays(shop, at) for at in (NOON, NOON + DAY)] == [0, PLAN]


def test_a_reseller_sells_by_a_deck_and_a_client_by_none(shop):
    with shop.acting() as (session, actor):
        deck = RateDeck(tenant_id=actor.tenant_id, name="Retail")
        session.add(deck)
        session.flush()
        price = Rate(tenant_id=actor.tenant_id, deck_id=deck.id, prefix="9", destination="", rate=AGREED)
        session.add(price)
        sell_by(session, actor, row_of(session, shop.company.reseller), deck)
        refuses("sell_deck", sell_by, session, actor, row_of(session, shop.company.client), deck)
    assert pays(shop, endpoint="north-201") == AGREED
    with shop.acting() as (session, actor):
        sell_by(session, actor, row_of(session, shop.company.reseller), None)
    assert pays(shop, endpoint="north-201") == Decimal("0.030")


def mobile(session):
    return session.scalars(select(Rate).where(Rate.prefix == "905")).one()


def test_a_rate_holds_in_its_window_and_makes_short_calls_free(shop):
    office = Window(
        weekdays=0b11111, from_minute=9 * 60, until_minute=18 * 60, effective_until=NOON + 9 * DAY
    )
    with shop.acting() as (session, actor):
        set_window(session, actor, mobile(session), office, minimum_seconds=10)
    turkey = Decimal("0.098")
    moments = (NOON, NOON + dt.timedelta(hours=6), NOON + 2 * DAY, NOON + 14 * DAY)
    assert [pays(shop, at) for at in moments] == [PLAN, turkey, turkey, turkey]
    request = replace(shop.request(), at=NOON)
    assert shop.checker.check(request).payers[0].price.minimum_seconds == 10


@pytest.mark.parametrize(
    ("field", "change", "minimum"),
    [
        ("effective_until", {"effective_from": NOON, "effective_until": NOON}, 0),
        ("weekdays", {"weekdays": 0}, 0),
        ("weekdays", {"weekdays": EVERY_DAY + 1}, 0),
        ("from_minute", {"from_minute": 1440}, 0),
        ("from_minute", {"until_minute": 0}, 0),
        ("minimum_seconds", {}, -1),
    ],
)
def test_a_window_that_is_none_is_refused_at_its_field(shop, field, change, minimum):
    with shop.acting() as (session, actor):
        window = replace(Window(), **change)
        refuses(field, set_window, session, actor, mobile(session), window, minimum_seconds=minimum)


def test_a_holiday_is_one_until_it_is_dropped(shop):
    with shop.acting() as (session, actor):
        set_window(session, actor, mobile(session), Window(holidays=Holidays.ONLY), minimum_seconds=0)
        holiday = add_holiday(session, actor, NOON.date(), "Feast")
        refuses("day", add_holiday, session, actor, NOON.date(), "Again")
    assert [pays(shop, at) for at in (NOON, NOON + DAY)] == [PLAN, Decimal("0.098")]
    with shop.acting() as (session, actor):
        drop_holiday(session, actor, row_of(session, holiday))
    assert pays(shop, NOON) == Decimal("0.098")


def test_a_plan_allows_loss_or_does_not(shop):
    open_provider(shop, "dear", {"905": "0.9"})
    open_group(shop, "dear")
    for allowed in (True, False):
        with shop.acting() as (session, actor):
            plan = session.scalars(select(Plan).where(Plan.name == "north standard")).one()
            allow_loss(session, actor, plan, allowed=allowed)
        assert isinstance(shop.checker.check(shop.request()), Granted) is allowed
