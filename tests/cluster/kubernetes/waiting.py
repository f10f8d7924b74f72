"""Waiting for a condition, the only place where this package pauses."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from cellhub.local.problem import Problem

POLL_SECONDS = 0.1
Value = TypeVar("Value")


def until(condition: Callable[[], Value], what: str, seconds: float) -> Value:
    """Return the first true value of ``condition``.

    Raises:
        Problem: there was none within ``seconds``; the text is ``what``.
    """
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise Problem(f"not within {seconds:g} s: {what}")
        time.sleep(POLL_SECONDS)
    return value
