"""Trunks whose row is the decision keep the contract."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from cellhub.accounts.audit import Actor
from cellhub.db.scope import Scope, enter_scope
from cellhub.routes.keeping.database import DatabaseTrunks
from tests.functional.keeping.contract import TrunkKeepingContract


@pytest.fixture
def keeping(world, tmp_path):
    key_file = tmp_path / "secret-key"
    key_file.write_bytes(Fernet.generate_key())
    enter_scope(world.session, Scope.of_tenant(world.north.tenant.id))
    return DatabaseTrunks(world.session, Actor(world.north.tenant.id, "Ada"), key_file)


class TestDatabaseTrunks(TrunkKeepingContract):
    """On one machine."""
