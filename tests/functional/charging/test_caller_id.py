"""Which number a call shows, by the SIP user's rule and by the trunk's."""

from __future__ import annotations

from dataclasses import replace

from tests.factories.routes import open_group, open_trunk
from tests.fixtures.shop import TRUNK

OWN, LISTED, FOREIGN = "902125550100", "902125550101", "15550001122"


def rule(shop, name):
    shop.do(
        "UPDATE sip_user SET caller_id_rule = :rule, caller_numbers = :numbers WHERE username = 'north-101'",
        rule=name,
        numbers=[LISTED, "902125550102"],
    )


def shown(shop, **said):
    """What the trunk is told, empty for the number on the channel, and what the call is kept by."""
    request = replace(shop.request(), source=OWN, **said)
    (attempt,) = shop.checker.check(request).attempts
    return attempt.caller_id, shop.one("SELECT source FROM call WHERE call_id = :id", id=request.call_id)


def test_a_phone_shows_its_own_number_whatever_it_asks_for(shop):
    assert shown(shop, wish=LISTED, diverted=OWN) == ("", OWN)


def test_a_list_lets_a_phone_choose_among_its_numbers(shop):
    rule(shop, "list")
    assert shown(shop, wish=LISTED) == (LISTED, LISTED)
    assert shown(shop, wish=FOREIGN) == ("", OWN)


def test_a_pool_is_used_from_end_to_end(shop):
    rule(shop, "pool")
    assert {shown(shop)[0] for _ in range(30)} == {LISTED, "902125550102"}


def test_a_forwarded_call_keeps_its_callers_number(shop):
    rule(shop, "forward")
    assert shown(shop, wish=FOREIGN, diverted=OWN) == (FOREIGN, FOREIGN)
    assert shown(shop, wish=FOREIGN) == ("", OWN)


def test_a_trunk_puts_its_own_number_in_the_place_of_any_other(shop):
    rule(shop, "list")
    open_trunk(shop, "strict", caller_id='"Pera" <902125559999>')
    open_group(shop, "strict", TRUNK)
    granted = shop.checker.check(replace(shop.request(), wish=LISTED))
    assert [(one.trunk, one.caller_id) for one in granted.attempts] == [
        ("strict", "902125559999"),
        (TRUNK, LISTED),
    ]
