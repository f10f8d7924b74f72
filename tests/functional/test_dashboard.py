"""The dashboard by role."""

from __future__ import annotations

import pytest

from cellhub.security.roles import Role


@pytest.mark.parametrize("role", Role)
def test_every_role_gets_a_dashboard(portal, role):
    page = portal(role).get("/")
    assert page.status_int == 200
    assert "Last 10 calls" in page
