"""Where tenants are kept: as rows, or as resources of the cluster that the rows follow.

The pages know neither. They ask :class:`TenantKeeping`, of which there are two, in a session that
sees the whole platform. ``tests/functional/tenants/contract.py`` holds both to the same words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from cellhub.cluster.resource import READY, Condition


class Policy(StrEnum):
    """What becomes of the rows of a tenant that ends; the words of its resource."""

    RETAIN = "Retain"
    DELETE = "Delete"


class Word(StrEnum):
    """How a tenant is, in the words of the portal's table of states."""

    READY = "Ready"
    NOT_READY = "Not ready"
    PROGRESSING = "In progress"
    DEGRADED = "Degraded"
    SUSPENDED = "Suspended"
    ENDING = "Ending"
    KEPT = "Kept"
    NOT_SEEN = "Not seen"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was observed: the release that its softswitches run, calls in progress, pods that take calls."""

    release: str = ""
    calls: int = 0
    pods: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A tenant as it is decided, and how it goes.

    ``key`` is its address among the tenants. ``version`` is another one after each change. ``locked``
    says where to change it, and is empty where the portal may. ``resource`` is its place in the
    cluster (NAMESPACE/NAME), empty for a row that no resource manages.
    """

    key: str
    slug: str
    terms: Mapping[str, Any]
    version: str
    since: dt.datetime
    word: Word
    figures: Figures
    locked: str = ""
    resource: str = ""
    conditions: tuple[Condition, ...] = ()

    @property
    def id(self) -> str:
        """Which row of a list it is."""
        return self.key

    @property
    def sentence(self) -> str:
        """What is to be known in one sentence: the trouble if there is one, else how ready it is."""
        trouble = [one.message for one in self.conditions if one.is_trouble]
        ready = [one.message for one in self.conditions if one.type == READY]
        return next(iter(trouble + ready), "")


class TenantKeeping(Protocol):
    """Makes, changes and ends tenants, each deed audited."""

    namespaces: tuple[str, ...]
    """Where a new tenant can be made; none where there is one softswitch for good."""

    def all(self) -> tuple[Kept, ...]:
        """All tenants, by their names."""

    def find(self, key: str) -> Kept | None:
        """Look at a tenant."""

    def open(self, namespace: str, slug: str, terms: Mapping[str, Any]) -> str:
        """Make a tenant and return its key.

        Raises:
            RefusedError: the name is taken, a value cannot be had, or none can be made here.
        """

    def change(self, key: str, terms: Mapping[str, Any], version: str) -> None:
        """Change terms of the tenant that was seen in ``version``.

        Raises:
            RefusedError: it is another by now, is decided elsewhere, or as by :meth:`open`.
        """

    def end(self, key: str, policy: Policy) -> None:
        """Have a tenant end: no new call, then its softswitch, then what ``policy`` says of its rows.

        Raises:
            RefusedError: it is decided elsewhere, or none can end here.
        """
