"""An id of somebody else is nowhere: on the page and below it, for every container and role."""

from __future__ import annotations

import re

import pytest

from cellhub.security.roles import Role
from tests.tenancy.addresses import path_to
from tests.tenancy.application import Place, View, guarded_views, places
from tests.tenancy.visitors import Visitor

every_place = pytest.mark.parametrize("place", places(), ids=str)
NEVER = {r"[0-9]+": "4611686018427387904", r"[0-9a-f]{32}": "f" * 32}
"""By the shape of a container's keys, a key that no row ever had."""


def views_in(place: Place) -> list[View]:
    return [view for view in guarded_views() if place.holds(view)]


def never_was(address: str) -> str:
    base, key = address.rsplit("/", 1)
    return f"{base}/{next(never for shape, never in NEVER.items() if re.fullmatch(shape, key))}"


def what_is_said(visitor: Visitor, method: str, path: str) -> tuple[str, list[str]]:
    """The page without its frame, which shows the time, and the names of its headers."""
    answer = visitor.send(method, path)
    assert answer.status_int == 404, f"{method} {path}: {answer.status}"
    return str(answer.html.main).replace(path, ""), sorted(answer.headers)


def assert_hidden(visitor: Visitor, place: Place, address: str) -> None:
    """Compare with what is said of a row that never was."""
    for view in views_in(place):
        for method in ("GET", "POST"):
            foreign = what_is_said(visitor, method, path_to(view, address))
            assert foreign == what_is_said(visitor, method, path_to(view, never_was(address)))


@pytest.fixture
def south(portal, world) -> Visitor:
    """Staff of the other tenant."""
    return Visitor(portal(world.south.logins[Role.ADMIN]), world)


@every_place
@pytest.mark.parametrize("role", Role)
def test_a_row_of_another_tenant_is_not_found(place: Place, role: Role, visit, south: Visitor):
    foreign = south.rows(place)
    assert foreign, f"the world has no row of the south in {place}"
    assert_hidden(visit(role), place, foreign[0])


@pytest.mark.parametrize("place", [place for place in places() if len(place.chain) > 1], ids=str)
def test_a_row_of_another_tenant_is_not_found_below_an_own_row(place: Place, visit, south: Visitor):
    visitor: Visitor = visit(Role.ADMIN)
    own_container = visitor.rows(place)[0].rsplit("/", 1)[0]
    foreign_key = south.rows(place)[0].rsplit("/", 1)[1]
    assert_hidden(visitor, place, f"{own_container}/{foreign_key}")


@every_place
@pytest.mark.parametrize("role", [Role.RESELLER, Role.CLIENT])
def test_a_row_of_another_account_is_not_found(place: Place, role: Role, visit):
    visitor: Visitor = visit(role)
    own = visitor.rows(place)
    foreign = [address for address in visit(Role.ADMIN).rows(place) if address not in own]
    assert foreign, f"the world has no row in {place} that is foreign to a {role}"
    for address in foreign:
        assert_hidden(visitor, place, address)


@pytest.mark.parametrize("place", [place for place in places() if len(place.chain) == 1], ids=str)
@pytest.mark.parametrize(
    "key", ["0", "-1", "1e3", "%D9%A3", "9" * 30, "1' OR '1'='1", "%00", "f" * 31], ids=repr
)
def test_what_is_no_key_is_not_found_either(place: Place, key: str, visit):
    visitor: Visitor = visit(Role.SUPERADMIN)
    assert visitor.send("GET", f"/{place}/{key}").status_int == 404
