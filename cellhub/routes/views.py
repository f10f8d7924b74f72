"""Trunks: the list with what each would send, and what is done to a trunk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.view import view_config, view_defaults

from cellhub.accounts.answering import refuse
from cellhub.accounts.refusal import RefusedError
from cellhub.routes.facts import TrunkFacts, register_word, totals, trunk_facts
from cellhub.routes.forms import BY_ADDRESS, BY_PASSWORD, TrunkForm
from cellhub.routes.keeping import Kept
from cellhub.routes.keeping.choosing import keeping_of
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
    waiting, problem = _waiting(request, trunks)
    facts = trunk_facts(session, identity.tenant_id, identity.time_zone, dt.datetime.now(dt.UTC))
    return {
        "trunks": trunks,
        "waiting": waiting,
        "waiting_problem": problem,
        "facts": {trunk.id: facts.get(trunk.name, TrunkFacts()) for trunk in trunks},
        "totals": totals(trunks, facts),
        "register_word": register_word,
        "unregistered": [trunk for trunk in trunks if register_word(trunk) == "NO"],
        "preview": preview(request.GET.get("number", "").strip() or SAMPLE, trunks),
    }


def _waiting(request: Request, trunks: Sequence[Trunk]) -> tuple[tuple[Kept, ...], str]:
    """Trunks that are decided and not used yet, or why that cannot be told."""
    try:
        return keeping_of(request).waiting(trunk.name for trunk in trunks), ""
    except RefusedError as refused:
        return (), str(refused)


@view_defaults(
    context=Trunks, name="new", permission=Permission.TRUNKS_EDIT, renderer=f"{TEMPLATES}/trunk-form.jinja2"
)
class NewTrunk:
    """Open a trunk."""

    def __init__(self, context: Trunks, request: Request) -> None:
        self.context, self.request = context, request
        self.form = TrunkForm(request.POST or None)

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"form": self.form, "trunk": None, "kept": None}

    @view_config(request_method="POST")
    def open(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            refuse(self.request, self.form)
            return self.ask()
        try:
            keeping_of(self.request).open(self.form.name.data, self.form.terms(), self.form.secret())
        except RefusedError as refused:
            refuse(self.request, self.form, refused)
            return self.ask()
        return HTTPSeeOther("/trunks")


@view_config(
    context=Trunks,
    name="waiting",
    permission=Permission.TRUNKS_EDIT,
    renderer=f"{TEMPLATES}/trunk-waiting.jinja2",
)
def show_waiting(context: Trunks, request: Request) -> dict[str, Any] | Response:
    """Show a trunk that is decided and no row yet, ``/trunks/waiting/NAME``; a POST deletes it."""
    keeping, name = keeping_of(request), "/".join(request.subpath)
    kept = keeping.find(name) if name else None
    if kept is None:
        return HTTPSeeOther("/trunks")
    if request.method != "POST":
        return {"kept": kept, "reason": ""}
    try:
        keeping.delete(name)
    except RefusedError as refused:
        request.response.status_int = 409
        return {"kept": kept, "reason": str(refused)}
    return HTTPSeeOther("/trunks")


@view_config(context=Route, permission=Permission.TRUNKS_EDIT, request_method="GET")
def open_trunk(context: Route, request: Request) -> Response:
    """A trunk has no page but its form."""
    return HTTPSeeOther(f"/trunks/{context.row.id}/edit")


@view_defaults(
    context=Route, name="edit", permission=Permission.TRUNKS_EDIT, renderer=f"{TEMPLATES}/trunk-form.jinja2"
)
class EditTrunk:
    """Change a trunk; its name stays."""

    def __init__(self, context: Route, request: Request) -> None:
        self.context, self.request = context, request
        self.trunk = context.row
        self.keeping = keeping_of(request, self.trunk)
        kept = self.keeping.find(self.trunk.name)
        if kept is None:
            raise HTTPNotFound  # deleted at this moment
        self.kept = kept
        shown = dict(self.kept.terms) | {"version": self.kept.version}
        mode = BY_PASSWORD if kept.by_password else BY_ADDRESS
        self.form = TrunkForm(request.POST or None, data=shown | {"authentication": mode})
        del self.form.name

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        if self.kept.locked:
            self.request.override_renderer = f"{TEMPLATES}/trunk-managed.jinja2"
        return self.shown()

    @view_config(request_method="POST")
    def save(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            refuse(self.request, self.form)
            return self.shown()
        try:
            self.keeping.change(
                self.trunk.name, self.form.terms(), self.form.secret(), self.form.version.data or ""
            )
        except RefusedError as refused:
            refuse(self.request, self.form, refused)
            return self.shown()
        return HTTPSeeOther("/trunks")

    def shown(self) -> dict[str, Any]:
        """What both pages of a trunk show; after a refusal the form with what was typed."""
        return {"form": self.form, "trunk": self.trunk, "kept": self.kept, "word": register_word(self.trunk)}


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
        self.keeping = keeping_of(request, self.trunk)

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"trunk": self.trunk, "reason": self.keeping.why_kept(self.trunk.name)}

    @view_config(request_method="POST")
    def delete(self) -> dict[str, Any] | Response:
        try:
            self.keeping.delete(self.trunk.name)
        except RefusedError as refused:
            self.request.response.status_int = 409
            return {"trunk": self.trunk, "reason": str(refused)}
        return HTTPSeeOther("/trunks")
