"""Every page, as its roles have it: what axe finds, and what scrolls sideways on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cellhub.security.roles import Role
from tests.browser.conftest import token_of
from tests.browser.survey import Survey, survey
from tests.tenancy.addresses import path_to
from tests.tenancy.application import View, guarded_views

pytestmark = pytest.mark.browser

FRAGMENTS = {"credit-after", "preview"}
"""Parts of a page without a frame; they are looked at where they stand."""

Look = Callable[[Role, View], Survey]


def is_page(view: View) -> bool:
    is_file = view.name == "export" or view.name.endswith(".csv")
    return "GET" in view.methods and not is_file and view.name not in FRAGMENTS


PAGES = [view for view in guarded_views() if is_page(view)]
SEEN_BY = [(Role.SUPERADMIN, view) for view in PAGES] + [
    (role, view) for role in (Role.RESELLER, Role.CLIENT) for view in PAGES if view.is_granted_to(role)
]
every_page = pytest.mark.parametrize(("role", "view"), SEEN_BY, ids=str)


@pytest.fixture(scope="module")
def surveys() -> dict[tuple[Role, View], Survey]:
    """What was seen so far: each page is opened once for all tests."""
    return {}


@pytest.fixture
def look(surveys, browse, site) -> Look:
    """Open a page of a role and look at it in every way."""

    def look_at(role: Role, view: View) -> Survey:
        if (role, view) not in surveys:
            page = browse(role)
            with site.addresses(token_of(page)) as own:
                address = path_to(view, own.bases(view)[0])
            assert page.goto(address).status == 200, address
            surveys[role, view] = survey(page)
        return surveys[role, view]

    return look_at


@every_page
def test_axe_finds_nothing(role: Role, view: View, look: Look):
    assert look(role, view).findings == {}


@every_page
def test_only_tables_scroll_sideways_on_a_phone(role: Role, view: View, look: Look):
    assert look(role, view).sideways == []
