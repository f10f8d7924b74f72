"""What a page costs: the first load's bytes, and the server's time with many call records."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Callable
from itertools import islice

import pytest
from sqlalchemy.orm import Session
from webtest import TestApp

from cellhub.security.models import Login
from cellhub.security.roles import Role
from cellhub.security.tickets import COOKIE, issue
from tests.fixtures.portal import router_on
from tests.perf.figures import Figures, percentile
from tests.perf.market import Market
from tests.perf.sizes import Sizes

PAGES = {"dashboard": "/", "CDR list": "/cdr", "CDR list of a month with totals": "/cdr?disposition=ANSWERED"}
EXPORT = "/cdr/export"
ASSET = re.compile(r'(?:src|href)="(/[^"]+\.(?:js|css)[^"]*)"')
KB = 1_000
MILLISECONDS = 1_000


@pytest.fixture
def admin(market: Market, sizes: Sizes) -> TestApp:
    """The portal on the market's database with its call records, opened by the tenant's admin."""
    market.grow_cdrs(0, sizes.cdrs)
    market.analyze()
    app = TestApp(router_on(market.database), extra_environ={"REMOTE_ADDR": "127.0.0.1"})
    with market.everything() as session:
        app.set_cookie(COOKIE, _ticket(session, market))
    return app


def _ticket(session: Session, market: Market) -> str:
    login = Login(
        tenant_id=market.tenant_id,
        email="admin@bench.example",
        name="Admin",
        role=Role.ADMIN,
        password_hash="",
    )
    session.add(login)
    session.flush()
    return issue(session, login, hours=1, remote_addr="127.0.0.1", user_agent="perf")


def bench_pages(figures: Figures, sizes: Sizes, market: Market, admin: TestApp) -> None:
    """Pages: bytes of the first load, and the server's own time, without a network."""
    figures.begin(call_records=market.one("SELECT count(*) FROM cdr"), pages_a_figure=sizes.pages)
    figures.section("first load of JS and CSS")
    for name, size in _first_load(admin).items():
        figures.figure(name, size, "kB (gzip)")
    for name, path in PAGES.items():
        admin.get(path)  # templates and plans
        took = [_seconds(lambda path=path: admin.get(path)) for _ in range(sizes.pages)]
        figures.section(f"{name}: server time")
        figures.figure("p50", percentile(took, 50) * MILLISECONDS, "ms")
        figures.figure("p99", percentile(took, 99) * MILLISECONDS, "ms")
    figures.section("export of every call record as CSV")
    took = [_seconds(lambda: _first_bytes(admin)) for _ in range(sizes.rounds)]
    figures.figure("time to the first byte", [one * MILLISECONDS for one in took], "ms")


def _first_load(app: TestApp) -> dict[str, float]:
    """Return kB by asset of what the dashboard's document names, and their sum."""
    found = dict.fromkeys(ASSET.findall(app.get("/").text))
    sizes = {path.rpartition("/")[2]: len(gzip.compress(app.get(path).body)) / KB for path in found}
    return sizes | {"all": sum(sizes.values())}


def _seconds(deed: Callable[[], object]) -> float:
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def _first_bytes(app: TestApp) -> None:
    """Ask for the export and hang up after its first piece."""
    pieces = app.app(app.RequestClass.blank(EXPORT, headers={"Cookie": _cookie(app)}).environ, _start)
    list(islice(pieces, 1))
    if hasattr(pieces, "close"):
        pieces.close()


def _start(status: str, headers: object, error: object = None) -> None:
    assert status.startswith("200"), status


def _cookie(app: TestApp) -> str:
    return "; ".join(f"{name}={value}" for name, value in app.cookies.items())
