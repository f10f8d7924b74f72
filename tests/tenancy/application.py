"""What the application registered, as Pyramid's introspection tells it: nothing here is kept by hand.

The application is built once without a database, so that every view is a test of its own
from collection on.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pyramid.interfaces import IExceptionResponse
from pyramid.registry import Introspectable, Registry
from pyramid.security import NO_PERMISSION_REQUIRED

from cellhub.app import make_app
from cellhub.environment import Settings
from cellhub.local.secrets import SecretStore
from cellhub.security.roles import GRANTS, Permission, Role
from cellhub.tree import Container, PlatformContainer, PlatformResource, Resource, Root

NOWHERE = "postgresql+psycopg2://nobody@127.0.0.1/nothing"
ANY_METHOD = ("GET", "POST")
EXAMPLES = {("User", "status"): ("to=suspended",), ("SipUserResource", "enabled"): ("to=no",)}
"""What a view reads from its address and is not registered with."""


@dataclass(frozen=True, slots=True)
class View:
    """One registered view, as far as somebody at a browser can tell it from others."""

    context: Any
    name: str
    methods: tuple[str, ...]
    permission: str
    route: str | None
    containment: Any
    parameters: tuple[str, ...]
    source: str

    def __str__(self) -> str:
        place = self.route or getattr(self.context, "__name__", "anywhere")
        return f"{'+'.join(self.methods)} {place}/{self.name} ({self.permission})"

    @property
    def is_open(self) -> bool:
        """Tell whether anybody at all may call it."""
        return self.permission == NO_PERMISSION_REQUIRED

    @property
    def answers_errors(self) -> bool:
        """Tell whether it is called for an exception and not for an address."""
        if self.context is IExceptionResponse:
            return True
        return isinstance(self.context, type) and issubclass(self.context, BaseException)

    def is_granted_to(self, role: Role) -> bool:
        """Ask the one table."""
        return role in GRANTS[Permission(self.permission)]

    @property
    def query(self) -> str:
        """The query string without which the view is not found."""
        parameters = [*self.parameters, *EXAMPLES.get((self.context.__name__, self.name), ())]
        return f"?{'&'.join(parameters)}" if parameters else ""


@cache
def registry() -> Registry:
    """The registry of an application whose database is never asked."""
    with tempfile.TemporaryDirectory() as folder:
        key = SecretStore(Path(folder)).key_file("secret-key")
        return make_app(Settings(database_url=NOWHERE, secret_key_file=key)).registry


@cache
def views() -> tuple[View, ...]:
    """Every view, those of routes and errors too."""
    introspector = registry().introspector
    return tuple(_view(entry["introspectable"]) for entry in introspector.get_category("views"))


def _view(entry: Introspectable) -> View:
    return View(
        context=entry["context"],
        name=entry["name"] or "",
        methods=_words(entry["request_methods"]) or ANY_METHOD,
        permission=_permission(entry),
        route=entry["route_name"],
        containment=entry["containment"],
        parameters=_words(entry["request_param"]),
        source=entry.title,
    )


def _permission(entry: Introspectable) -> str:
    """The view's own permission; one that names none has the default that nobody is granted."""
    named = [one["value"] for one in registry().introspector.related(entry) if one.type_name == "permission"]
    return str(named[0]) if named else str(Permission.NOBODY)


def _words(given: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given or ())


def guarded_views() -> tuple[View, ...]:
    """The views in the tree that ask for a permission."""
    return tuple(view for view in views() if not (view.is_open or view.answers_errors or view.route))


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows are in the tree: a registered container, or one below the rows of another."""

    chain: tuple[type[Container], ...]

    def __str__(self) -> str:
        return "/".join(container.name for container in self.chain)

    @property
    def container(self) -> type[Container]:
        """The innermost one."""
        return self.chain[-1]

    def holds(self, view: View) -> bool:
        """Tell whether ``view`` is one of the rows here."""
        return issubclass(self.container.resource, view.context)

    def is_place_of(self, view: View) -> bool:
        """Tell whether ``view`` is found here, on the container or on its rows."""
        if view.containment and not any(issubclass(one, view.containment) for one in self.chain):
            return False
        return issubclass(self.container, view.context) or self.holds(view)


@cache
def places() -> tuple[Place, ...]:
    """Every place in the tree: those that rooms registered, and those below them."""
    found = [Place((container,)) for container in registry().containers.values()]
    for place in found:  # grows while it is walked
        found += [Place((*place.chain, below)) for below in _below(place.container.resource)]
    return tuple(found)


def _below(resource: type[Resource]) -> list[type[Container]]:
    """The containers that a row of ``resource`` gives when it is asked for their names."""
    row: Any = resource.__new__(resource)
    row.request = None
    return [container for container in _all_containers(Container) if _gives(row, container)]


def _gives(row: Any, container: type[Container]) -> bool:
    try:
        return type(row[container.name]) is container
    except (KeyError, TypeError):  # no such name, or nothing below this kind of row
        return False


def _all_containers(base: type[Container]) -> list[type[Container]]:
    return [one for kind in base.__subclasses__() for one in (kind, *_all_containers(kind))]


def platform_container_of(view: View) -> type[PlatformContainer] | None:
    """The container of the platform that ``view`` hangs on, or on whose things it hangs."""
    found = registry().platform_containers.values()
    return next((one for one in found if view.context in (one, one.resource)), None)


def is_of_one_thing(view: View) -> bool:
    """Tell whether it hangs on one thing of the platform, and not on their container."""
    return isinstance(view.context, type) and issubclass(view.context, PlatformResource)


def is_root_view(view: View) -> bool:
    """Tell whether the view hangs on the root."""
    return view.context is Root


def places_of(view: View) -> list[Place]:
    """The places where ``view`` is found."""
    return [place for place in places() if place.is_place_of(view)]


def pages() -> dict[str, str]:
    """Addresses of whole pages to their permissions: the container's own and the root's by name."""
    found = {}
    for view in guarded_views():
        if "GET" not in view.methods:
            continue
        if is_root_view(view):
            found[f"/{view.name}"] = view.permission
        elif view.name or is_of_one_thing(view):
            continue
        elif platform := platform_container_of(view):
            found[f"/{platform.name}"] = view.permission
        else:
            found |= {f"/{place}": view.permission for place in places_of(view) if not place.holds(view)}
    return found
