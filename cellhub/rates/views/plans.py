"""Plans: the list, a plan with what it comes to, and what is done to a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.view import view_config, view_defaults
from sqlalchemy import func

from cellhub.accounts.audit import Actor
from cellhub.accounts.refusal import RefusedError
from cellhub.rates import choices
from cellhub.rates.filters import rate_filters
from cellhub.rates.forms import PlanForm
from cellhub.rates.models import Plan, Rate
from cellhub.rates.pricing import margin_of, places_of_plan, resold
from cellhub.rates.resources import Plans, PricePlan
from cellhub.rates.services import plans
from cellhub.rates.usage import accounts_of_plan
from cellhub.rates.views.answers import refuse, removal
from cellhub.rates.views.numberbox import number_box
from cellhub.security.roles import Permission
from cellhub.web.lists import Keyset, apply_filters

if TYPE_CHECKING:
    from pyramid.request import Request
    from pyramid.response import Response

TEMPLATES = "cellhub.rates:templates"
BY_NAME = Keyset((Plan.name, Plan.id), (str, int))
BY_PREFIX = Keyset((Rate.prefix, Rate.id), (str, int))


@view_config(
    context=Plans, permission=Permission.PLANS, request_method="GET", renderer=f"{TEMPLATES}/plans.jinja2"
)
def list_plans(context: Plans, request: Request) -> dict[str, Any]:
    """Show the plans, their decks in order and how many accounts pay by them."""
    page = BY_NAME.page(request.dbsession, request, context.query())
    facts = plans.plan_facts(request.dbsession, request.identity.tenant_id, page.rows)
    return {"page": page, "facts": facts}


@view_config(
    context=PricePlan, permission=Permission.PLANS, request_method="GET", renderer=f"{TEMPLATES}/plan.jinja2"
)
def show_plan(context: PricePlan, request: Request) -> dict[str, Any]:
    """Show a plan's decks, what they come to, and which of them prices a number."""
    session, plan = request.dbsession, context.row
    filters = rate_filters()
    filtered = apply_filters(request, plans.effective_rates(plan), filters)
    margin = margin_of(session, request.identity)
    counted = filtered.query.with_only_columns(func.count(), maintain_column_froms=True)
    decks = plans.decks_of(session, plan)
    return {
        "plan": plan,
        "decks": decks,
        "deck_names": {deck.id: deck.name for deck in decks},
        "accounts": accounts_of_plan(session, plan),
        "filters": filters,
        "filtered": filtered,
        "page": BY_PREFIX.page(session, request, filtered.query),
        "count": session.scalar(counted),
        "box": number_box(request, places_of_plan(session, plan.tenant_id, plan.id), margin),
        "margin": margin,
        "resold": resold,
    }


@view_defaults(
    context=Plans, name="new", permission=Permission.PLANS_EDIT, renderer=f"{TEMPLATES}/plan-form.jinja2"
)
class NewPlan:
    """Open a plan."""

    def __init__(self, context: Plans, request: Request) -> None:
        self.context, self.request = context, request
        self.form = PlanForm(request.POST or None)
        self.form.offer(choices.decks(request.dbsession, request.identity))

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"form": self.form, "plan": None}

    @view_config(request_method="POST")
    def open(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            return self.ask() | refuse(self.request, self.form)
        session, actor = self.request.dbsession, Actor.of(self.request.identity)
        try:
            plan = plans.open_plan(session, actor, self.form.name.data, self.form.deck_ids())
        except RefusedError as refused:
            return self.ask() | refuse(self.request, self.form, refused)
        return HTTPSeeOther(f"/plans/{plan.id}")


@view_defaults(
    context=PricePlan, name="edit", permission=Permission.PLANS_EDIT, renderer=f"{TEMPLATES}/plan-form.jinja2"
)
class EditPlan:
    """Change a plan."""

    def __init__(self, context: PricePlan, request: Request) -> None:
        self.context, self.request = context, request
        self.plan = context.row
        chosen = [deck.id for deck in plans.decks_of(request.dbsession, self.plan)]
        self.form = PlanForm(request.POST or None, data={"name": self.plan.name, "decks": chosen})
        self.form.offer(choices.decks(request.dbsession, request.identity))

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return {"form": self.form, "plan": self.plan}

    @view_config(request_method="POST")
    def save(self) -> dict[str, Any] | Response:
        if not self.form.validate():
            return self.ask() | refuse(self.request, self.form)
        session, actor = self.request.dbsession, Actor.of(self.request.identity)
        try:
            plans.change_plan(session, actor, self.plan, self.form.name.data, self.form.deck_ids())
        except RefusedError as refused:
            return self.ask() | refuse(self.request, self.form, refused)
        return HTTPSeeOther(f"/plans/{self.plan.id}")


@view_defaults(
    context=PricePlan, name="delete", permission=Permission.PLANS_EDIT, renderer=f"{TEMPLATES}/delete.jinja2"
)
class DeletePlan:
    """Ask, and delete a plan that nobody pays by."""

    def __init__(self, context: PricePlan, request: Request) -> None:
        self.context, self.request = context, request
        self.plan = context.row

    @view_config(request_method="GET")
    def ask(self) -> dict[str, Any]:
        return self._page(plans.why_kept(self.request.dbsession, self.plan))

    @view_config(request_method="POST")
    def delete(self) -> dict[str, Any] | Response:
        try:
            plans.delete_plan(self.request.dbsession, Actor.of(self.request.identity), self.plan)
        except RefusedError as refused:
            self.request.response.status_int = 409
            return self._page(str(refused))
        return HTTPSeeOther("/plans")

    def _page(self, reason: str) -> dict[str, Any]:
        return removal("plan", self.plan.name, f"/plans/{self.plan.id}", "Its rate decks stay.", reason)
