"""The four roles and what a role may do: one literal table that menu, views and tests read."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Who somebody is."""

    SUPERADMIN = "superadmin"
    ADMIN = "admin"
    RESELLER = "reseller"
    CLIENT = "client"


class Permission(StrEnum):
    """What a view asks for. ``NOBODY`` is the default of every view and is never granted."""

    DASHBOARD = "dashboard"
    MARGIN = "margin"
    HEALTH = "health"
    USERS = "users"
    USERS_EDIT = "users:edit"
    CREDIT_ADD = "credit:add"
    SIP_USERS = "sip-users"
    SIP_USERS_EDIT = "sip-users:edit"
    SIP_USERS_CREATE = "sip-users:create"
    SIP_USERS_ROUTE = "sip-users:route"
    CDR = "cdr"
    CDR_DELETE = "cdr:delete"
    TARIFFS = "tariffs"
    TARIFFS_EDIT = "tariffs:edit"
    PLANS = "plans"
    PLANS_EDIT = "plans:edit"
    RATE_DECKS = "rate-decks"
    RATE_DECKS_EDIT = "rate-decks:edit"
    TRUNKS = "trunks"
    TRUNKS_EDIT = "trunks:edit"
    TENANTS = "tenants"
    UPDATES = "updates"
    PROFILE = "profile"
    STYLE = "style"
    NOBODY = "nobody"


S, A, R, C = Role.SUPERADMIN, Role.ADMIN, Role.RESELLER, Role.CLIENT

GRANTS: dict[Permission, tuple[Role, ...]] = {
    Permission.DASHBOARD: (S, A, R, C),
    Permission.MARGIN: (S, A, R),
    Permission.HEALTH: (S, A),
    Permission.USERS: (S, A, R),
    Permission.USERS_EDIT: (S, A, R),
    Permission.CREDIT_ADD: (S, A, R),
    Permission.SIP_USERS: (S, A, R, C),
    Permission.SIP_USERS_EDIT: (S, A, R, C),
    Permission.SIP_USERS_CREATE: (S, A, R),
    Permission.SIP_USERS_ROUTE: (S, A),
    Permission.CDR: (S, A, R, C),
    Permission.CDR_DELETE: (S, A, R),
    Permission.TARIFFS: (S, A, R),
    Permission.TARIFFS_EDIT: (S, A),
    Permission.PLANS: (S, A, R),
    Permission.PLANS_EDIT: (S, A),
    Permission.RATE_DECKS: (S, A, R),
    Permission.RATE_DECKS_EDIT: (S, A),
    Permission.TRUNKS: (S, A),
    Permission.TRUNKS_EDIT: (S, A),
    Permission.TENANTS: (S,),
    Permission.UPDATES: (S,),
    Permission.PROFILE: (S, A, R, C),
    Permission.STYLE: (S, A),
    Permission.NOBODY: (),
}


def permissions_of(role: Role) -> frozenset[Permission]:
    """What ``role`` may do."""
    return frozenset(permission for permission, roles in GRANTS.items() if role in roles)
