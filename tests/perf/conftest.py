"""Benchmarks print figures and assert none; ``--smoke`` runs them all with tiny sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cellhub.local.database import PostgresServer
from cellhub.local.installation import Installation
from tests.calls.conftest import plan_id, subscribe  # noqa: F401  fixtures
from tests.fixtures.database import Database
from tests.fixtures.installation import new_installation
from tests.perf.agent import RunningAgent, postgres_pid, running_agent
from tests.perf.figures import Figures
from tests.perf.market import Market, open_market
from tests.perf.rounds import Bench
from tests.perf.sizes import FULL, SMOKE, Sizes

STATISTICS = """
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = 'none'
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the sizes."""
    parser.addoption("--smoke", action="store_true", help="tiny sizes: does everything still run?")
    parser.addoption("--cdrs", type=int, default=None, help="call records of the largest table (1,000,000)")
    parser.addoption("--lives", type=int, default=None, help="lives of calls in a round (2,000)")
    parser.addoption("--rates", type=_numbers, default=None, help="sizes of the deck (1000,100000,1000000)")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a benchmark take its time, and keep the order in which they stand."""
    for item in items:
        item.add_marker(pytest.mark.timeout(0))


@pytest.fixture(scope="session")
def sizes(pytestconfig: pytest.Config) -> Sizes:
    """How much is measured."""
    chosen = SMOKE if pytestconfig.getoption("smoke") else FULL
    asked = {name: pytestconfig.getoption(name) for name in ("cdrs", "lives", "rates")}
    return replace(chosen, **{name: value for name, value in asked.items() if value is not None})


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """The sheet of one benchmark, titled by the first line of its docstring."""
    return Figures((request.function.__doc__ or request.node.name).strip().splitlines()[0].rstrip("."))


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """An installation on the disk, since waiting for it is part of what is measured."""
    with new_installation() as made:
        yield made


@pytest.fixture(scope="session")
def postgres(installation: Installation) -> Iterator[PostgresServer]:
    """The server as an installation has it, which can be told to count its statements."""
    server = installation.postgres()
    with (server.placement.data / "postgresql.auto.conf").open("a") as settings:
        settings.write(STATISTICS)
    with server.running(installation.logs / "postgres.log"):
        yield server


@pytest.fixture
def market(own_database: Database, sizes: Sizes) -> Iterator[Market]:
    """A tenant with a deck of the smallest size."""
    with open_market(own_database, clients=sizes.clients, rates=sizes.rates[0]) as market:
        yield market


@pytest.fixture
def agent(market: Market) -> Iterator[RunningAgent]:
    """The agent of that tenant."""
    with running_agent(market) as agent:
        yield agent


@pytest.fixture
def bench(market: Market, agent: RunningAgent, postgres: PostgresServer, sizes: Sizes) -> Bench:
    """Rounds of lives on that market."""
    return Bench(market, agent, postgres_pid(postgres), sizes)
