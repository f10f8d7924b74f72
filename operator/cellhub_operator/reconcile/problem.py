"""What keeps a resource from being brought about, in a word and a sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """``reason`` is for programs, ``message`` for whoever has to put it right."""

    reason: str
    message: str
