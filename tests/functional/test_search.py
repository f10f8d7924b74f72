"""The search finds what the reader may open, and nothing else."""

from __future__ import annotations

import pytest

from cellhub.security.roles import Role


def hits(page):
    return {
        panel.h2.text: [link.text for link in panel.select("td a")]
        for panel in page.html.select("main .columns > .panel")
    }


@pytest.mark.parametrize(
    ("role", "found"),
    [
        (
            Role.ADMIN,
            {
                "Users": ["north client", "north reseller", "north resold client"],
                "SIP Users": ["north-101", "north-201"],
            },
        ),
        (Role.RESELLER, {"Users": ["north resold client"], "SIP Users": ["north-201"]}),
        (Role.CLIENT, {"SIP Users": ["north-101"]}),
    ],
)
def test_users_and_sip_users_are_found_in_the_readers_scope(portal, role, found):
    assert hits(portal(role).get("/search?q=NORTH")) == found


@pytest.mark.parametrize("role", [Role.ADMIN, Role.RESELLER, Role.CLIENT])
def test_what_is_others_is_not_found(portal, role):
    assert "Nothing found" in portal(role).get("/search?q=south")


def test_a_customer_is_found_by_email(portal):
    assert hits(portal(Role.ADMIN).get("/search?q=reseller@")) == {"Users": ["north reseller"]}


@pytest.mark.parametrize("typed", ["90555", "%2B90555"])
def test_a_number_is_found_by_its_first_digits(portal, typed):
    assert hits(portal(Role.CLIENT).get(f"/search?q={typed}"))["Numbers"] == ["905551234567"]


def test_a_call_is_found_by_the_beginning_of_its_id(portal, world):
    call_id = world.north.cdr.call_id
    assert hits(portal(Role.ADMIN).get(f"/search?q=call:{call_id[:12]}"))["Calls"] == [call_id]
    assert "Calls" not in hits(portal(Role.RESELLER).get(f"/search?q={call_id}"))


@pytest.mark.parametrize(
    ("role", "found"), [(Role.ADMIN, {"Pages": ["Trunks"]}), (Role.RESELLER, {}), (Role.CLIENT, {})]
)
def test_pages_are_those_of_the_readers_menu(portal, role, found):
    assert hits(portal(role).get("/search?q=trunks")) == found


@pytest.mark.parametrize("typed", ["", "a", "%20%20", "%00"])
def test_too_little_says_what_to_write(portal, typed):
    assert "Write at least 2 characters" in portal(Role.CLIENT).get(f"/search?q={typed}")


@pytest.mark.parametrize(
    "typed", ["%25%25", "__", "' OR 1=1 --", "<script>alert(1)</script>", "x" * 5000, "a%00b"]
)
def test_whatever_is_typed_is_only_looked_for(portal, typed):
    page = portal(Role.ADMIN).get(f"/search?q={typed}")
    assert "Nothing found" in page
    assert "<script>alert" not in page


def test_a_stranger_signs_in_first(portal):
    assert portal().get("/search?q=north", status=303).location.endswith("/login?next=%2Fsearch%3Fq%3Dnorth")
