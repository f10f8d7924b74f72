"""Updates as their rows tell keep the contract: those of one machine."""

from __future__ import annotations

from itertools import pairwise

import pytest

from cellhub.accounts.refusal import RefusedError
from cellhub.domain.updates import Move, Step, Terms
from cellhub.updates import services
from cellhub.updates.keeping import Wish
from cellhub.updates.keeping.database import DatabaseUpdates
from tests.functional.updates.contract import BEGUN, UpdateKeepingContract

WISH = services.Wish("1.5.0", "1.4.2", "{}", "c2lnbmVk", Terms())


@pytest.fixture
def noted(world):
    session = world.see_everything()

    def note(steps):
        run = services.begin(session, "Ada", WISH)
        reason = ""
        for (name, message), (later, _) in pairwise(steps):
            reason = f"{name}: {message}" if later in ("RollingBack", "Failed") else reason
            services.move(session, "Ada", run, Step(name), Move(Step(later), message, reason))
            session.refresh(run)
        return DatabaseUpdates(session), str(run.id)

    return note


class TestDatabaseUpdates(UpdateKeepingContract):
    """On one machine."""


def test_who_began_it_is_told(noted):
    keeping, key = noted(BEGUN)
    assert (keeping.find(key).by, keeping.find(key).resource) == ("Ada", "")


def test_none_is_begun_in_the_portal(noted):
    keeping, _ = noted(BEGUN)
    with pytest.raises(RefusedError, match="make stop and make run"):
        keeping.begin("cell", Wish(b"{}", "c2ln", ("cell/north",), ("a", "b", "c")))
