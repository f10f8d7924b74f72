"""Where trunks are kept: in the database, or as resources of the cluster that follow from there.

The pages know neither. They ask :class:`TrunkKeeping`, of which there are two: on one machine, and
for tenants that no resource manages, the row is the decision; in a cluster the resource is, and the
operator makes the row by it. ``tests/functional/keeping/contract.py`` holds both to the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cellhub.cluster.resource import Condition


@dataclass(frozen=True, slots=True)
class Kept:
    """A trunk as it is decided.

    ``version`` is another one after each change. ``locked`` says where to change it, and is empty
    where the portal may. ``resource`` is its place in the cluster; ``conditions`` are how it goes there.
    ``by_password`` says how the provider knows us, also where the username is not known here yet.
    """

    name: str
    terms: Mapping[str, Any]
    version: str
    locked: str = ""
    resource: str = ""
    conditions: tuple[Condition, ...] = ()
    by_password: bool = False

    @property
    def trouble(self) -> str:
        """Why it cannot be brought about; empty when nothing hinders it."""
        return next((one.message for one in self.conditions if one.is_trouble), "")


class TrunkKeeping(Protocol):
    """Opens, changes and deletes a tenant's trunks, each deed audited."""

    def find(self, name: str) -> Kept | None:
        """Look at a trunk."""

    def waiting(self, rows: Iterable[str]) -> tuple[Kept, ...]:
        """The trunks that are decided and no row yet; ``rows`` are the names of those that are."""

    def open(self, name: str, terms: Mapping[str, Any], password: str) -> None:
        """Open a trunk; its name stays.

        Raises:
            RefusedError: the name is taken, a password is missing, or a value cannot be had.
        """

    def change(self, name: str, terms: Mapping[str, Any], password: str, version: str) -> None:
        """Change the trunk that was seen in ``version``; an empty password keeps the stored one.

        Raises:
            RefusedError: it is another by now, is decided elsewhere, or as by :meth:`open`.
        """

    def why_kept(self, name: str) -> str:
        """Say why a trunk cannot be deleted now; empty when it can."""

    def delete(self, name: str) -> None:
        """Delete a trunk; calls that run over it are not cut.

        Raises:
            RefusedError: for what :meth:`why_kept` says.
        """
