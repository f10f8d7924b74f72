"""What the tests measured, said again at the end of a run: pytest shows no print of a test that passes."""

from __future__ import annotations

TOLD: list[str] = []


def tell(figure: str) -> None:
    """Say what was measured, now and in the summary."""
    print(figure)
    TOLD.append(figure)
