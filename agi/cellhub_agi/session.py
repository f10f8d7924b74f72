"""What an entry knows of the AGI request it serves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cellhub_agi import variables
from cellhub_agi.fastagi import FastAgi, ProtocolError

CALL_ID = re.compile(r"[0-9a-f]{32}")
UNKNOWN = "unknown"
_NUMBER = re.compile(r"(?:sips?|tel):\+?([0-9]{2,20})(?=[@:]|$)")


class Commands(Protocol):
    """The words of AGI that entries use."""

    def set_variable(self, name: str, value: object) -> None:
        """Queue the setting of a channel variable."""

    def send(self) -> list[int]:
        """Send what is queued and read the replies."""


@dataclass(frozen=True, slots=True)
class Session:
    """One request: the call it is about, its further arguments, and the way to answer."""

    entry: str
    call_id: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    agi: Commands

    @classmethod
    def of(cls, agi: FastAgi) -> Session:
        """Read the request.

        Raises:
            ProtocolError: its first argument is no call id.
        """
        call_id, *rest = agi.arguments or [""]
        if not CALL_ID.fullmatch(call_id):
            raise ProtocolError("The first argument is no call id.")
        entry = agi.env.get(variables.SCRIPT, "").partition("?")[0]
        return cls(entry, call_id, tuple(rest), agi.env, agi)

    @property
    def caller_number(self) -> str:
        """The number that the caller shows; empty when it shows none."""
        number = self.environment.get(variables.CALLER_NUMBER, "")
        return "" if number == UNKNOWN else number

    @property
    def channel(self) -> str:
        """The name of the caller's channel."""
        return self.environment.get(variables.CHANNEL, "")

    def argument(self, place: int) -> str:
        """The argument after the call id at ``place``, counted from 0; empty when there is none."""
        return self.arguments[place] if place < len(self.arguments) else ""

    def number_in(self, place: int) -> str:
        """The digits of the number in the SIP address of an argument; empty when there is none."""
        found = _NUMBER.search(self.argument(place))
        return found[1] if found else ""
