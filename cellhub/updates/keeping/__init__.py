"""Where updates are found: in their rows, or in the resources Update that the rows are mirrored in.

The pages know neither. They ask :class:`UpdateKeeping`, of which there are two, in a session that
sees the whole platform. ``tests/functional/updates/contract.py`` holds both to the same words.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Protocol

from cellhub.cluster.resource import PROGRESSING, Condition
from cellhub.updates.stepper import Mark, Taken, Word, marks_of, title_of, why_back, word_of

GONE = "It is not there any more."


@dataclass(frozen=True, slots=True)
class Kept:
    """An update as it was wished, and how far it is.

    ``key`` is its address among the updates. ``whom`` are the tenants in words, ``resource`` its place
    in the cluster (NAMESPACE/NAME), both empty on one machine. ``locked`` says who can take it back, and is
    empty where the portal can.
    """

    key: str
    version: str
    from_version: str
    since: dt.datetime
    taken: tuple[Taken, ...] = ()
    by: str = ""
    whom: str = ""
    resource: str = ""
    conditions: tuple[Condition, ...] = ()
    locked: str = ""

    @property
    def id(self) -> str:
        """Which row of a list it is."""
        return self.key

    @property
    def word(self) -> Word:
        """How it is."""
        return word_of(self.taken)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Its steps."""
        return marks_of(self.taken)

    @property
    def step(self) -> str:
        """The step in which it is, in words."""
        return title_of(self.taken[-1].name) if self.taken else ""

    @property
    def reason(self) -> str:
        """Why it went back or failed, or cannot begin; empty if nothing is wrong."""
        waits = next((one.message for one in self.conditions if one.is_trouble), "")
        return why_back(self.taken) or waits

    @property
    def waits(self) -> str:
        """What it waits for, as the operator says; empty if it does not say."""
        return next((one.message for one in self.conditions if one.type == PROGRESSING and one.holds), "")

    @property
    def is_over(self) -> bool:
        """Whether it has ended, one way or another."""
        return self.word in (Word.DONE, Word.ROLLED_BACK, Word.FAILED)

    @property
    def began(self) -> dt.datetime:
        """When its first step began, or it was wished for."""
        return (self.taken[0].started_at if self.taken else None) or self.since

    @property
    def finished_at(self) -> dt.datetime | None:
        """When it ended."""
        return self.taken[-1].finished_at if self.is_over else None


@dataclass(frozen=True, slots=True)
class Archive:
    """What one machine unpacks: an open file, and what it was called."""

    file: BufferedIOBase
    name: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A release that somebody wants, as its manifest was signed, and the terms."""

    document: bytes
    signature: str
    tenants: tuple[str, ...] = ()
    repositories: tuple[str, str, str] = ("", "", "")
    """Of the images of CellHub, Asterisk and Janus, in a cluster."""

    archive: Archive | None = None
    """On one machine."""

    backup: bool = True
    canary: bool = True
    canary_seconds: int = 60
    drain_minutes: int = 30
    allow_rollback: bool = True


class UpdateKeeping(Protocol):
    """Finds updates, and begins one."""

    namespaces: tuple[str, ...]
    """Where in the cluster one can be begun; none on one machine."""

    @property
    def takes_archives(self) -> bool:
        """Whether one can be begun here by a release's archive: on one machine."""

    def all(self) -> tuple[Kept, ...]:
        """The last updates, the newest first."""

    def find(self, key: str) -> Kept | None:
        """Look at an update."""

    def tenants(self) -> tuple[str, ...]:
        """Tenants that an update can be brought to, each as NAMESPACE/NAME."""

    def begin(self, namespace: str, wish: Wish) -> str:
        """Begin an update and return its key.

        Raises:
            RefusedError: another one has not ended, the manifest is not believed, or none can begin here.
        """

    def stop(self, key: str) -> None:
        """Have an update that runs go back to the former release.

        Raises:
            RefusedError: it has ended, or somebody else decides about it.
        """


def may_begin(keeping: UpdateKeeping) -> bool:
    """Say whether an update can be begun there."""
    return bool(keeping.namespaces) or keeping.takes_archives
