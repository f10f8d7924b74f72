"""A row for a table of which nobody here has heard yet, so that a new model is tested at once."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import Column, Table, insert, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session

from cellhub.models import Base

PLAIN: dict[type, Any] = {
    int: 1,
    bool: False,
    bytes: b"x",
    Decimal: Decimal(1),
    dt.datetime: dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    dt.date: dt.date(2026, 1, 1),
}
# Most texts are names, which must differ, or prefixes, which are digits.
TEXTS = map(str, itertools.count(1))


def fill_empty_tables(session: Session, tenant_id: int) -> None:
    """Give ``tenant_id`` a row in each of its tables that has none: one an account, if it names one."""
    for table in Base.metadata.sorted_tables:
        if "tenant_id" in table.columns and not _rows(session, table, tenant_id):
            for parents in _parents(session, table, tenant_id):
                session.execute(insert(table).values(_values(table) | parents | {"tenant_id": tenant_id}))


def _rows(session: Session, table: Table, tenant_id: int) -> list[Any]:
    own = select(table).where(table.c.tenant_id == tenant_id)
    return list(session.execute(own.order_by(*table.primary_key.columns)))


def _parents(session: Session, table: Table, tenant_id: int) -> list[dict[str, Any]]:
    """The values of the foreign keys: the first row of each parent, but every row of ``account``."""
    choices: list[dict[str, Any]] = [{}]
    for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
        parent = key.referred_table
        if parent.name == "tenant":
            continue
        rows = _rows(session, parent, tenant_id)
        rows = rows if parent.name == "account" else rows[:1]
        choices = [
            chosen | {child.name: row._mapping[element.column.name] for child, element in _pairs(key)}
            for chosen in choices
            for row in rows
        ]
    return choices


def _pairs(key: Any) -> list[tuple[Column[Any], Any]]:
    return list(zip(key.columns, key.elements, strict=True))


def _values(table: Table) -> dict[str, Any]:
    """A value for each column that must have one and gets none by itself."""
    needed = [
        column
        for column in table.columns
        if not (column.nullable or column.default or column.server_default or column.identity)
    ]
    return {column.name: _value(column) for column in needed if not column.foreign_keys}


def _value(column: Column[Any]) -> Any:
    if isinstance(column.type, JSONB | ARRAY):
        return []
    kind = column.type.python_type
    if issubclass(kind, Enum):
        return next(iter(kind))
    return next(TEXTS) if kind is str else PLAIN[kind]
