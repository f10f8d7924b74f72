"""What a file of rates changes in a deck, before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cellhub.rates.importing import FileRate


class ChangeKind(StrEnum):
    """What happens to a prefix; the order is that of lists."""

    DEARER = "dearer"
    CHEAPER = "cheaper"
    NEW = "new"
    RENAMED = "renamed"
    MISSING = "missing"
    UNCHANGED = "unchanged"


CHANGING = (ChangeKind.DEARER, ChangeKind.CHEAPER, ChangeKind.NEW, ChangeKind.RENAMED)
"""What publishing does in any case; a prefix that is missing stays unless that is asked for."""


@dataclass(frozen=True, slots=True)
class Change:
    """A prefix before and after; ``old`` is None for a new one, ``new`` for a missing one."""

    kind: ChangeKind
    prefix: str
    old: FileRate | None
    new: FileRate | None

    @property
    def destination(self) -> str:
        """The name that the prefix has afterwards."""
        return (self.new or self.old).destination  # type: ignore[union-attr]

    @property
    def share(self) -> Decimal | None:
        """By which part of the old rate the rate changes; None where nothing compares."""
        if self.old is None or self.new is None or not self.old.rate:
            return None
        return (self.new.rate - self.old.rate) / self.old.rate


@dataclass(frozen=True, slots=True)
class Changes:
    """Every prefix of deck and file, by what happens to it."""

    by_kind: Mapping[ChangeKind, Sequence[Change]]

    def of(self, kinds: Iterable[ChangeKind]) -> list[Change]:
        """The changes of some kinds, in the order of the kinds."""
        return [change for kind in kinds for change in self.by_kind[kind]]

    def count(self, *kinds: ChangeKind) -> int:
        """How many prefixes are of these kinds."""
        return sum(len(self.by_kind[kind]) for kind in kinds)

    @property
    def changing(self) -> int:
        """How many prefixes publishing inserts or updates."""
        return self.count(*CHANGING)

    def average_share(self, kind: ChangeKind) -> Decimal | None:
        """The mean change of the rates of a kind."""
        shares = [share for change in self.by_kind[kind] if (share := change.share) is not None]
        return sum(shares, Decimal(0)) / len(shares) if shares else None


def compare(current: Iterable[FileRate], imported: Iterable[FileRate]) -> Changes:
    """Sort every prefix of a deck and of a file by what the file does to it."""
    before = {rate.prefix: rate for rate in current}
    after = {rate.prefix: rate for rate in imported}
    found: dict[ChangeKind, list[Change]] = {kind: [] for kind in ChangeKind}
    for prefix in sorted(before.keys() | after.keys()):
        old, new = before.get(prefix), after.get(prefix)
        kind = _kind(old, new)
        found[kind].append(Change(kind, prefix, old, new))
    return Changes(found)


def _kind(old: FileRate | None, new: FileRate | None) -> ChangeKind:
    if old is None:
        return ChangeKind.NEW
    if new is None:
        return ChangeKind.MISSING
    if _dearness(new) != _dearness(old):
        return ChangeKind.DEARER if _dearness(new) > _dearness(old) else ChangeKind.CHEAPER
    return ChangeKind.UNCHANGED if new.destination == old.destination else ChangeKind.RENAMED


def _dearness(rate: FileRate) -> tuple[Decimal, Decimal, int, int]:
    """Order by a minute with its connection, then by the minute alone, then by larger blocks."""
    return (rate.rate + rate.connect_charge, rate.rate, rate.initial_block, rate.billing_block)
