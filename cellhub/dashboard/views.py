"""The dashboard's page."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from pyramid.view import view_config

from cellhub.calls.costs import cost_of
from cellhub.dashboard import figures, findings
from cellhub.dashboard.figures import Day
from cellhub.dashboard.strip import strip
from cellhub.security.roles import Permission
from cellhub.telemetry.health import assess, observe
from cellhub.tree import Root

if TYPE_CHECKING:
    from pyramid.request import Request


@view_config(
    context=Root,
    permission=Permission.DASHBOARD,
    request_method="GET",
    renderer="cellhub.dashboard:templates/dashboard.jinja2",
)
def dashboard(context: Root, request: Request) -> dict[str, Any]:
    """What runs now, today against yesterday, who is well, and the last calls."""
    session, identity = request.dbsession, request.identity
    now = dt.datetime.now(dt.UTC)
    day = Day.at(now, identity.time_zone)
    live = figures.live_calls(session, identity)
    return {
        "day": day,
        "live": live[: figures.LIVE_SHOWN],
        "live_total": len(live),
        "strip": strip(session, identity, day, live),
        "tiles": assess(observe(session), now) if identity.may(Permission.HEALTH) else [],
        "charts": findings.charts(session, identity, day, len(live) - figures.ringing(live)),
        "last": figures.last_calls(session, identity),
        "cost_of": cost_of,
    }
