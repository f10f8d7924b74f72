"""The dashboard by role."""

from __future__ import annotations

import datetime as dt

import pytest

from cellhub.dashboard.figures import Day, calls_at_once
from cellhub.db.scope import enter_scope
from cellhub.security.identity import Identity
from cellhub.security.roles import Role

STEP = dt.timedelta(minutes=5)


def figures(page):
    return {cell.dt.text: cell.dd.b.text for cell in page.html.select(".figures:not(.health) > div")}


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        (Role.SUPERADMIN, {"Calls now": "0", "Calls": "2", "Minutes": "4.0", "Revenue": "$0.10"}),
        (Role.ADMIN, {"Calls now": "0", "Calls": "2", "Minutes": "4.0", "Revenue": "$0.10"}),
        (Role.RESELLER, {"Balance": "$50.00", "Calls now": "0", "Calls": "1", "Revenue": "$0.06"}),
        (Role.CLIENT, {"Balance": "$50.00", "Calls now": "0", "Calls": "1", "Spent today": "$0.05"}),
    ],
)
def test_the_strip_shows_the_readers_own_day(portal, role, shown):
    strip = figures(portal(role).get("/"))
    assert {label: strip[label] for label in shown} == shown


@pytest.mark.parametrize("role", Role)
def test_the_last_calls_are_those_of_the_readers_scope(portal, world, role):
    own, resold = world.north.cdr.call_id, world.north.resold_cdr.call_id
    page = portal(role).get("/").html
    seen = {row["id"].removeprefix("last-") for row in page.select("tr[id^=last-]")}
    assert seen == {Role.RESELLER: {resold}, Role.CLIENT: {own}}.get(role, {own, resold})


@pytest.mark.parametrize(
    ("role", "sees_health"), [(Role.ADMIN, True), (Role.RESELLER, False), (Role.CLIENT, False)]
)
def test_health_is_for_staff(portal, role, sees_health):
    assert bool(portal(role).get("/").html.select_one(".health")) is sees_health


def test_calls_at_once_counts_every_answer_and_end_between_samples(session, world):
    tenant = world.north.tenant
    admin = Identity(
        1, tenant.id, Role.ADMIN, tenant.id, None, "Ada", "ada@north.example", "USD", "UTC", "North"
    )
    enter_scope(session, admin.scope)
    now = dt.datetime.now(dt.UTC)
    samples = calls_at_once(session, admin, now, STEP)
    assert len(samples) == dt.timedelta(days=1) // STEP
    assert [calls for _, calls in samples][-1] == 2
    assert max(calls for _, calls in samples[:-1]) <= 2


def test_yesterday_is_counted_to_the_same_hour_of_the_readers_clock():
    day = Day.at(dt.datetime(2026, 7, 16, 11, 32, tzinfo=dt.UTC), "Europe/Istanbul")
    assert [f"{moment:%d %H:%M}" for moment in (day.start, day.now, day.before(1).now)] == [
        "16 00:00",
        "16 14:32",
        "15 14:32",
    ]
