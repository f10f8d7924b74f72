"""Tenants: the list, a new one, and what is done to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config, view_defaults

from cellhub.accounts.answering import refuse
from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import RefusedError
from cellhub.security.roles import Permission
from cellhub.tenants.forms import ONLY_NEW, EndForm, TenantForm
from cellhub.tenants.keeping import Kept, Policy
from cellhub.tenants.keeping.choosing import keeping_of
from cellhub.tenants.keeping.database import DatabaseTenants
from cellhub.tenants.resources import TenantPlace, Tenants
from cellhub.tree.platform import seen

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

TEMPLATES = "cellhub.tenants:templates"
LIST = "/tenants"
SUSPENDED = "suspended"


@view_config(
    context=Tenants,
    permission=Permission.TENANTS,
    request_method="GET",
    renderer=f"{TEMPLATES}/tenants.jinja2",
)
def list_tenants(_context: Tenants, request: Request) -> dict[str, Any]:
    """Show every tenant with its state, its release and its calls."""
    with seen(request):
        keeping = keeping_of(request)
        try:
            tenants, problem = keeping.all(), ""
        except RefusedError as refused:
            tenants = DatabaseTenants(request.dbsession, Actor.of(request.identity)).all()
            problem = str(refused)
    return {"tenants": tenants, "problem": problem, "namespaces": keeping.namespaces}


@view_defaults(
    context=Tenants, name="new", permission=Permission.TENANTS, renderer=f"{TEMPLATES}/tenant-new.jinja2"
)
class NewTenant:
    """Make a tenant, where that is possible."""

    def __init__(self, _context: Tenants, request: Request) -> None:
        self.request = request
        with seen(request):
            self.namespaces = keeping_of(request).namespaces
        self.form = TenantForm(request.POST or None, namespaces=self.namespaces)

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"form": self.form, "namespaces": self.namespaces}

    @view_config(request_method="POST")
    def open(self) -> dict[str, Any] | Response:
        if self.namespaces and not self.form.validate():
            refuse(self.request, self.form)
            return self.ask()
        place, slug = self.form.namespace.data or "", self.form.slug.data or ""
        try:
            with seen(self.request):
                key = keeping_of(self.request).open(place, slug, self.form.terms())
        except RefusedError as refused:
            refuse(self.request, self.form, refused)
            return self.ask()
        return HTTPSeeOther(f"{LIST}/{key}")


class OneTenant:
    """What the pages of one tenant share."""

    def __init__(self, context: TenantPlace, request: Request) -> None:
        self.request, self.key = request, context.__name__
        try:
            with seen(request):
                kept = keeping_of(request).find(self.key)
        except RefusedError:
            raise HTTPSeeOther(LIST) from None  # the list says why nothing can be told
        if kept is None:
            raise HTTPNotFound
        self.kept: Kept = kept

    @property
    def here(self) -> str:
        """The tenant's page."""
        return f"{LIST}/{self.key}"


@view_defaults(context=TenantPlace, permission=Permission.TENANTS, renderer=f"{TEMPLATES}/tenant.jinja2")
class ChangeTenant(OneTenant):
    """How a tenant goes, and its terms: a form where they can be changed here, else to read."""

    def __init__(self, context: TenantPlace, request: Request) -> None:
        super().__init__(context, request)
        shown = dict(self.kept.terms) | {"version": self.kept.version}
        self.form = TenantForm(request.POST or None, data=shown, zone=self.kept.terms["time_zone"])
        fixed = {*ONLY_NEW, *(() if "replicas" in self.kept.terms else ("sip_domain",))}
        self.form.keep([name for name in self.kept.terms if name not in fixed])

    @view_config(request_method="GET")
    def show(self) -> dict[str, Any]:
        return self.shown(as_form=not self.kept.locked)

    @view_config(request_method="POST")
    def save(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            refuse(self.request, self.form)
            return self.shown(as_form=True)
        try:
            with seen(self.request):
                keeping_of(self.request).change(self.key, self.form.terms(), self.form.version.data or "")
        except RefusedError as refused:
            refuse(self.request, self.form, refused)
            return self.shown(as_form=True)
        return HTTPSeeOther(self.here)

    def shown(self, *, as_form: bool) -> dict[str, Any]:
        """The page; after a refusal the form with what was typed."""
        return {"kept": self.kept, "form": self.form, "as_form": as_form, "here": self.here}


@view_defaults(
    context=TenantPlace,
    name="suspend",
    permission=Permission.TENANTS,
    renderer=f"{TEMPLATES}/tenant-suspend.jinja2",
)
class SuspendTenant(OneTenant):
    """Ask, and suspend a tenant, or let one that is suspended work again."""

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"kept": self.kept, "here": self.here, "reason": self.kept.locked}

    @view_config(request_method="POST")
    def suspend(self) -> dict[str, Any] | Response:
        wanted = {"suspended": self.request.POST.get("to") == SUSPENDED}
        try:
            with seen(self.request):
                keeping_of(self.request).change(self.key, wanted, self.kept.version)
        except RefusedError as refused:
            self.request.response.status_int = refused.status_int
            return self.ask() | {"reason": str(refused)}
        return HTTPSeeOther(self.here)


@view_defaults(
    context=TenantPlace, name="end", permission=Permission.TENANTS, renderer=f"{TEMPLATES}/tenant-end.jinja2"
)
class EndTenant(OneTenant):
    """Ask by its name, and have a tenant end."""

    def __init__(self, context: TenantPlace, request: Request) -> None:
        super().__init__(context, request)
        policy = self.kept.terms.get("policy", Policy.RETAIN)
        self.form = EndForm(request.POST or None, data={"policy": policy}, slug=self.kept.slug)

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        with seen(self.request):
            many = bool(keeping_of(self.request).namespaces)
        return {
            "kept": self.kept,
            "form": self.form,
            "here": self.here,
            "reason": self.kept.locked,
            "possible": many,
        }

    @view_config(request_method="POST")
    def end(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            refuse(self.request, self.form)
            return self.ask()
        try:
            with seen(self.request):
                keeping_of(self.request).end(self.key, Policy(self.form.policy.data))
        except RefusedError as refused:
            self.request.response.status_int = refused.status_int
            return self.ask() | {"reason": str(refused)}
        return HTTPSeeOther(LIST)
