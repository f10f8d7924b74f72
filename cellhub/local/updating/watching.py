"""Whoever runs the machine sees to it that an update which was begun has somebody who drives it."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from cellhub.db.roles import PORTAL
from cellhub.local.installation import Installation
from cellhub.local.updating import driving
from cellhub.updates.releases import RUN, Releases

AGAIN_SECONDS = 30
"""A driver that ended before its update is followed by another one after so long."""


class Watch:
    """Starts `cellhub update` for an update of ``installation`` that nobody drives.

    It is a process of its own: the parts that it replaces can be neither its parent nor its child.
    """

    def __init__(self, installation: Installation, sessions: sessionmaker[Session]) -> None:
        self._installation, self._sessions = installation, sessions
        self._driver: subprocess.Popen[bytes] | None = None
        self._again = 0.0

    def look(self) -> None:
        """Look once."""
        if self._driver is not None and self._driver.poll() is None:
            return
        if time.monotonic() >= self._again and self._is_left_alone():
            self._again = time.monotonic() + AGAIN_SECONDS
            self._driver = self._drive()

    def _is_left_alone(self) -> bool:
        try:
            begun = driving.unfinished(self._sessions)
        except OperationalError:  # the database is not there: nothing could be driven either
            return False
        if begun is None:
            return False
        with driving.alone(self._installation) as free:
            return free

    def _drive(self) -> subprocess.Popen[bytes]:
        program = self._program()
        with (self._installation.logs / "update.log").open("ab") as log:
            return subprocess.Popen(
                [str(program), "update"],
                env=os.environ | self._installation.environment(PORTAL.name),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _program(self) -> Path:
        return Releases(self._installation.home).link(RUN) / "bin" / "cellhub"
