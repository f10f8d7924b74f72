"""Trunks: the list with what each would send, and what is done to a trunk."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import RefusedError
from cellhub.routes import services
from cellhub.routes.facts import TrunkFacts, register_word, totals, trunk_facts
from cellhub.routes.forms import BY_ADDRESS, BY_PASSWORD, TrunkForm
from cellhub.routes.models import Trunk
from cellhub.routes.preview import SAMPLE, preview
from cellhub.routes.resources import Route, Trunks
from cellhub.security.roles import Permission

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

TEMPLATES = "cellhub.routes:templates"


@view_config(
    context=Trunks,
    permission=Permission.TRUNKS,
    request_method="GET",
    renderer=f"{TEMPLATES}/trunks.jinja2",
)
def list_trunks(context: Trunks, request: Request) -> dict[str, Any]:
    """Show all trunks in their order, with their calls and what each would send."""
    identity, session = request.identity, request.dbsession
    trunks = session.scalars(context.query().order_by(Trunk.priority, Trunk.id)).all()
    facts = trunk_facts(session, identity.tenant_id, identity.time_zone, dt.datetime.now(dt.UTC))
    return {
        "trunks": trunks,
        "facts": {trunk.id: facts.get(trunk.name, TrunkFacts()) for trunk in trunks},
        "totals": totals(trunks, facts),
        "register_word": register_word,
        "unregistered": [trunk for trunk in trunks if register_word(trunk) == "NO"],
        "preview": preview(request.GET.get("number", "").strip() or SAMPLE, trunks),
    }


class TrunkPage:
    """What the pages that save a trunk share."""

    def __init__(self, context: Any, request: Request) -> None:
        self.context, self.request = context, request
        self.session = request.dbsession
        self.actor = Actor.of(request.identity)
        self.key_file = request.registry.cellhub.secret_key_file

    def refused(self, form: TrunkForm, refused: RefusedError | None = None) -> None:
        """Answer 400, with the service's sentence at the field it names."""
        self.request.response.status_int = 400
        if refused is not None:
            form[refused.field].errors = [str(refused)]


@view_defaults(
    context=Trunks, name="new", permission=Permission.TRUNKS_EDIT, renderer=f"{TEMPLATES}/trunk-form.jinja2"
)
class NewTrunk(TrunkPage):
    """Open a trunk."""

    def __init__(self, context: Trunks, request: Request) -> None:
        super().__init__(context, request)
        self.form = TrunkForm(request.POST or None)

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"form": self.form, "trunk": None}

    @view_config(request_method="POST")
    def open(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            self.refused(self.form)
            return self.ask()
        try:
            services.open_trunk(
                self.session,
                self.actor,
                name=self.form.name.data,
                terms=self.form.terms(),
                password=self.form.secret(),
                key_file=self.key_file,
            )
        except RefusedError as refused:
            self.refused(self.form, refused)
            return self.ask()
        return HTTPSeeOther("/trunks")


@view_config(context=Route, permission=Permission.TRUNKS_EDIT, request_method="GET")
def open_trunk(context: Route, request: Request) -> Response:
    """A trunk has no page but its form."""
    return HTTPSeeOther(f"/trunks/{context.row.id}/edit")


@view_defaults(
    context=Route, name="edit", permission=Permission.TRUNKS_EDIT, renderer=f"{TEMPLATES}/trunk-form.jinja2"
)
class EditTrunk(TrunkPage):
    """Change a trunk; its name stays."""

    def __init__(self, context: Route, request: Request) -> None:
        super().__init__(context, request)
        self.trunk = context.row
        mode = BY_PASSWORD if self.trunk.username else BY_ADDRESS
        self.form = TrunkForm(request.POST or None, obj=self.trunk, data={"authentication": mode})
        del self.form.name

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        if self.trunk.managed_by:
            self.request.override_renderer = f"{TEMPLATES}/trunk-managed.jinja2"
        return {"form": self.form, "trunk": self.trunk, "word": register_word(self.trunk)}

    @view_config(request_method="POST")
    def save(self) -> dict[str, Any] | Response:
        if self.trunk.managed_by:
            self.request.response.status_int = 409
            return self.ask()
        if not self.form.validate():
            self.refused(self.form)
            return self.ask()
        try:
            services.change_trunk(
                self.session,
                self.actor,
                self.trunk,
                terms=self.form.terms(),
                password=self.form.secret(),
                key_file=self.key_file,
            )
        except RefusedError as refused:
            self.refused(self.form, refused)
            return self.ask()
        return HTTPSeeOther("/trunks")


@view_defaults(
    context=Route,
    name="delete",
    permission=Permission.TRUNKS_EDIT,
    renderer=f"{TEMPLATES}/trunk-delete.jinja2",
)
class DeleteTrunk:
    """Ask, and delete a trunk that nothing needs."""

    def __init__(self, context: Route, request: Request) -> None:
        self.context, self.request = context, request
        self.trunk = context.row

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"trunk": self.trunk, "reason": services.why_kept(self.request.dbsession, self.trunk)}

    @view_config(request_method="POST")
    def delete(self) -> dict[str, Any] | Response:
        try:
            services.delete_trunk(self.request.dbsession, Actor.of(self.request.identity), self.trunk)
        except RefusedError as refused:
            self.request.response.status_int = 409
            return {"trunk": self.trunk, "reason": str(refused)}
        return HTTPSeeOther("/trunks")
