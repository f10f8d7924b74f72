"""Who gets which page: every view that Pyramid knows, for every role and for nobody."""

from __future__ import annotations

import pytest
from webtest import TestResponse

from cellhub.security.roles import GRANTS, Permission, Role
from tests.tenancy.addresses import path_to
from tests.tenancy.application import (
    View,
    guarded_views,
    is_root_view,
    pages,
    places_of,
    platform_container_of,
    views,
)
from tests.tenancy.visitors import Visitor

OPEN_TO_ANYBODY = {"__static/", "healthz", "readyz", "/login"}
"""Files of the style, two probes, and the way in."""

NOT_IN_THE_MENU = {"/login", "/search"}
"""Reached from every page's head, or before there is a menu."""

every_role = pytest.mark.parametrize("role", Role)
every_view = pytest.mark.parametrize("view", guarded_views(), ids=str)


def test_a_view_that_forgot_its_permission_is_noticed():
    forgotten = [view for view in views() if view.permission == Permission.NOBODY and not view.answers_errors]
    assert forgotten == []


def test_only_a_short_list_of_views_is_open_to_anybody():
    places = {view.route or f"/{view.name}" for view in views() if view.is_open and not view.answers_errors}
    assert places == OPEN_TO_ANYBODY


@pytest.mark.parametrize("view", [view for view in guarded_views() if not is_root_view(view)], ids=str)
def test_every_view_is_found_somewhere_in_the_tree(view: View):
    assert places_of(view) or platform_container_of(view), f"no container leads to {view.source}"


@every_role
@every_view
def test_a_page_opens_for_the_roles_of_its_permission_and_for_no_other(view: View, role: Role, visit):
    visitor: Visitor = visit(role)
    bases = visitor.bases(view)
    assert bases or not view.is_granted_to(role), f"the world has no row for {role} to see by {view.source}"
    for base in bases:
        for method in view.methods:
            assert_answer(
                visitor.send(method, path_to(view, base)), granted=view.is_granted_to(role), method=method
            )


def assert_answer(answer: TestResponse, *, granted: bool, method: str) -> None:
    if not granted:
        assert answer.status_int == 403, answer.request.url
    elif method == "GET":
        assert answer.status_int in (200, 303), answer.request.url
    else:  # an empty form may be refused, but neither for the role nor by breaking
        assert answer.status_int != 403, answer.request.url
        assert answer.status_int < 500, answer.request.url


@every_view
def test_a_stranger_is_asked_to_sign_in(view: View, visit):
    stranger: Visitor = visit(None)
    for base in visit(Role.SUPERADMIN).bases(view):
        for method in view.methods:
            answer = stranger.send(method, path_to(view, base))
            assert (answer.status_int, answer.location.split("?")[0]) == (303, "http://localhost/login")


@pytest.mark.parametrize("view", [view for view in guarded_views() if "POST" in view.methods], ids=str)
def test_a_form_without_its_token_is_refused(view: View, visit):
    visitor: Visitor = visit(Role.SUPERADMIN)
    for base in visitor.bases(view):
        assert visitor.app.post(path_to(view, base), expect_errors=True).status_int == 400


@every_role
def test_the_menu_holds_exactly_the_pages_of_the_role(role: Role, portal):
    shown = {link["href"] for link in portal(role).get("/").html.select("nav[aria-label=Main] a")}
    granted = {path for path, permission in pages().items() if role in GRANTS[Permission(permission)]}
    assert shown == granted - NOT_IN_THE_MENU
