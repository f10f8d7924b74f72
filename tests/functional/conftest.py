"""What the tests of several rooms need beside the portal itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pyramid.router import Router
from sqlalchemy.orm import Session

from tests.factories.world import World


class OneSession:
    """A session factory that always begins the same session: an export sees what a test made."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @contextmanager
    def begin(self) -> Iterator[Session]:
        with self.session.begin_nested():
            yield self.session


@pytest.fixture
def exports(router: Router, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let exports, which open a transaction of their own, read the test's."""
    monkeypatch.setattr(router.registry, "session_factory", OneSession(world.session))
