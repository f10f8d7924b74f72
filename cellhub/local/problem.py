"""What a person has to put right before the installation can start."""

from __future__ import annotations


class Problem(Exception):
    """The installation cannot go on; the text says what is wrong and what would be right."""
