"""Whether a canary does as well as the others: by the questions about calls that it was asked."""

from __future__ import annotations

from dataclasses import dataclass

FEWEST = 3
"""So many failures are no accident; a single one may be a caller that hung up at a bad moment."""

TOLERANCE = 0.02
"""By so much more of its calls the canary may fail than the others."""


@dataclass(frozen=True, slots=True)
class Answers:
    """How many questions about calls were asked, and how many of them got no answer."""

    asked: int = 0
    failed: int = 0

    def __add__(self, other: Answers) -> Answers:
        return Answers(self.asked + other.asked, self.failed + other.failed)

    @property
    def rate(self) -> float:
        """The part of them that failed."""
        return self.failed / self.asked if self.asked else 0.0


def complaint(canary: Answers, others: Answers) -> str:
    """Say in a sentence what is wrong with the canary; nothing if it does as well as the others."""
    if canary.failed < FEWEST or canary.rate <= others.rate + TOLERANCE:
        return ""
    return (
        f"{canary.failed} of {canary.asked} calls got no answer from it, "
        f"and {others.failed} of {others.asked} from the others."
    )
