"""Who may call, and as whom: lists of callers, restricted numbers, and the number that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class CallerIdRule(StrEnum):
    """Which number a SIP user shows.

    ``own``: the one that it was given. ``list``: the one that it asks for, if it is among its
    numbers. ``pool``: one of its numbers, another for each call. ``forward``: on a call that it
    says to forward from one of its own numbers the number that it asks for, which is that of who
    called it, else its own. It is for phones that are trusted to say who called.
    """

    OWN = "own"
    LIST = "list"
    POOL = "pool"
    FORWARD = "forward"


class ListKind(StrEnum):
    """A white list lets nobody else call; a black list stops those on it."""

    WHITE = "white"
    BLACK = "black"


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known of a caller's number, digits with or without ``+``, empty where there is none.

    ``wish`` is the number that the phone asks to show, ``diverted`` the one from which it says
    that it forwards: words of the phone, and proofs of nothing.
    """

    own: str
    rule: CallerIdRule = CallerIdRule.OWN
    numbers: Sequence[str] = ()
    wish: str = ""
    diverted: str = ""

    def shown(self, turn: int) -> str:
        """The number to show; ``turn`` is any number that differs between calls."""
        if self.rule is CallerIdRule.LIST:
            return _listed(self.wish, self.numbers) or self.own
        if self.rule is CallerIdRule.POOL and self.numbers:
            return self.numbers[turn % len(self.numbers)]
        if self.rule is CallerIdRule.FORWARD and _listed(self.diverted, (self.own, *self.numbers)):
            return self.wish or self.own
        return self.own


def _listed(number: str, numbers: Iterable[str]) -> str:
    """The number as the list writes it; empty when it is not there."""
    wanted = number.removeprefix("+")
    return next((one for one in numbers if wanted and one.removeprefix("+") == wanted), "")


@dataclass(frozen=True, slots=True)
class CallerList:
    """A list of callers that holds somebody, and whether this caller is on it."""

    kind: ListKind
    listed: bool


def why_not_listed(number: str, lists: Iterable[CallerList]) -> str:
    """Say why a caller may not call; nothing when every list lets it. Without lists everybody may."""
    who = number or "A caller without a number"
    for one in lists:
        if one.kind is ListKind.BLACK and one.listed:
            return f"{who} is on the black list of callers."
        if one.kind is ListKind.WHITE and not one.listed:
            return f"{who} is not on the white list of callers."
    return ""


def why_restricted(number: str, *, own: Sequence[str], everywhere: Sequence[str], allow_list: bool) -> str:
    """Say why a number may not be called; nothing when it may.

    ``own`` are the SIP user's restricted prefixes: with ``allow_list`` the only ones that it may
    call. ``everywhere`` are those of the tenant.
    """
    if hit := _hit(number, everywhere):
        return f"{hit} is restricted for everybody."
    hit = _hit(number, own)
    if allow_list:
        return "" if hit else "The SIP user may call its allowed numbers only."
    return f"{hit} is restricted for this SIP user." if hit else ""


def _hit(number: str, prefixes: Iterable[str]) -> str:
    return max((prefix for prefix in prefixes if number.startswith(prefix)), key=len, default="")
