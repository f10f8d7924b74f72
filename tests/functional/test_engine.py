"""The engine of every process."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cellhub.db.roles import PORTAL
from cellhub.db.session import make_engine


def test_an_error_of_the_database_does_not_repeat_what_was_sent(database):
    engine = make_engine(database.url(PORTAL.name), application="tests")
    with pytest.raises(DBAPIError) as caught, engine.connect() as connection:
        connection.execute(text("SELECT 1 / (length(:secret) - length(:secret))"), {"secret": "hunter2"})
    engine.dispose()
    assert "hunter2" not in str(caught.value)
    assert "parameters hidden" in str(caught.value)
