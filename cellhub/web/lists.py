"""Lists: filters that live in the URL, keyset pages, and their CSV.

A room says what its filters are; nothing that a reader types becomes a column or an
operator. A page is found by the key of the last row before it, so page 1,000 costs what
page 1 does and rows that arrive meanwhile shift nothing.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import Session

PAGE_SIZE = 50
CURSOR = "after"
# PostgreSQL's text cannot hold it.
NUL = "\0"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: its name in the URL, its word on the chip, and what it does to a query.

    ``criterion`` takes the typed text and raises ``ValueError`` with a sentence when it
    cannot be used. ``choices`` make it a select; ``show`` words the value on the chip.
    """

    name: str
    label: str
    criterion: Callable[[str], ColumnElement[bool]]
    choices: Sequence[tuple[str, str]] = ()
    kind: str = "text"
    show: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter; ``href`` is the address of the list without it."""

    name: str
    label: str
    value: str
    href: str
    problem: str = ""


class UnusableFilterError(ValueError):
    """A deed was asked for by a filter that cannot be used."""


@dataclass(slots=True)
class Filtered:
    """A query with the URL's filters applied, and the chips that say so."""

    query: Select[Any]
    chips: list[Chip] = field(default_factory=list)

    @property
    def problems(self) -> list[Chip]:
        """Filters that could not be used, and were not."""
        return [chip for chip in self.chips if chip.problem]

    @property
    def certain(self) -> Select[Any]:
        """The query for a deed or a file, where a page may leave a filter out and say so.

        Raises:
            UnusableFilterError: a filter was left out, so these are more rows than were meant.
        """
        if self.problems:
            said = (f"{one.label} {one.value}: {one.problem}" for one in self.problems)
            raise UnusableFilterError(" ".join(said))
        return self.query


def apply_filters(request: Request, query: Select[Any], filters: Sequence[Filter]) -> Filtered:
    """Apply those of ``filters`` that the URL names."""
    filtered = Filtered(query)
    for one in filters:
        typed = request.GET.get(one.name, "").strip()
        if typed:
            _apply(request, filtered, one, typed)
    return filtered


def _apply(request: Request, filtered: Filtered, one: Filter, typed: str) -> None:
    remove = address(request, **{one.name: None, CURSOR: None})
    try:
        if NUL in typed:
            raise ValueError("Write it without control characters.")
        filtered.query = filtered.query.where(one.criterion(typed))
    except ValueError as problem:
        filtered.chips.append(Chip(one.name, one.label, typed, remove, str(problem)))
    else:
        filtered.chips.append(Chip(one.name, one.label, one.show(typed), remove))


def address(request: Request, **changes: str | None) -> str:
    """This page's address with parameters set, or removed where None."""
    kept = [(name, value) for name, value in request.GET.items() if name not in changes]
    pairs = kept + [(name, value) for name, value in changes.items() if value is not None]
    return f"{request.path}?{urlencode(pairs)}" if pairs else request.path


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows; ``older_href`` leads to the next one, ``newer_href`` back to the first."""

    rows: Sequence[Any]
    older_href: str
    newer_href: str


@dataclass(frozen=True, slots=True)
class Keyset:
    """The columns that order a list, all in one direction, the last one unique."""

    columns: tuple[Any, ...]
    parse: tuple[Callable[[str], Any], ...]
    descending: bool = False

    def page(self, session: Session, request: Request, query: Select[Any], size: int = PAGE_SIZE) -> Page:
        """The rows after the URL's cursor, or the first ones."""
        cursor = self._cursor(request.GET.get(CURSOR, ""))
        rows = session.scalars(self.ordered(self._from(query, cursor)).limit(size + 1)).all()
        older = address(request, **{CURSOR: self._key(rows[size - 1])}) if len(rows) > size else ""
        newer = address(request, **{CURSOR: None}) if cursor else ""
        return Page(rows[:size], older, newer)

    def ordered(self, query: Select[Any]) -> Select[Any]:
        """``query`` in the list's order."""
        return query.order_by(*(c.desc() if self.descending else c.asc() for c in self.columns))

    def _from(self, query: Select[Any], cursor: tuple[Any, ...] | None) -> Select[Any]:
        if cursor is None:
            return query
        key = tuple_(*self.columns)
        return query.where(key < cursor if self.descending else key > cursor)

    def _key(self, row: Any) -> str:
        values = (getattr(row, column.key) for column in self.columns)
        return "~".join(
            value.isoformat() if isinstance(value, dt.datetime) else str(value) for value in values
        )

    def _cursor(self, text: str) -> tuple[Any, ...] | None:
        """A cursor that somebody bent is as none: the list starts at its beginning."""
        parts = text.rsplit("~", len(self.columns) - 1) if text else []
        if len(parts) != len(self.columns) or NUL in text:
            return None
        try:
            return tuple(parse(part) for parse, part in zip(self.parse, parts, strict=True))
        except ValueError:
            return None


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Stream ``rows`` as a CSV file; a cell that a spreadsheet would run as a formula is quoted.

    They are read after the request has ended: its session and its identity are gone by then.
    """
    return Response(
        app_iter=_csv(header, rows),
        content_type="text/csv",
        charset="utf-8",
        content_disposition=f'attachment; filename="{filename}"',
    )


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def harmless(cell: Any) -> Any:
    """Keep numbers; disarm text that starts like a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
