"""Benchmarks print figures and assert none; ``--smoke`` runs them all with tiny sizes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cellhub.local.database import PostgresServer
from cellhub.local.installation import Installation
from tests.perf.figures import Figures
from tests.perf.sizes import FULL, SMOKE, Sizes

STATISTICS = """
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = 'none'
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the sizes."""
    parser.addoption("--smoke", action="store_true", help="tiny sizes: does everything still run?")
    parser.addoption("--cdrs", type=int, default=None, help="call records of the largest table (1,000,000)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a benchmark take its time, and keep the order in which they stand."""
    for item in items:
        item.add_marker(pytest.mark.timeout(0))


@pytest.fixture(scope="session")
def sizes(pytestconfig: pytest.Config) -> Sizes:
    """How much is measured."""
    chosen = SMOKE if pytestconfig.getoption("smoke") else FULL
    cdrs = pytestconfig.getoption("cdrs")
    return chosen if cdrs is None else chosen.with_cdrs(cdrs)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """The sheet of one benchmark, titled by the first line of its docstring."""
    return Figures((request.function.__doc__ or request.node.name).strip().splitlines()[0].rstrip("."))


@pytest.fixture(scope="session")
def postgres(installation: Installation) -> Iterator[PostgresServer]:
    """The server as an installation has it, which can be told to count its statements."""
    server = installation.postgres()
    with (server.placement.data / "postgresql.auto.conf").open("a") as settings:
        settings.write(STATISTICS)
    with server.running(installation.logs / "postgres.log"):
        yield server
