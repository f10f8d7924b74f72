"""The agent's standing session with Asterisk: opened again whenever it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import structlog

from cellhub_agi import variables
from cellhub_agi.ami import Ami, AmiError, AmiLost, LoginRefused, Message

HOST = "127.0.0.1"
USERNAME = "cellhub"
KEPT = 20
"""Losses that are remembered."""

# Answers that are no trouble: the call is over; nobody has asked for this SIP user yet.
EXPECTED = ("No such channel", "could not be expired from the cache")

NOTHING = "No registrations found"
"""An empty list, which is an error to Asterisk."""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Registration:
    """A trunk's registration at its provider, as the softswitch sees it."""

    trunk: str
    status: str


class SwitchAway(Exception):
    """Asterisk cannot be asked."""


class SwitchLink:
    """Commands to Asterisk; ``up`` tells whether it can be asked.

    ``back`` is called after each new log-in, when nothing is known of the time between. ``lost_file`` keeps
    when the session was last lost, for an agent that takes over before all that follows from it is done.
    """

    def __init__(
        self,
        port: int,
        secret_file: Path | None,
        back: Callable[[], None],
        lost_file: Path | None = None,
    ) -> None:
        self._lost_file = lost_file
        self._port = port
        self._secret_file = secret_file
        self._back = back
        self._ami: Ami | None = None
        self._opening = Lock()
        self._began = time.monotonic()
        self._lost = self._lost_before_us()
        self.problem = "The softswitch has not answered yet."

    @property
    def up(self) -> bool:
        """Whether there is a session."""
        return self._ami is not None and self._ami.connected()

    @property
    def down_since(self) -> float:
        """Since when there was no session before this one, in monotonic seconds."""
        return max([self._began, *self._lost])

    def lost_after(self, moment: float, late: float = 0.0) -> float | None:
        """When the session was first lost after a moment, both in monotonic seconds; None if it was not.

        The moment may be noted that much too late. What was lost while no agent looked was lost
        at our start, if nobody knows better.
        """
        known = next((lost for lost in self._lost if lost >= moment - late), None)
        return self._began if known is None and self._began >= moment else known

    def keep(self) -> None:
        """Open the session if there is none, and see whether the one there is still answers."""
        try:
            if self.up:
                self._session().ping()
            else:
                self._note_end()
                self._open()
        except (AmiLost, AmiError) as error:
            self._away(str(error))

    def close(self) -> None:
        """End the session."""
        if self._ami is not None:
            self._ami.close()

    def calls(self) -> dict[str, list[str]]:
        """Map the id of each call that Asterisk carries to its channels.

        Raises:
            SwitchAway: unknown is not gone.
        """
        found: dict[str, list[str]] = {}
        for channel in self._list(Action="Status"):
            call_id = channel.variables.get(variables.CALL, "")
            if call_id:
                found.setdefault(call_id, []).append(channel.headers.get("Channel", ""))
        return found

    def set_deadline(self, channel: str, seconds: int) -> bool:
        """Let a channel end in so many seconds; False when it is gone already.

        Raises:
            SwitchAway: nothing was moved.
        """
        return self._command(Action="AbsoluteTimeout", Channel=channel, Timeout=str(seconds))

    def hang_up(self, channel: str) -> bool:
        """End a channel; False when it is gone already.

        Raises:
            SwitchAway: it was not told.
        """
        return self._command(Action="Hangup", Channel=channel)

    def reload(self, module: str) -> None:
        """Have a module read its files again.

        Raises:
            SwitchAway: it was not told.
        """
        self._command(Action="Reload", Module=module)

    def forget(self, username: str) -> None:
        """Have Asterisk drop what it remembers of a SIP user.

        Raises:
            SwitchAway: it was not told.
        """
        for kind in ("endpoint", "auth", "aor"):
            self._command(Action="SorceryMemoryCacheExpireObject", Cache=f"res_pjsip/{kind}", Object=username)

    def registrations(self) -> list[Registration]:
        """List the trunks that register.

        Raises:
            SwitchAway: nothing is known.
        """
        rows = self._list(Action="PJSIPShowRegistrationsOutbound")
        return [
            Registration(row.headers["ObjectName"].removeprefix("trunk-"), row.headers.get("Status", ""))
            for row in rows
            if row.headers.get("Event") == "OutboundRegistrationDetail" and "ObjectName" in row.headers
        ]

    def _command(self, **action: str) -> bool:
        try:
            self._session().send_action(action)
        except AmiError as error:
            if not any(answer in str(error) for answer in EXPECTED):
                logger.warning("switch.refused", action=action["Action"], reason=str(error))
            return False
        except AmiLost as error:
            raise SwitchAway(str(error)) from None
        return True

    def _list(self, **action: str) -> list[Message]:
        try:
            return self._session().ask_list(**action)
        except AmiError as error:
            if NOTHING not in str(error):
                # One that shuts down answers nothing, though its calls go on.
                raise SwitchAway(str(error)) from None
            return []
        except AmiLost as error:
            raise SwitchAway(str(error)) from None

    def _session(self) -> Ami:
        if self._ami is None or not self._ami.connected():
            raise AmiLost("There is no session with the softswitch.")
        return self._ami

    def _open(self) -> None:
        with self._opening:
            ami = Ami()
            try:
                ami.connect(HOST, self._port)
                ami.login(USERNAME, self._secret())
            except LoginRefused as error:
                ami.close()
                raise AmiLost(f"Asterisk refuses the agent's log-in: {error}.") from None
            except (AmiLost, AmiError):
                ami.close()
                raise
            self._ami = ami
        self.problem = ""
        logger.info("switch.up")
        self._back()

    def _note_end(self) -> None:
        """Remember when the session ended: a softswitch may be back before anybody has missed it."""
        lost_on = self._ami.lost_on if self._ami is not None else None
        if lost_on is None or lost_on in self._lost:
            return
        self._lost = [*self._lost[-KEPT:], lost_on]
        if self._lost_file is not None:
            self._lost_file.parent.mkdir(parents=True, exist_ok=True)
            self._lost_file.write_text(f"{time.time() - (time.monotonic() - lost_on):.6f}\n")

    def _lost_before_us(self) -> list[float]:
        """When the agent before us last lost its session, if it did."""
        try:
            lost_at = [float(self._lost_file.read_text())] if self._lost_file is not None else []
        except (OSError, ValueError):
            return []
        return [time.monotonic() - max(time.time() - lost_at[0], 0.0)] if lost_at else []

    def _away(self, reason: str) -> None:
        if not self.problem:
            self._note_end()
            logger.warning("switch.away", reason=reason)
        self.problem = reason

    def _secret(self) -> str:
        if self._secret_file is None:
            raise AmiLost("CELLHUB_AMI_SECRET_FILE is not set.")
        try:
            return self._secret_file.read_text().strip()
        except OSError as error:
            raise AmiLost(f"CELLHUB_AMI_SECRET_FILE cannot be read: {error.strerror}.") from None
