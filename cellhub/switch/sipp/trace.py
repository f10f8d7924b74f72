"""Read sipp's trace of short messages: who said what, and when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

SENT, RECEIVED = "S", "R"
_STATUS = re.compile(r"SIP/2\.0 (\d{3})")
_DIALLED = re.compile(r"INVITE sip:([^@]*)@")
_COLUMNS = 7
_PROGRESS = range(180, 190)
_OK = 200
_FINAL = 200


@dataclass(frozen=True, slots=True)
class Message:
    """One SIP message: its moment, direction, call, CSeq and first line."""

    at: float
    direction: str
    call_id: str
    sequence: int
    method: str
    first_line: str

    @property
    def code(self) -> int | None:
        """The status code of a response; None for a request."""
        match = _STATUS.match(self.first_line)
        return int(match.group(1)) if match else None


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How a call went for the one who placed it.

    ``code`` is the final SIP code, None when none came; ``ring_ms`` runs from the INVITE to the
    first 18x, ``talk_seconds`` from the 200 to the BYE.
    """

    code: int | None
    ring_ms: int | None
    talk_seconds: float | None


@dataclass(frozen=True, slots=True)
class FarCall:
    """How a call went for the one who was called; ``talk_seconds`` is None until it ended."""

    number: str
    caller: str
    answered: bool
    cancelled: bool
    talk_seconds: float | None


def messages(text: str) -> list[Message]:
    """Parse a trace; a last line that is still being written is left out."""
    complete = text[: text.rfind("\n") + 1].splitlines()
    rows = (line.split("\t") for line in complete)
    return [_message(row) for row in rows if len(row) == _COLUMNS]


def _message(row: list[str]) -> Message:
    _date, _time, at, direction, call_id, sequence, first_line = row
    number, method = sequence.removeprefix("CSeq:").split(maxsplit=1)
    return Message(float(at), direction, call_id, int(number), method.strip(), first_line.strip())


def by_call(trace: Iterable[Message]) -> list[list[Message]]:
    """Group the messages by call, oldest first; what begins without an INVITE, as OPTIONS do, is no call."""
    ordered = sorted(trace, key=attrgetter("call_id"))
    groups = (list(group) for _id, group in groupby(ordered, key=attrgetter("call_id")))
    calls = (group for group in groups if group[0].first_line.startswith("INVITE "))
    return sorted(calls, key=lambda call: call[0].at)


def final_code(call: list[Message], method: str) -> int | None:
    """Return the final code of the last request of this method, which follows the digest challenge."""
    last = max(message.sequence for message in call if message.method == method)
    codes = (message.code for message in call if (message.method, message.sequence) == (method, last))
    return next((code for code in codes if code is not None and code >= _FINAL), None)


def outcome(call: list[Message]) -> CallOutcome:
    """Tell how a call went for its caller."""
    invite = next(m for m in reversed(call) if m.first_line.startswith("INVITE "))
    ringing = next((m for m in call if m.code in _PROGRESS), None)
    return CallOutcome(
        code=final_code(call, "INVITE"),
        ring_ms=round((ringing.at - _first(call, invite).at) * 1000) if ringing else None,
        talk_seconds=_talk(call),
    )


def far_calls(trace: Iterable[Message], callers: Mapping[str, str]) -> list[FarCall]:
    """Tell how each call went for the called side, oldest first.

    ``callers`` are the callers by call id, which a trace of first lines does not tell.
    """
    return [_far_call(call, callers) for call in by_call(trace)]


def _far_call(call: list[Message], callers: Mapping[str, str]) -> FarCall:
    match = _DIALLED.match(call[0].first_line)
    return FarCall(
        number=match.group(1) if match else "",
        caller=callers.get(call[0].call_id, ""),
        answered=_answer(call) is not None,
        cancelled=any(m.first_line.startswith("CANCEL ") for m in call),
        talk_seconds=_talk(call),
    )


def _talk(call: list[Message]) -> float | None:
    answer = _answer(call)
    bye = next((m for m in call if m.first_line.startswith("BYE ")), None)
    return round(bye.at - answer.at, 6) if answer and bye else None


def _answer(call: list[Message]) -> Message | None:
    return next((m for m in call if m.method == "INVITE" and m.code == _OK), None)


def _first(call: list[Message], like: Message) -> Message:
    """Find the first sending of a message, since a trace holds its repetitions too."""
    return next(m for m in call if m.first_line == like.first_line and m.sequence == like.sequence)
