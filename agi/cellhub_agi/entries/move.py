"""``move``: an attempt failed, and the next trunk has a cap, or the one before it had."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from cellhub.charging.connections import DatabaseAway
from cellhub_agi import variables
from cellhub_agi.session import Session

logger = structlog.get_logger(__name__)

TakePlace = Callable[[str, str], bool]


class MoveEntry:
    """Answers with the trunk and the call id where there is a place; anything else skips the trunk."""

    def __init__(self, take_place: TakePlace) -> None:
        self._take_place = take_place

    def __call__(self, session: Session) -> None:
        """Serve one move."""
        trunk = session.argument(0)
        try:
            free = self._take_place(session.call_id, trunk)
        except DatabaseAway as error:
            logger.error("move.no_database", call=session.call_id, reason=str(error))
            free = False
        if free:
            session.agi.set_variable(variables.PLACE, f"{trunk} {session.call_id}")
        else:
            logger.info("move.refused", call=session.call_id, trunk=trunk)
        session.agi.send()
