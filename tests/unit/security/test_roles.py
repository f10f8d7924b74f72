"""The table of roles."""

import itertools

from cellhub.security.roles import GRANTS, Permission, Role, permissions_of


def test_every_permission_stands_in_the_table():
    assert set(GRANTS) == set(Permission)


def test_nobody_has_the_permission_of_nobody():
    assert GRANTS[Permission.NOBODY] == ()


def test_a_role_above_may_all_that_the_role_below_may():
    ladder = [permissions_of(role) for role in (Role.CLIENT, Role.RESELLER, Role.ADMIN, Role.SUPERADMIN)]
    assert all(lower <= upper for lower, upper in itertools.pairwise(ladder))


def test_a_client_neither_creates_nor_routes_its_sip_users():
    assert not {Permission.SIP_USERS_CREATE, Permission.SIP_USERS_ROUTE} & permissions_of(Role.CLIENT)
