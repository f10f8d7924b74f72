"""Releases: how they are ordered, and which one can follow which."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple


class Version(NamedTuple):
    """A release's version; later ones are greater."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read it as 1.4.2.

        Raises:
            ValueError: it is no such version.
        """
        if not VERSION.fullmatch(text):
            raise ValueError(f"{text!r} is no version such as 1.4.2")
        return cls(*map(int, text.split(".")))

    def __str__(self) -> str:
        return ".".join(map(str, self))


VERSION = re.compile(r"(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an installation runs: the release, and the revision of its tables."""

    version: Version
    revision: str


def objection(standing: Standing, version: Version, oldest: Version, revisions: tuple[str, str]) -> str:
    """Say why a release cannot follow what stands, in a sentence; nothing if it can.

    ``oldest`` is the oldest release that it may follow, ``revisions`` are those of the tables that it
    begins and ends with. Tables that stand at the end already are those of an update that was killed.
    """
    if version < standing.version:
        return f"{version} is older than {standing.version}, which runs: an update does not go back."
    if version == standing.version:
        return f"{version} runs already."
    if standing.version < oldest:
        return f"{version} can follow {oldest} and later, and {standing.version} runs: go there first."
    if standing.revision not in revisions:
        return (
            f"The tables are of revision {standing.revision}, and {version} begins with {revisions[0]}: "
            "it was made for another release than this one."
        )
    return ""
