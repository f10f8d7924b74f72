"""A database that was saved, brought back in the place of another."""

from __future__ import annotations

import io
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from cellhub.db.elsewhere import Addresses, DatabaseProblem
from cellhub.db.restoring import NotRestored, restore
from cellhub.db.roles import AGENT, PORTAL, drop_switch_login, ensure_switch_login, switch_login
from cellhub.db.scope import DatabaseRole
from cellhub.updates.saving import save
from tests.fixtures.database import Database

PLACE = "cellhub_brought_back"
SLUG = "harbour-of-backups"
TENANT = "INSERT INTO tenant (id, slug, name) VALUES (7, :slug, :name)"
NAME = "SELECT name FROM tenant WHERE slug = :slug"


@pytest.fixture
def superuser(postgres):
    """Connect to a database as who sees every row."""

    @contextmanager
    def connect(database):
        url = postgres.superuser_url().replace("/postgres?", f"/{database}?", 1)
        with create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
            yield connection

    return connect


@pytest.fixture
def name_of(superuser):
    """The name of the tenant in a database."""

    def name(database):
        with superuser(database) as connection:
            return connection.scalar(text(NAME), {"slug": SLUG})

    return name


@pytest.fixture
def saved(own_database, postgres, superuser, tmp_path):
    """A database with one tenant, in a file."""
    with superuser(own_database.name) as connection:
        connection.execute(text(TENANT), {"slug": SLUG, "name": "As it was saved"})
    file = tmp_path / "cellhub.dump"
    save(postgres.placement.programs, postgres.superuser_url(), own_database.name, file)
    return file


@pytest.fixture
def place(installation, postgres, template):
    """Another database of this release, with no tenant."""
    postgres.copy_database(template, PLACE, DatabaseRole.OWNER)
    yield Database(installation, PLACE)
    postgres.drop_database(PLACE)


@pytest.fixture
def bring_back(postgres, place):
    addresses = Addresses(
        place.url(DatabaseRole.OWNER), place.url(PORTAL.name), place.url(AGENT.name), postgres.superuser_url()
    )

    def bring(file, replace=False):
        restore(postgres.placement.programs, addresses, file, replace=replace, seconds=10)

    return bring


def databases(superuser):
    with superuser("postgres") as connection:
        return set(connection.scalars(text("SELECT datname FROM pg_database")))


@pytest.fixture
def logins(place, postgres):
    """Those that have to find their way in again: the processes' own, and a tenant's."""
    ensure_switch_login(postgres.superuser_url(), place.name, SLUG, "switch-password")
    yield PORTAL.name, AGENT.name, switch_login(SLUG).name
    drop_switch_login(postgres.superuser_url(), SLUG)


def test_what_was_saved_is_there_and_our_logins_may_enter(saved, bring_back, name_of, superuser, logins):
    before = databases(superuser)
    with saved.open("rb") as file:
        bring_back(file)
    assert name_of(PLACE) == "As it was saved"
    assert databases(superuser) == before
    may = text("SELECT has_database_privilege(:login, current_database(), 'CONNECT')")
    with superuser(PLACE) as connection:
        assert [connection.scalar(may, {"login": one}) for one in logins] == [True] * len(logins)
        assert not connection.scalar(may, {"login": "public"})


def test_tenants_are_lost_only_by_one_who_says_so(saved, bring_back, name_of, superuser):
    with superuser(PLACE) as connection:
        connection.execute(text(TENANT), {"slug": SLUG, "name": "Of now"})
    with saved.open("rb") as file:
        with pytest.raises(NotRestored, match="Tenants in the database: 1"):
            bring_back(file)
        assert name_of(PLACE) == "Of now"
        bring_back(file, replace=True)
    assert name_of(PLACE) == "As it was saved"


@pytest.mark.parametrize("keep", [0, 4000], ids=["no-dump", "half"])
def test_a_file_that_cannot_be_read_spoils_nothing(saved, bring_back, superuser, tmp_path, keep):
    broken = tmp_path / "broken.dump"
    broken.write_bytes(saved.read_bytes()[:keep] or b"no dump")
    before = databases(superuser)
    with broken.open("rb") as file, pytest.raises(NotRestored, match="pg_restore: error"):
        bring_back(file)
    assert databases(superuser) == before


def test_a_server_that_does_not_answer_is_said_to(postgres, place):
    nowhere = [make_url(place.url(one)).set(port=1) for one in (DatabaseRole.OWNER, PORTAL.name, AGENT.name)]
    addresses = Addresses(*map(written, nowhere), written(nowhere[0]))
    with pytest.raises(DatabaseProblem, match=r"Waited 0 s for the database: .* refused"):
        restore(postgres.placement.programs, addresses, io.BytesIO(), replace=False, seconds=0)


def test_what_the_server_refuses_is_told_as_it_tells_it(postgres, place):
    owner, portal, agent = (place.url(one) for one in (DatabaseRole.OWNER, PORTAL.name, AGENT.name))
    with pytest.raises(DatabaseProblem, match="refuses a statement: permission denied"):
        restore(
            postgres.placement.programs,
            Addresses(owner, portal, agent, admin=owner),
            io.BytesIO(),
            replace=False,
            seconds=10,
        )


def written(url):
    return url.render_as_string(hide_password=False)
