"""The menu: a table of pages and the permission that each asks for.

A page that a role may not see is absent. A client's menu is short and in its words.
"""

from __future__ import annotations

from dataclasses import dataclass

from cellhub.security.identity import Identity
from cellhub.security.roles import Permission, Role


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu."""

    title: str
    href: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Item:
    """A page as one reader sees it."""

    title: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A group of pages, or with ``href`` a single page of its own; open when it is current."""

    title: str
    icon: str
    items: tuple[Item, ...] = ()
    href: str = ""
    current: bool = False


MENU: tuple[tuple[str, str, tuple[Entry, ...]], ...] = (
    (
        "Clients",
        "users",
        (
            Entry("Users", "/users", Permission.USERS),
            Entry("SIP Users", "/sip-users", Permission.SIP_USERS),
        ),
    ),
    ("Reports", "clipboard-data", (Entry("CDR", "/cdr", Permission.CDR),)),
    (
        "Rates",
        "receipt-dollar",
        (
            Entry("Tariffs", "/tariffs", Permission.TARIFFS),
            Entry("Plans", "/plans", Permission.PLANS),
            Entry("Rate Decks", "/rate-decks", Permission.RATE_DECKS),
        ),
    ),
    ("Routes", "route", (Entry("Trunks", "/trunks", Permission.TRUNKS),)),
    (
        "Settings",
        "settings",
        (
            Entry("Tenants", "/tenants", Permission.TENANTS),
            Entry("System Updates", "/updates", Permission.UPDATES),
            Entry("Style", "/style", Permission.STYLE),
            Entry("My Profile", "/profile", Permission.PROFILE),
        ),
    ),
)

CLIENT_MENU: tuple[tuple[str, str, tuple[Entry, ...]], ...] = (
    ("My service", "device-mobile", (Entry("SIP Users", "/sip-users", Permission.SIP_USERS),)),
    ("Calls", "clipboard-data", (Entry("CDR", "/cdr", Permission.CDR),)),
    ("Settings", "settings", (Entry("My Profile", "/profile", Permission.PROFILE),)),
)


def menu_for(identity: Identity, path: str) -> list[Group]:
    """The groups that ``identity`` sees while it looks at ``path``."""
    table = CLIENT_MENU if identity.role is Role.CLIENT else MENU
    groups = (_group(title, icon, _items(entries, identity, path)) for title, icon, entries in table)
    dashboard = Group("Dashboard", "layout-dashboard", href="/", current=path == "/")
    return [dashboard, *(group for group in groups if group.items)]


def _group(title: str, icon: str, items: tuple[Item, ...]) -> Group:
    return Group(title, icon, items, current=any(item.current for item in items))


def _items(entries: tuple[Entry, ...], identity: Identity, path: str) -> tuple[Item, ...]:
    return tuple(
        Item(entry.title, entry.href, _is_below(path, entry.href))
        for entry in entries
        if identity.may(entry.permission)
    )


def _is_below(path: str, href: str) -> bool:
    return path == href or path.startswith(f"{href}/")
