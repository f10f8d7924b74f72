"""An id of somebody else is nowhere: on the page and below it, for every container and role."""

from __future__ import annotations

import re

import pytest

from cellhub.security.roles import Role
from cellhub.tree import Container
from tests.tenancy.application import View, containers, guarded_views, is_inside
from tests.tenancy.visitors import Visitor, path_to

every_container = pytest.mark.parametrize("container", containers().values(), ids=lambda one: one.name)
NEVER = {r"[0-9]+": "4611686018427387904", r"[0-9a-f]{32}": "f" * 32}
"""By the shape of a container's keys, a key that no row ever had."""


def named_views(container: type[Container]) -> list[View]:
    return [view for view in guarded_views() if is_inside(view, container)]


def never_was(key: str) -> str:
    return next(never for shape, never in NEVER.items() if re.fullmatch(shape, key))


def what_is_said(visitor: Visitor, method: str, path: str) -> tuple[str, list[str]]:
    """The page without its frame, which shows the time, and the names of its headers."""
    answer = visitor.send(method, path)
    assert answer.status_int == 404, f"{method} {path}: {answer.status}"
    return str(answer.html.main).replace(path, ""), sorted(answer.headers)


def assert_hidden(visitor: Visitor, container: type[Container], key: str) -> None:
    """Compare with what is said of a row that never was."""
    never = never_was(key)
    for view in named_views(container):
        for method in ("GET", "POST"):
            foreign = what_is_said(visitor, method, path_to(view, container, key))
            assert foreign == what_is_said(visitor, method, path_to(view, container, never))


@every_container
@pytest.mark.parametrize("role", Role)
def test_a_row_of_another_tenant_is_not_found(container: type[Container], role: Role, visit, world, portal):
    foreign = Visitor(portal(world.south.logins[Role.ADMIN]), world).keys(container)
    assert foreign, f"the world has no row of the south in {container.name}"
    assert_hidden(visit(role), container, foreign[0])


@every_container
@pytest.mark.parametrize("role", [Role.RESELLER, Role.CLIENT])
def test_a_row_of_another_account_is_not_found(container: type[Container], role: Role, visit):
    visitor: Visitor = visit(role)
    own = visitor.keys(container)
    foreign = [key for key in visit(Role.ADMIN).keys(container) if key not in own]
    assert foreign, f"the world has no row in {container.name} that is foreign to a {role}"
    for key in foreign:
        assert_hidden(visitor, container, key)


@every_container
@pytest.mark.parametrize(
    "key", ["0", "-1", "1e3", "%D9%A3", "9" * 30, "1' OR '1'='1", "%00", "f" * 31], ids=repr
)
def test_what_is_no_key_is_not_found_either(container: type[Container], key: str, visit):
    visitor: Visitor = visit(Role.SUPERADMIN)
    assert visitor.send("GET", f"/{container.name}/{key}").status_int == 404
