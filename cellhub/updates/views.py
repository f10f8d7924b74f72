"""System Updates: the list, one with its steps as they are taken, and a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config, view_defaults

from cellhub.accounts.answering import refuse
from cellhub.accounts.refusal import RefusedError
from cellhub.security.roles import Permission
from cellhub.tree.platform import seen
from cellhub.updates.forms import ClusterUpdateForm, MachineUpdateForm, ReleaseForm
from cellhub.updates.keeping import may_begin
from cellhub.updates.keeping.choosing import keeping_of
from cellhub.updates.keeping.database import NOT_HERE, DatabaseUpdates
from cellhub.updates.resources import UpdatePlace, Updates
from cellhub.updates.services import OVER

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

TEMPLATES = "cellhub.updates:templates"
LIST = "/updates"
REPOSITORIES = ("repository", "softswitch_repository", "gateway_repository")


@view_config(
    context=Updates,
    permission=Permission.UPDATES,
    request_method="GET",
    renderer=f"{TEMPLATES}/updates.jinja2",
)
def list_updates(_context: Updates, request: Request) -> dict[str, Any]:
    """Show the last updates, each with its step."""
    with seen(request):
        keeping = keeping_of(request)
        try:
            updates, problem = keeping.all(), ""
        except RefusedError as refused:
            updates, problem = DatabaseUpdates(request.dbsession).all(), str(refused)
    return {"updates": updates, "problem": problem, "possible": may_begin(keeping)}


@view_config(
    context=UpdatePlace,
    permission=Permission.UPDATES,
    request_method="GET",
    renderer=f"{TEMPLATES}/update.jinja2",
)
def show_update(context: UpdatePlace, request: Request) -> dict[str, Any]:
    """Show an update's steps as they are taken."""
    return _found(context.__name__, request)


@view_defaults(
    context=UpdatePlace,
    name="stop",
    permission=Permission.UPDATES,
    renderer=f"{TEMPLATES}/update-stop.jinja2",
)
class StopUpdate:
    """Ask, and have an update go back."""

    def __init__(self, context: UpdatePlace, request: Request) -> None:
        self.request, self.key = request, context.__name__
        self.found = _found(self.key, request)

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        kept = self.found["kept"]
        return self.found | {"reason": kept.locked or (OVER if kept.is_over else "")}

    @view_config(request_method="POST")
    def stop(self) -> dict[str, Any] | Response:
        try:
            with seen(self.request):
                keeping_of(self.request).stop(self.key)
        except RefusedError as refused:
            self.request.response.status_int = max(refused.status_int, 409)
            return self.found | {"reason": str(refused)}
        return HTTPSeeOther(LIST)


def _found(key: str, request: Request) -> dict[str, Any]:
    """An update; one whose resource nobody can tell of, as its row tells."""
    with seen(request):
        try:
            kept, problem = keeping_of(request).find(key), ""
        except RefusedError as refused:
            kept, problem = None, str(refused)
        kept = kept or DatabaseUpdates(request.dbsession).find(key)
    if problem and kept is None:
        raise HTTPSeeOther(LIST)  # the list says why nothing can be told
    if kept is None:
        raise HTTPNotFound
    return {"kept": kept, "here": f"{LIST}/{key}", "problem": problem}


@view_defaults(
    context=Updates, name="new", permission=Permission.UPDATES, renderer=f"{TEMPLATES}/update-new.jinja2"
)
class NewUpdate:
    """Begin an update, where that is possible: in a cluster, or on one machine."""

    def __init__(self, _context: Updates, request: Request) -> None:
        self.request, self.problem = request, ""
        with seen(request):
            keeping = keeping_of(request)
            self.namespaces, self.possible = keeping.namespaces, may_begin(keeping)
            tenants: tuple[str, ...] = ()
            try:
                tenants = keeping.tenants()
            except RefusedError as refused:
                self.problem = str(refused)
        self.form = self._form(tenants)

    def _form(self, tenants: tuple[str, ...]) -> ReleaseForm:
        if not self.namespaces:
            return MachineUpdateForm(self.request.POST or None)
        first = [one for one in tenants if one.startswith(f"{self.namespaces[0]}/")]
        repositories = self.request.registry.cellhub.image_repositories.split(",")
        shown = dict(zip(REPOSITORIES, repositories, strict=False)) | {"tenants": first}
        return ClusterUpdateForm(
            self.request.POST or None, data=shown, namespaces=self.namespaces, tenants=tenants
        )

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {
            "form": self.form,
            "possible": self.possible,
            "in_cluster": bool(self.namespaces),
            "problem": self.problem,
        }

    @view_config(request_method="POST")
    def begin(self) -> dict[str, Any] | Response:
        if not self.possible:
            refuse(self.request, self.form, RefusedError("", NOT_HERE))
            return self.ask()
        if not self.form.validate():
            refuse(self.request, self.form)
            return self.ask()
        namespace = self.form["namespace"].data if self.namespaces else ""
        try:
            with seen(self.request):
                key = keeping_of(self.request).begin(namespace, self.form.wish())
        except RefusedError as refused:
            refuse(self.request, self.form, refused)
            return self.ask()
        return HTTPSeeOther(f"{LIST}/{key}")
