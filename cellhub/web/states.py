"""The words for states: one table of kind -> word -> icon and colour, used by every page.

A state is never a colour alone: `state_of("call", "BUSY")` gives its icon, word and tone, and the
macros of macros/state.jinja2 draw all three. "No answer" and "IP" are grey: they are not faults.
"""

from enum import StrEnum
from typing import NamedTuple


class Tone(StrEnum):
    """Colour of a state, by what it asks of the reader."""

    GOOD = "ok"
    LOOK = "warn"
    BROKEN = "bad"
    MOVING = "acc"
    PLAIN = "ink3"


class State(NamedTuple):
    word: str
    icon: str
    tone: Tone


class UnknownStateError(LookupError):
    """A page shows a state that the table has no word for."""

    def __init__(self, kind: str, word: str) -> None:
        known = ", ".join(STATES[kind]) if kind in STATES else f"kinds {', '.join(STATES)}"
        super().__init__(f"no state {word!r} of kind {kind!r}: the table has {known}")


_OK = State("OK", "circle-check", Tone.GOOD)
_ACTIVE = State("Active", "circle-check", Tone.GOOD)
_DRAFT = State("Draft", "edit", Tone.LOOK)

_TABLE: dict[str, tuple[State, ...]] = {
    "call": (
        State("Answered", "phone-check", Tone.GOOD),
        State("No answer", "phone-off", Tone.PLAIN),
        State("Busy", "phone-pause", Tone.LOOK),
        State("Failed", "phone-x", Tone.BROKEN),
        State("Congestion", "alert-circle", Tone.BROKEN),
        State("Cancel", "phone-end", Tone.PLAIN),
    ),
    "live call": (
        State("Ringing", "bell-ringing", Tone.MOVING),
        State("Up", "phone", Tone.GOOD),
        State("On hold", "player-pause", Tone.LOOK),
    ),
    "user": (
        _ACTIVE,
        State("Suspended", "player-pause", Tone.LOOK),
        State("Blocked", "ban", Tone.BROKEN),
        State("Low credit", "alert-triangle", Tone.LOOK),
    ),
    "sip user": (
        State("Online", "plug-connected", Tone.GOOD),
        State("Offline", "plug-connected-x", Tone.BROKEN),
        State("IP", "network", Tone.PLAIN),
        State("Disabled", "circle-minus", Tone.PLAIN),
    ),
    "trunk": (
        _OK,
        State("NO", "circle-x", Tone.BROKEN),
        State("IP", "network", Tone.PLAIN),
        State("Disabled", "circle-minus", Tone.PLAIN),
    ),
    "health": (
        _OK,
        State("Degraded", "alert-triangle", Tone.LOOK),
        State("Down", "circle-x", Tone.BROKEN),
    ),
    "payment": (
        State("In review", "eye", Tone.LOOK),
        State("Booked", "circle-check", Tone.GOOD),
        State("Void", "circle-minus", Tone.PLAIN),
    ),
    "document": (
        _DRAFT,
        State("Published", "circle-check", Tone.GOOD),
        State("Not published", "edit", Tone.LOOK),
    ),
    "offer": (_ACTIVE, State("Expired", "clock-off", Tone.PLAIN)),
    "condition": (
        State("Ready", "circle-check", Tone.GOOD),
        State("Not ready", "circle-x", Tone.BROKEN),
        State("In progress", "clock", Tone.MOVING),
        State("Settled", "circle-check", Tone.PLAIN),
        State("Degraded", "alert-triangle", Tone.BROKEN),
        State("No problem", "circle-check", Tone.PLAIN),
    ),
    "tenant": (
        State("Ready", "circle-check", Tone.GOOD),
        State("Not ready", "circle-x", Tone.BROKEN),
        State("In progress", "clock", Tone.MOVING),
        State("Degraded", "alert-triangle", Tone.BROKEN),
        State("Suspended", "player-pause", Tone.LOOK),
        State("Ending", "clock", Tone.LOOK),
        State("Kept", "circle-minus", Tone.PLAIN),
        State("Not seen", "plug-connected-x", Tone.LOOK),
    ),
    "update": (
        State("Waiting", "clock", Tone.PLAIN),
        State("Running", "clock", Tone.MOVING),
        State("Done", "circle-check", Tone.GOOD),
        State("Left out", "circle-minus", Tone.PLAIN),
        State("Rolling back", "arrow-back-up", Tone.LOOK),
        State("Rolled back", "arrow-back-up", Tone.BROKEN),
        State("Failed", "circle-x", Tone.BROKEN),
    ),
    "switch": (State("On", "circle-check", Tone.GOOD), State("Off", "circle-minus", Tone.PLAIN)),
}


def _folded(word: str) -> str:
    return word.lower().replace("_", " ").replace("-", " ")


STATES: dict[str, dict[str, State]] = {
    kind: {_folded(state.word): state for state in states} for kind, states in _TABLE.items()
}


def state_of(kind: str, word: str) -> State:
    """Find a state however its word is written: "NO ANSWER", "no_answer" or "No answer"."""
    try:
        return STATES[kind][_folded(word)]
    except KeyError:
        raise UnknownStateError(kind, word) from None
